/**
 * Opens the stream of one answer: the request, once more where that may help, and else what the server's refusal means. A server that fails
 * before its first byte is asked again once; one that has no room is left alone for as long as it wants.
 */

import type { IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { GenerateRequest } from '../../rpc/contract/generate.ts';
import { callOf, type UpstreamCall } from './dialect.ts';
import { parseJson } from './stream-chunk.ts';
import { readText, type UpstreamClient } from './upstream-client-runtime.ts';
import { parseErrorDetail, promptTooLong, refusalOf, upstreamFailed } from './upstream-errors.ts';
import type { UpstreamFacts } from './upstream-facts-runtime.ts';
import { readRetryAfterMs, type UpstreamPause } from './upstream-pause.ts';

export interface OpenStreamOptions {
  readonly client: UpstreamClient;
  readonly facts: UpstreamFacts;
  readonly pause: UpstreamPause;
  /** Ends it, whatever it is at. */
  readonly signal: AbortSignal;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

const askMsMax = 10_000;
/** What a server says that has failed at this request and may do the next. 503 says that it has no room. */
const passing: readonly (number | undefined)[] = [500, 502, 504];
const againMs = 50;

/** @returns the head of a stream of events. @throws what `refusalOf` says; Error as `node:http` does */
export async function openStream(
  request: GenerateRequest,
  call: UpstreamCall,
  options: OpenStreamOptions,
): Promise<IncomingMessage> {
  const { facts, pause, now } = options;
  const first = await post(call, options);
  if (isStream(first)) {
    pause.answered();
    return first;
  }
  if (first.statusCode === 429 || first.statusCode === 503) {
    pause.refused(readRetryAfterMs(first.headers, now()));
  }
  const refusal = await readRefusal(first);
  const hasTokenizer = facts.dialect === 'vllm' || facts.dialect === 'sglang';
  if (first.statusCode !== 400 || !hasTokenizer) throw refusal;
  // vLLM and SGLang refuse a `max_tokens` that reaches beyond the context; the contract has the answer end there.
  const maxTokens = await tokensLeft(call, options);
  if (maxTokens === undefined || maxTokens >= request.sampling.maxTokens) throw refusal;
  const second = await post(callOf(request, facts.dialect, { ...facts, maxTokens }), options);
  if (isStream(second)) return second;
  throw await readRefusal(second);
}

async function post(
  { path, body }: UpstreamCall,
  { client, signal }: Pick<OpenStreamOptions, 'client' | 'signal'>,
): Promise<IncomingMessage> {
  const send = () => client.send({ method: 'POST', path, body, signal });
  const response = await send();
  if (!passing.includes(response.statusCode)) return response;
  // Read, and not thrown away: leaving it unread would keep the connection.
  await readText(response);
  await wait(againMs, undefined, { signal });
  return send();
}

function isStream({ statusCode, headers }: IncomingMessage): boolean {
  return statusCode === 200 && headers['content-type']?.startsWith('text/event-stream') === true;
}

async function readRefusal(response: IncomingMessage): Promise<Error> {
  const text = await readText(response);
  const status = response.statusCode ?? 0;
  if (status === 200) return upstreamFailed('it answered without a stream');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // A page of text says no more than the status does.
  }
  return refusalOf(status, parseErrorDetail(body));
}

const tokenizedSchema = z.object({ count: z.int().min(0) });

/**
 * @returns how many tokens an answer may have; undefined where the server does not tell.
 * @throws DrydockError RPC_REQUEST_INVALID when the prompt alone fills the context.
 */
async function tokensLeft(
  { body }: UpstreamCall,
  { client, signal, facts }: OpenStreamOptions,
): Promise<number | undefined> {
  const { model, messages, prompt, tools } = body;
  const question =
    messages === undefined ? { model, prompt } : { model, messages, tools, add_generation_prompt: true };
  const { status, text } = await client.ask(
    { method: 'POST', path: '/tokenize', body: question, signal },
    { timeoutMs: askMsMax },
  );
  if (status !== 200) return undefined;
  const count = tokenizedSchema.safeParse(parseJson(text)).data?.count;
  if (count === undefined) return undefined;
  if (count >= facts.contextTokensMax) throw promptTooLong(count, facts.contextTokensMax);
  return facts.contextTokensMax - count;
}
