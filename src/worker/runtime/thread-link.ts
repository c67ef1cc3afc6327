/**
 * The main thread's end of a runner's thread: requests by number, answers by promise. Every promise settles: by an
 * answer, by the thread's death, or by `stop`.
 */

import type { Worker } from 'node:worker_threads';
import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { reasonOf } from './reason-of.ts';
import type { FromRunnerThread, ToRunnerThread } from './thread-messages.ts';

interface Pending {
  readonly resolve: (logits: Float32Array) => void;
  readonly reject: (error: Error) => void;
}

export interface ThreadLinkOptions {
  /** How long `stop` waits before it ends the thread by force. Default 5000. */
  readonly stopTimeoutMs?: number;
}

export class ThreadLink {
  /** Rejects when the thread dies before it has loaded the graph. */
  readonly ready: Promise<void>;
  readonly #thread: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  readonly #stopTimeoutMs: number;
  #requests = 0;
  #death: Error | undefined;
  #isStopping = false;

  constructor(thread: Worker, { stopTimeoutMs = 5_000 }: ThreadLinkOptions = {}) {
    this.#thread = thread;
    this.#stopTimeoutMs = stopTimeoutMs;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    const exited = Promise.withResolvers<void>();
    this.#exited = exited.promise;
    thread.on('message', (message: FromRunnerThread) => {
      if (message.kind === 'ready') resolve();
      else this.#settle(message);
    });
    thread.on('error', (error: Error) => {
      this.#die(error);
      reject(error);
    });
    thread.on('exit', (code) => {
      const error = new Error(`its thread ended with code ${code}`);
      this.#die(error);
      reject(error);
      exited.resolve();
    });
  }

  /** @throws DrydockError WORKER_CANCELLED, WORKER_RUN_FAILED. */
  feed(
    sequence: number,
    ids: Int32Array,
    { logits, signal }: { readonly logits: 'last' | 'all'; readonly signal?: AbortSignal | undefined },
  ): Promise<Float32Array> {
    if (signal?.aborted === true || this.#isStopping) return Promise.reject(cancelled());
    if (this.#death !== undefined) return Promise.reject(runFailed(reasonOf(this.#death), this.#death));
    const request = this.#requests++;
    const { promise, resolve, reject } = Promise.withResolvers<Float32Array>();
    this.#pending.set(request, { resolve, reject });
    const abort = () => this.#tell({ kind: 'abort', request });
    signal?.addEventListener('abort', abort, { once: true });
    this.#tell({ kind: 'feed', request, sequence, ids, logits });
    return promise.finally(() => signal?.removeEventListener('abort', abort));
  }

  close(sequence: number): void {
    this.#tell({ kind: 'close', sequence });
  }

  /** Ends the thread after the chunk that runs; by force if it does not end in time. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#tell({ kind: 'stop' });
    const force = setTimeout(() => void this.#thread.terminate(), this.#stopTimeoutMs);
    await this.#exited;
    clearTimeout(force);
  }

  #tell(message: ToRunnerThread): void {
    this.#thread.postMessage(message);
  }

  #settle(message: Exclude<FromRunnerThread, { kind: 'ready' }>): void {
    const pending = this.#pending.get(message.request);
    this.#pending.delete(message.request);
    if (message.kind === 'done') pending?.resolve(message.logits);
    else if (message.kind === 'aborted') pending?.reject(cancelled());
    else pending?.reject(runFailed(message.reason));
  }

  #die(error: Error): void {
    this.#death ??= error;
    for (const { reject } of this.#pending.values()) {
      reject(this.#isStopping ? cancelled() : runFailed(reasonOf(error), error));
    }
    this.#pending.clear();
  }
}

function cancelled(): DrydockError<WorkerErrorCode> {
  return new DrydockError(
    'WORKER_CANCELLED',
    'could not run the model: the request was cancelled; send it again',
  );
}

function runFailed(reason: string, cause?: Error): DrydockError<WorkerErrorCode> {
  const message = `could not run the model: ${reason}; restart the worker if it happens again`;
  return new DrydockError('WORKER_RUN_FAILED', message, { cause });
}
