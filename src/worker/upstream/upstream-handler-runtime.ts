/**
 * One generation by the server behind this worker: a request in, token frames and one `done` frame out. A stream that ends early, in
 * whatever way, is an error. No error and no log line holds text of the prompt, of the answer or of the server.
 */

import { describeError } from '../../rpc/contract/describe-error.ts';
import type { DoneFrame, GenerateRequest, TokenFrame } from '../../rpc/contract/generate.ts';
import { DrydockError, isDrydockError, type RpcErrorCode } from '../../rpc/errors.ts';
import type { GenerateHandler, RpcLogger } from '../../rpc/inference.ts';
import { type AnswerFrames, createAnswerFrames } from './answer-frames.ts';
import { callOf } from './dialect.ts';
import { readEvents } from './event-stream.ts';
import type { HealthMonitor } from './health-monitor-runtime.ts';
import { openStream } from './open-stream-runtime.ts';
import { inBandError, parseChunk, parseJson } from './stream-chunk.ts';
import type { UpstreamClient } from './upstream-client-runtime.ts';
import { openConnection, type UpstreamConnection } from './upstream-connection-runtime.ts';
import { upstreamFailed, upstreamLost } from './upstream-errors.ts';
import type { UpstreamFacts } from './upstream-facts-runtime.ts';
import type { UpstreamLoad } from './upstream-load.ts';
import { UpstreamPause } from './upstream-pause.ts';

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

/**
 * @returns a handler that throws RPC_MODEL_UNKNOWN, RPC_REQUEST_INVALID, RPC_WORKER_BUSY, RPC_WORKER_LOST (the server is not
 *   there, or went away), RPC_GENERATION_FAILED (it answers, but not as it has to), RPC_DEADLINE_EXCEEDED, RPC_CANCELLED
 */
export function createUpstreamHandler(options: UpstreamHandlerOptions): GenerateHandler {
  let running = 0;
  const pause = new UpstreamPause(() => performance.now());
  return async function* handle(request, { signal, answeredIds = [] }) {
    const { name, facts, monitor, log, now, silenceMsMax } = options;
    if (request.model !== name) throw otherModel(name);
    if (answeredIds.length > 0) throw noResume();
    const { isHealthy, lastState } = monitor.health();
    if (!isHealthy) throw upstreamLost(`it was not there when last looked for (${lastState})`);
    if (running >= facts.slots) throw noRoom(facts.slots);
    if (pause.leftMs > 0) throw leftAlone(pause.leftMs);
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
      for await (const frame of generate(request, { ...options, pause, answer, connection }))
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
  readonly pause: UpstreamPause;
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
  const response = await openStream(request, call, { ...generation, signal: connection.signal });
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
  // Some servers leave out [DONE]. What is whole without it is whole; the end of HTTP's own stream says that nothing was cut.
  if (!isDone && !answer.isComplete && !answer.isEnded)
    throw upstreamLost('its stream ended before the answer did');
  yield* answer.finish();
}

/** Other clients of the server take room that a worker's slots do not know of. */
async function refuseFull(monitor: HealthMonitor, slots: number): Promise<void> {
  const isFull = (load: UpstreamLoad | undefined) =>
    load !== undefined && load.running + load.waiting >= slots;
  // What was seen some seconds ago may be over; what cannot be seen refuses nothing.
  if (isFull(monitor.health().load) && isFull(await monitor.readLoad())) throw noRoom(slots);
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

function leftAlone(leftMs: number): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_WORKER_BUSY',
    `could not start the answer: the server behind this worker had no room and is left alone for ${Math.ceil(leftMs)} ms more; send it elsewhere or later`,
  );
}

function noRoom(slots: number): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_WORKER_BUSY',
    `could not start the answer: all ${slots} slots of the server behind this worker are taken; send it elsewhere or later`,
  );
}
