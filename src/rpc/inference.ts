/** What the gateway and the worker see of the RPC layer: no iii type passes this line. */

import type { EngineAddress } from './contract/engines.ts';
import type { GenerateFrame, GenerateRequest } from './contract/generate.ts';
import type { ModelInfo, WorkerInfo } from './contract/worker.ts';

export interface RpcLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface InferenceClientOptions {
  readonly engines: readonly EngineAddress[];
  /** Unique among the peers of an engine: iii 0.23 closes the second of a name. */
  readonly clientName: string;
  readonly logger: RpcLogger;
}

export interface InferenceClient extends AsyncDisposable {
  /** What some reachable worker serves at this moment, by name, without repeats. */
  models(): readonly ModelInfo[];
  /** Workers that a request could be sent to now. */
  workers(): readonly WorkerInfo[];
  /**
   * Runs one generation on the least busy worker that has the model. Ends after exactly one `done` frame, or throws:
   * RPC_NO_WORKER, RPC_MODEL_UNKNOWN, RPC_WORKER_BUSY, RPC_WORKER_LOST, RPC_DEADLINE_EXCEEDED, RPC_CANCELLED
   * (the signal), RPC_REQUEST_INVALID (the worker refused the request, e.g. too long), RPC_GENERATION_FAILED,
   * RPC_FRAME_INVALID (a frame was missing, repeated or unreadable), RPC_CONSUMER_TOO_SLOW (too much waits to be read).
   * It retries on another worker only while nothing was delivered. Aborting the signal, or leaving the
   * iteration early, cancels on the worker, before the first token too.
   */
  generate(request: GenerateRequest, options: { readonly signal: AbortSignal }): AsyncIterable<GenerateFrame>;
}

/**
 * One generation on a worker: yields token frames with rising `seq`, then one `done` frame whose `completionTokens` is the
 * number of their ids and of `answeredIds`; or throws.
 */
export type GenerateHandler = (
  request: GenerateRequest,
  options: GenerateHandlerOptions,
) => AsyncIterable<GenerateFrame>;

export interface GenerateHandlerOptions {
  readonly signal: AbortSignal;
  /** The beginning of this very answer, which its caller has: only what follows is yielded. */
  readonly answeredIds?: readonly number[];
}

export interface InferenceServerOptions {
  readonly engines: readonly EngineAddress[];
  readonly info: WorkerInfo;
  readonly handler: GenerateHandler;
  readonly logger: RpcLogger;
}

/** Dials every engine and serves until disposed; refuses with RPC_WORKER_BUSY beyond `info.slots`. */
export interface InferenceServer extends AsyncDisposable {
  /** Resolves once at least one engine has this worker. */
  readonly registered: Promise<void>;
  /** Aborts when draining begins, be it by `drain` or because an operator asks for it over an engine. */
  readonly draining: AbortSignal;
  /**
   * Refuses what comes from now on, with RPC_WORKER_BUSY, and says so in `health`. Resolves when nothing runs any more. What should not be
   * waited for is ended by disposing.
   */
  drain(): Promise<void>;
}
