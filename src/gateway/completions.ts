/**
 * The routes that write text, as JSON and as a stream. A stream starts with the first token, so that what goes wrong
 * before it has its own status; only where the first token takes longer than a heartbeat does it start without.
 */

import type { Context } from 'hono';
import type { InferenceClient, RpcLogger } from '../rpc/inference.ts';
import type { AnswerEnd } from './answer-events.ts';
import { answerWith } from './answer-headers.ts';
import type { ShapeOptions } from './answer-shape.ts';
import type { ApiAnswer } from './api-answer.ts';
import { authorizeModel } from './authentication/authorize.ts';
import type { Clock } from './clock.ts';
import { type CompletionRequest, generationsOf } from './completion-request.ts';
import { usageOfAll } from './completion-usage.ts';
import type { InFlight } from './in-flight.ts';
import type { Admission, Limiter } from './limits/limiter.ts';
import type { GatewayLimits } from './limits.ts';
import { recordError } from './record-error.ts';
import { endRequest, type GatewayEnv, type RequestObserver, type RequestRecord } from './request-record.ts';
import { settlesWithin } from './runtime/abortable.ts';
import { type ChoiceFrame, choiceFrames } from './runtime/choice-frames.ts';
import { readJsonBody } from './runtime/json-body.ts';
import { openRequestScope, type RequestScope } from './runtime/request-scope.ts';
import { sseBody } from './runtime/sse-body.ts';
import { meteredEvents, meteredFrames } from './telemetry/metered.ts';
import { tracedInference } from './telemetry/traced-inference.ts';
import { wholeChoices } from './whole-choices.ts';

/** What one route has of its own. */
export interface CompletionApi {
  /** Begins the id of each answer. */
  readonly idPrefix: string;
  /** @throws DrydockError GATEWAY_PARAM_INVALID or GATEWAY_PARAM_UNSUPPORTED, with `details.param`. */
  parse(json: unknown): CompletionRequest;
  open(options: ShapeOptions): ApiAnswer;
}

export interface CompletionsOptions {
  readonly inference: InferenceClient;
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  readonly randomId: () => string;
  readonly logger: RpcLogger;
  readonly inFlight: InFlight;
  readonly limiter: Limiter;
  /** Aborted when what is still in work must end. */
  readonly stopping: AbortSignal;
  readonly observers?: readonly RequestObserver[];
  /** Whether the observers are given prompts. Default: no. */
  readonly keepsPrompts?: boolean;
}

interface Answer {
  readonly request: CompletionRequest;
  readonly api: ApiAnswer;
  readonly frames: AsyncGenerator<ChoiceFrame, void, undefined>;
}

export function completions(api: CompletionApi, options: CompletionsOptions) {
  const { clock, inFlight, inference, keepsPrompts = false, limiter, limits, stopping } = options;
  return async function complete(context: Context<GatewayEnv>): Promise<Response> {
    using resources = new DisposableStack();
    resources.use(inFlight.enter());
    const clientSignal = context.req.raw.signal;
    const scope = resources.use(
      openRequestScope({ clientSignal, stopping, clock, requestMs: limits.requestMs }),
    );
    const { signal } = scope;
    const record = context.get('record');
    const body = readJsonBody(context.req.raw, { ...limits, signal, content: context.get('content') });
    const request = api.parse(await record.meter.waitFor('client', body));
    authorizeModel(context.get('principal'), request.model);
    if (keepsPrompts) record.prompt = request.prompt ?? request.messages;
    // Each choice is as much work as a request of its own.
    for (let choice = 1; choice < request.choices; choice += 1) resources.use(inFlight.enter());
    const caller = record.keyId ?? '';
    const admission = await limiter.admit({
      callerId: caller,
      request,
      completionTokensDefault: defaultMaxTokens(request.model, inference, limits),
      onHeaders: (headers) => void Object.assign(context.get('headers').fields, headers),
    });
    resources.defer(() => admission.settle(usedTokens(record, admission)));
    const { completionTokens } = admission;
    const answer = openAnswer(request, { ...options, api, scope, record, caller, completionTokens });
    if (!request.isStream) {
      const whole = await wholeAnswer(answer, record);
      return answerWith(context, JSON.stringify(whole), 'application/json');
    }
    const first = answer.frames.next();
    if (await settlesWithin(first, limits.heartbeatMs)) await first;
    const replayed = { ...answer, frames: startingWith(first, answer.frames) };
    return streamAnswer(context, replayed, { ...options, scope, held: resources.move() });
  };
}

