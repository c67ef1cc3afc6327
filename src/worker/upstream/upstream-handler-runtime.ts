/**
 * One generation by the server behind this worker: a request in, token frames and one `done` frame out. A stream that ends early, in
 * whatever way, is an error. No error and no log line holds text of the prompt, of the answer or of the server.
 */

import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { describeError } from '../../rpc/contract/describe-error.ts';
import type { DoneFrame, GenerateRequest, TokenFrame } from '../../rpc/contract/generate.ts';
import { DrydockError, isDrydockError, type RpcErrorCode } from '../../rpc/errors.ts';
import type { GenerateHandler, RpcLogger } from '../../rpc/inference.ts';
import { type AnswerFrames, createAnswerFrames } from './answer-frames.ts';
import { callOf, type UpstreamCall } from './dialect.ts';
import { readEvents } from './event-stream.ts';
import type { HealthMonitor } from './health-monitor-runtime.ts';
import { inBandError, parseChunk, parseJson } from './stream-chunk.ts';
import { readText, type UpstreamClient } from './upstream-client-runtime.ts';
import { openConnection, type UpstreamConnection } from './upstream-connection-runtime.ts';
import {
  parseErrorDetail,
  promptTooLong,
  refusalOf,
  upstreamFailed,
  upstreamLost,
} from './upstream-errors.ts';
import type { UpstreamFacts } from './upstream-facts-runtime.ts';
import type { UpstreamLoad } from './upstream-load.ts';

