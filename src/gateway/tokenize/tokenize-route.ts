/**
 * Ids of a prompt, from a worker's own tokenizer, in vLLM's shape. It is a request like any other to the limits of its caller, and costs
 * no tokens.
 */

import type { Context } from 'hono';
import { authorizeModel } from '../authentication/authorize.ts';
import type { CompletionsOptions } from '../completions.ts';
import type { GatewayEnv } from '../request-record.ts';
import { abortable } from '../runtime/abortable.ts';
import { readJsonBody } from '../runtime/json-body.ts';
import { openRequestScope } from '../runtime/request-scope.ts';
import { parseTokenizeRequest } from './tokenize-request.ts';

export type TokenizingOptions = Omit<CompletionsOptions, 'randomId' | 'observers'>;

export function tokenizing(options: TokenizingOptions) {
  const { clock, inFlight, inference, keepsPrompts = false, limiter, limits, stopping } = options;
  return async function tokenize(context: Context<GatewayEnv>): Promise<Response> {
    using _place = inFlight.enter();
    const { raw } = context.req;
    using scope = openRequestScope({
      clientSignal: raw.signal,
      stopping,
      clock,
      requestMs: limits.requestMs,
    });
    const { signal, deadlineUnixMs } = scope;
    const { record, content, principal } = context.var;
    const body = readJsonBody(raw, { ...limits, signal, content });
    const request = parseTokenizeRequest(await record.meter.waitFor('client', body));
    authorizeModel(principal, request.model);
    if (keepsPrompts) record.prompt = request.prompt ?? request.messages;
    const admission = await limiter.admit({
      callerId: record.keyId ?? '',
      request: { ...request, maxTokens: 0, choices: 1 },
      isFree: true,
      completionTokensDefault: 0,
      onHeaders(headers) {
        for (const [name, value] of Object.entries(headers)) context.header(name, value);
      },
    });
    using resources = new DisposableStack();
    resources.defer(() => admission.settle(0));
    const asked = inference.tokenize({ ...request, deadlineUnixMs }, { signal });
    const { ids, contextTokensMax } = await record.meter.waitFor('worker', abortable(asked, signal));
    record.model = request.model;
    return context.json({ count: ids.length, max_model_len: contextTokensMax, tokens: ids });
  };
}