interface AnswerOptions extends CompletionsOptions {
  readonly api: CompletionApi;
  readonly scope: RequestScope;
  readonly record: RequestRecord;
  /** Name of the principal, and no secret of it. */
  readonly caller: string;
  /** Of one choice at most, where the request does not say. */
  readonly completionTokens: number;
}

/** What a caller pays for: of an answer that broke off, what came of it, and nothing where nothing came. */
function usedTokens({ usage, meter }: RequestRecord, { promptTokensEstimate }: Admission): number {
  if (usage !== undefined) return usage.promptTokens + usage.completionTokens;
  return meter.tokens === 0 ? 0 : promptTokensEstimate + meter.tokens;
}

function openAnswer(request: CompletionRequest, options: AnswerOptions): Answer {
  const { api, scope, inference, clock, randomId, record, caller, completionTokens } = options;
  const { model, sampling } = request;
  const traced = tracedInference(inference, record);
  const id = randomId();
  const createdUnixSeconds = Math.floor(clock.nowUnixMs() / 1000);
  const generations = generationsOf(request, {
    id,
    maxTokensDefault: completionTokens,
    deadlineUnixMs: scope.deadlineUnixMs,
  });
  return {
    request,
    api: api.open({
      head: { id: `${api.idPrefix}${id}`, createdUnixSeconds, model },
      echo: request.echo ?? {},
      withLogprobs: sampling.logprobs !== undefined,
      withUsage: request.includeUsage,
    }),
    frames: meteredFrames(choiceFrames(generations, { inference: traced, caller, signal: scope.signal }), {
      meter: record.meter,
      onFirstFrame: () => {
        record.model = model;
      },
    }),
  };
}

function defaultMaxTokens(model: string, inference: InferenceClient, limits: GatewayLimits): number {
  const context = inference.models().find(({ name }) => name === model)?.contextTokensMax;
  return Math.min(limits.completionTokensDefault, context ?? limits.completionTokensDefault);
}

async function wholeAnswer({ request, api, frames }: Answer, record: RequestRecord): Promise<object> {
  const choices = await wholeChoices(frames, request.choices);
  recordEnds(record, choices);
  return api.whole(choices, usageOfAll(choices.map(({ usage }) => usage)));
}

function recordEnds(record: RequestRecord, ends: readonly AnswerEnd[]): void {
  record.usage = usageOfAll(ends.map(({ usage }) => usage));
  if (ends[0] !== undefined) record.finishReason = ends[0].finishReason;
}

async function* startingWith(
  first: Promise<IteratorResult<ChoiceFrame, void>>,
  rest: AsyncGenerator<ChoiceFrame, void, undefined>,
): AsyncGenerator<ChoiceFrame, void, undefined> {
  try {
    const { done, value } = await first;
    if (done) return;
    yield value;
    yield* rest;
  } finally {
    await rest.return();
  }
}

interface StreamOptions extends CompletionsOptions {
  readonly scope: RequestScope;
  /** Released when the stream has ended. */
  readonly held: DisposableStack;
}

function streamAnswer(context: Context<GatewayEnv>, answer: Answer, options: StreamOptions): Response {
  const { scope, held, limits, logger } = options;
  const { request, api, frames } = answer;
  const record = context.get('record');
  record.isStreaming = true;
  record.status = 200;
  held.defer(() => endRequest(record, options));
  const events = api.events(frames, {
    choices: request.choices,
    includeUsage: request.includeUsage,
    onDone: (ends) => recordEnds(record, ends),
    onError: (error) => recordError(error, { record, logger }).envelope,
  });
  const body = sseBody(meteredEvents(events, record.meter), {
    heartbeatMs: limits.heartbeatMs,
    signal: scope.signal,
    onCancel: () => scope.clientLeft(),
    onEnd: () => held.dispose(),
  });
  return answerWith(context, body, 'text/event-stream; charset=utf-8');
}
