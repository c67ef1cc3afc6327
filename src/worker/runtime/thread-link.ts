/**
 * The main thread's end of a runner's thread: requests by number, answers by promise. Every promise settles: by an
 * answer, by the thread's death, or by `stop`.
 */

import type { Worker } from 'node:worker_threads';
import { DrydockError } from '../../rpc/errors.ts';
import { reasonOf } from './reason-of.ts';
import { runCancelled, runFailed } from './run-checks.ts';
import type { FromRunnerThread, RunnerAnswer, RunnerCall, ToRunnerThread } from './thread-messages.ts';

interface Pending {
  readonly resolve: (answer: RunnerAnswer) => void;
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
  #chunks = 0;
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

  /** @throws DrydockError as the runner in the thread does; WORKER_RUN_FAILED when the thread has died. */
  ask(call: RunnerCall): Promise<RunnerAnswer> {
    if (this.#isStopping) return Promise.reject(runCancelled());
    if (this.#death !== undefined) return Promise.reject(runFailed(reasonOf(this.#death), this.#death));
    const request = this.#requests++;
    const { promise, resolve, reject } = Promise.withResolvers<RunnerAnswer>();
    this.#pending.set(request, { resolve, reject });
    this.#tell({ request, call });
    return promise;
  }

  /** As `ask`, for what nobody waits for: nothing is lost when the thread is gone. */
  post(call: RunnerCall): void {
    this.#tell({ request: this.#requests++, call });
  }

  /** A number for a chunk that no other has. */
  nextChunk(): number {
    return this.#chunks++;
  }

  /** Ends the thread after the call that runs; by force if it does not end in time. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.post({ kind: 'stop' });
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
    if (message.kind === 'done') pending?.resolve(message.answer);
    else pending?.reject(new DrydockError(message.code, message.message));
  }

  #die(error: Error): void {
    this.#death ??= error;
    for (const { reject } of this.#pending.values()) {
      reject(this.#isStopping ? runCancelled() : runFailed(reasonOf(error), error));
    }
    this.#pending.clear();
  }
}
