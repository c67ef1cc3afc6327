/** What the gateway and the worker see of the RPC layer: no iii type passes this line. */

import type { EngineAddress } from './contract/engines.ts';
import type { GenerateFrame, GenerateRequest } from './contract/generate.ts';
import type { Tokenization, TokenizeRequest } from './contract/tokenize.ts';
import type { ModelInfo, WorkerInfo } from './contract/worker.ts';

export interface RpcLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** By which a node proves who it is. */
export interface NodeCredential {
  /** Asked at each connect, so that it may change while the program runs; undefined where none is at hand. It does not throw. */
  token(): string | undefined;
}

export interface InferenceClientOptions {
  readonly engines: readonly EngineAddress[];
  /** Absent: the engines admit whoever comes. */
  readonly credential?: NodeCredential;
  /** Unique among the peers of an engine: iii 0.23 closes the second of a name. */
  readonly clientName: string;
  readonly logger: RpcLogger;
  /** Where this process runs: among near-equals, the way that stays in it is taken. Absent: none is nearer. */
  readonly availabilityZone?: string;
  readonly limits?: Partial<InferenceClientLimits>;
}

export interface InferenceClientLimits {
  /** Requests that may wait for a worker. Default 512. */
  readonly queueLengthMax: number;
  /** Milliseconds that a request may wait for its first worker. Default 10,000. */
  readonly queueMsMax: number;
  /** Milliseconds that an answer which has begun, or was tried, may wait for another worker. Default 20,000. */
  readonly resumeMsMax: number;
  /** Attempts in a row that bring no token. Default 8. */
  readonly attemptsMax: number;
}

export interface GenerateOptions {
  readonly signal: AbortSignal;
  /** Callers with different names take turns in the queue. Absent: all are one. */
  readonly caller?: string;
  readonly watch?: GenerationWatch;
}

/** Is told how a generation comes about, as it does. It must not throw. */
export interface GenerationWatch {
  /** It waits for a worker. @returns is called when it no longer does. */
  waits(): () => void;
  /** It is asked of a worker. */
  attempt(place: { readonly workerId: string; readonly engine: string }): AttemptWatch;
}

export interface AttemptWatch {
  /** Goes to the worker with the request (W3C Trace Context). */
  readonly traceparent?: string | undefined;
  firstFrame(): void;
  /** @param errorCode absent: it has given the answer, or nobody wants it any more. */
  end(errorCode?: string): void;
}

/** What the client knows of the ways to its workers. */
export interface InferenceHealth {
  readonly engines: readonly { readonly availabilityZone: string; readonly isUp: boolean }[];
  readonly routes: readonly {
    readonly workerId: string;
    /** Zone of the engine. */
    readonly engine: string;
    readonly isUp: boolean;
    readonly isDraining: boolean;
    /** Generations of this client that go over it. */
    readonly inflight: number;
  }[];
}

export interface InferenceClient extends AsyncDisposable {
  /** What some reachable worker serves at this moment, by name, without repeats. */
  models(): readonly ModelInfo[];
  /** Workers that a request could be sent to now. */
  workers(): readonly WorkerInfo[];
  health(): InferenceHealth;
  /**
   * Runs one generation on a worker that has the model, and goes on with it on another where that is lost: `seq` rises by one and every
   * token comes once, whatever happened in between. Where all slots are taken it waits its turn. Ends after exactly one `done` frame, whose
   * usage is of the whole answer, or throws: RPC_OVERLOADED (it waited too long, or too many wait; `details.retryAfterMs`), RPC_NO_WORKER,
   * RPC_MODEL_UNKNOWN, RPC_WORKER_LOST (nobody could go on with it), RPC_DEADLINE_EXCEEDED, RPC_CANCELLED
   * (the signal), RPC_REQUEST_INVALID (the worker refused the request, e.g. too long), RPC_GENERATION_FAILED,
   * RPC_FRAME_INVALID (frames were missing, repeated or unreadable, again and again), RPC_CONSUMER_TOO_SLOW (too much waits to be read).
   * A request without a seed gets one, so that what is resumed is the answer that was begun. Aborting the signal, or leaving the
   * iteration early, cancels on the worker, before the first token too.
   */
  generate(request: GenerateRequest, options: GenerateOptions): AsyncIterable<GenerateFrame>;
  /**
   * Ids of a prompt, from the tokenizer of some worker that has the model; it waits for no slot. Throws RPC_NO_WORKER, RPC_MODEL_UNKNOWN,
   * RPC_WORKER_BUSY, RPC_WORKER_LOST, RPC_DEADLINE_EXCEEDED, RPC_CANCELLED (the signal), RPC_REQUEST_INVALID (too long, for one),
   * RPC_GENERATION_FAILED, RPC_UNSUPPORTED (no worker that has the model can do that).
   */
  tokenize(request: TokenizeRequest, options: { readonly signal: AbortSignal }): Promise<Tokenization>;
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
  /** The trace that whoever asks goes on with (W3C Trace Context), as it came. */
  readonly traceparent?: string | undefined;
}

/** @throws DrydockError RPC_UNSUPPORTED where the model's tokenizer cannot be asked. */
export type TokenizeHandler = (
  request: TokenizeRequest,
  options: { readonly signal: AbortSignal },
) => Promise<Tokenization>;

export interface InferenceServerOptions {
  readonly engines: readonly EngineAddress[];
  /** Of `info.workerId`. Absent: the engines admit whoever comes, and keep ids as they are registered. */
  readonly credential?: NodeCredential;
  readonly info: WorkerInfo;
  readonly handler: GenerateHandler;
  /** Absent: RPC_UNSUPPORTED. */
  readonly tokenize?: TokenizeHandler;
  readonly logger: RpcLogger;
  /** Milliseconds of Unix time. Default `Date.now`. */
  readonly now?: () => number;
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