export interface UpstreamHandlerOptions {
  /** The name that requests use. */
  readonly name: string;
  readonly client: UpstreamClient;
  readonly facts: UpstreamFacts;
  readonly monitor: HealthMonitor;
  readonly log: RpcLogger;
  /** How long a server may send nothing in the middle of an answer. */
  readonly silenceMsMax: number;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

const askMsMax = 10_000;

/**
 * @returns a handler that throws RPC_MODEL_UNKNOWN, RPC_REQUEST_INVALID, RPC_WORKER_BUSY, RPC_WORKER_LOST (the server is not
 *   there, or went away), RPC_GENERATION_FAILED (it answers, but not as it has to), RPC_DEADLINE_EXCEEDED, RPC_CANCELLED
 */
export function createUpstreamHandler(options: UpstreamHandlerOptions): GenerateHandler {
  let running = 0;
  return async function* handle(request, { signal, answeredIds = [] }) {
    const { name, facts, monitor, log, now, silenceMsMax } = options;
    if (request.model !== name) throw otherModel(name);
    if (answeredIds.length > 0) throw noResume();
    const { isHealthy, lastState } = monitor.health();
    if (!isHealthy) throw upstreamLost(`it was not there when last looked for (${lastState})`);
    if (running >= facts.slots) throw noRoom(facts.slots);
    running += 1;
    const answer = createAnswerFrames({
      stops: request.sampling.stop,
      tokensMax: request.sampling.maxTokens,
      wantsLogprobs: request.sampling.logprobs !== undefined,
      countsEndToken: facts.dialect !== 'openai',
    });
    const { deadlineUnixMs } = request;
    const connection = openConnection({ signal, deadlineUnixMs, now, monitor, silenceMsMax });
    try {
      connection.check(stateOfAnswer(answer));
      for await (const frame of generate(request, { ...options, answer, connection }))
        yield withoutIds(frame);
    } catch (error) {
      const explained = connection.explain(error, stateOfAnswer(answer));
      if (isDrydockError(explained) && explained.code === 'RPC_GENERATION_FAILED') {
        log.warn(
          { event: 'generation-failed', requestId: request.requestId, ...describeError(explained) },
          'generation failed',
        );
      }
      throw explained;
    } finally {
      connection[Symbol.dispose]();
      running -= 1;
    }
  };
}

interface Generation extends UpstreamHandlerOptions {
  readonly answer: AnswerFrames;
  readonly connection: UpstreamConnection;
}

async function* generate(
  request: GenerateRequest,
  generation: Generation,
): AsyncGenerator<TokenFrame | DoneFrame, void, undefined> {
  const { facts, monitor, answer, connection } = generation;
  const call = callOf(request, facts.dialect, facts);
  await refuseFull(monitor, facts.slots);
  const response = await openStream(request, call, generation);
  // One chunk per token is usual, several are not; more have no end that we could tell.
  const eventsMax = 8 * request.sampling.maxTokens + 1024;
  let events = 0;
  let isDone = false;
  for await (const { field, value } of readEvents(connection.read(response))) {
    connection.check(stateOfAnswer(answer));
    if (field === 'error') throw inBandError(parseJson(value));
    isDone = value === '[DONE]';
    if (isDone) break;
    events += 1;
    if (events > eventsMax) throw upstreamFailed(`it sent more than ${eventsMax} events`);
    const hasTools = request.tools !== undefined;
    const frame = answer.take(parseChunk(value, { logprobs: request.sampling.logprobs, hasTools }));
    if (frame !== undefined) yield frame;
    if (answer.isComplete) break;
  }
  if (!isDone && !answer.isComplete) throw upstreamLost('its stream ended before the answer did');
  yield* answer.finish();
}

/** Other clients of the server take room that a worker's slots do not know of. */
async function refuseFull(monitor: HealthMonitor, slots: number): Promise<void> {
  const isFull = (load: UpstreamLoad | undefined) =>
    load !== undefined && load.running + load.waiting >= slots;
  // What was seen some seconds ago may be over; what cannot be seen refuses nothing.
  if (isFull(monitor.health().load) && isFull(await monitor.readLoad())) throw noRoom(slots);
}

async function openStream(
  request: GenerateRequest,
  call: UpstreamCall,
  { client, connection, facts, ...generation }: Generation,
): Promise<IncomingMessage> {
  const post = ({ path, body }: UpstreamCall) =>
    client.send({ method: 'POST', path, body, signal: connection.signal });
  const first = await post(call);
  if (isStream(first)) return first;
  const refusal = await readRefusal(first);
  const hasTokenizer = facts.dialect === 'vllm' || facts.dialect === 'sglang';
  if (first.statusCode !== 400 || !hasTokenizer) throw refusal;
  // vLLM and SGLang refuse a `max_tokens` that reaches beyond the context; the contract has the answer end there.
  const maxTokens = await tokensLeft(call, { client, connection, facts, ...generation });
  if (maxTokens === undefined || maxTokens >= request.sampling.maxTokens) throw refusal;
  const second = await post(callOf(request, facts.dialect, { ...facts, maxTokens }));
  if (isStream(second)) return second;
  throw await readRefusal(second);
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
  { client, connection, facts }: Generation,
): Promise<number | undefined> {
  const { model, messages, prompt, tools } = body;
  const question =
    messages === undefined ? { model, prompt } : { model, messages, tools, add_generation_prompt: true };
  const { status, text } = await client.ask(
    { method: 'POST', path: '/tokenize', body: question, signal: connection.signal },
    { timeoutMs: askMsMax },
  );
  if (status !== 200) return undefined;
  const count = tokenizedSchema.safeParse(parseJson(text)).data?.count;
  if (count === undefined) return undefined;
  if (count >= facts.contextTokensMax) throw promptTooLong(count, facts.contextTokensMax);
  return facts.contextTokensMax - count;
}

/**
 * Ids in a frame say that whoever has them can go on with the answer elsewhere. A server's cannot: its text does not keep to the bounds
 * of its tokens, and it may give other tokens to the same request.
 */
function withoutIds(frame: TokenFrame | DoneFrame): TokenFrame | DoneFrame {
  return 'done' in frame ? frame : { ...frame, ids: [], tokens: frame.tokens ?? frame.ids.length };
}

function stateOfAnswer({ tokens }: AnswerFrames): string {
  return `${tokens} tokens answered`;
}

function otherModel(name: string): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_MODEL_UNKNOWN',
    `could not start the answer: this worker serves "${name}" alone; ask for that model`,
  );
}

/** Nobody has ids of an answer that a server gave. */
function noResume(): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_REQUEST_INVALID',
    'could not go on with the answer: the server behind this worker can only begin one; send the request anew',
  );
}

function noRoom(slots: number): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_WORKER_BUSY',
    `could not start the answer: all ${slots} slots of the server behind this worker are taken; send it elsewhere or later`,
  );
}
