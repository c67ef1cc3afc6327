/**
 * One engine as the client sees it: which workers it leads to, and whether it answers. Both come from asking for the
 * list of `infer::*` functions, for iii reports neither a lost engine nor changed metadata. Two questions in a row
 * without an answer make the engine down; one proves nothing, since iii loses an answer now and then. Where
 * something has failed on the link already, one is enough.
 */
import type { IIIClient } from 'iii-sdk';
import type { EngineAddress } from '../contract/engines.ts';
import type { WorkerInfo } from '../contract/worker.ts';
import type { RpcLogger } from '../inference.ts';
import { openSdk, type SdkConnection } from './sdk-runtime.ts';
import { parseWorkerList } from './worker-list.ts';

export interface EngineLinkOptions {
  readonly engine: EngineAddress;
  readonly clientName: string;
  readonly logger: RpcLogger;
  readonly now: () => number;
}

/** Every so often, and much oftener while no worker is known, for start-up time is made of this. */
const askEveryMs = 500;
const askEveryMsWhileEmpty = 75;
const hurryMsMax = 60_000;
const askTimeoutMs = 1000;
const missesUntilDown = 2;
/** The SDK queues calls while it is not connected; a fresh one drops the queue. */
const missesUntilReopened = 30;

export class EngineLink implements AsyncDisposable {
  readonly engine: EngineAddress;
  readonly #options: EngineLinkOptions;
  readonly #downListeners = new Set<() => void>();
  readonly #loop: Promise<void>;
  #sdk: SdkConnection;
  #workers: readonly WorkerInfo[] = [];
  #misses = 0;
  #isUp = false;
  #isClosed = false;
  #hurryUntilMs: number;
  #wake: (() => void) | undefined;
  /** Why the last question counts as unanswered, where it does. */
  #reason: unknown;

  constructor(options: EngineLinkOptions) {
    this.engine = options.engine;
    this.#options = options;
    this.#sdk = openSdk(options.engine, options.clientName);
    this.#hurryUntilMs = options.now() + hurryMsMax;
    this.#loop = this.#watch();
  }

  get client(): IIIClient {
    return this.#sdk.client;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** The last question went unanswered. */
  get isSuspect(): boolean {
    return this.#misses > 0;
  }

  /** Empty while the engine is down. */
  get workers(): readonly WorkerInfo[] {
    return this.#isUp ? this.#workers : [];
  }

  /** Something failed on this link: it is suspect until it has answered, and it is asked at once. */
  suspect(): void {
    this.#misses = Math.max(this.#misses, 1);
    this.#wake?.();
  }

  /** Something came over this link. */
  prove(): void {
    this.#misses = 0;
  }

  /** A worker is gone, though the list shows it until the next answer. */
  forget(workerId: string): void {
    this.#workers = this.#workers.filter((worker) => worker.workerId !== workerId);
  }

  askNow(): void {
    this.#wake?.();
  }

  onDown(listener: () => void): Disposable {
    this.#downListeners.add(listener);
    return { [Symbol.dispose]: () => this.#downListeners.delete(listener) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#isUp = false;
    this.#wake?.();
    for (const listener of this.#downListeners) listener();
    await this.#sdk[Symbol.asyncDispose]();
    await this.#loop;
  }

  async #watch(): Promise<void> {
    while (!this.#isClosed) {
      const workers = await this.#ask();
      if (this.#isClosed) return;
      if (workers === undefined) await this.#miss();
      else this.#hit(workers);
      await this.#pause(this.#pauseMs());
    }
  }

  async #ask(): Promise<readonly WorkerInfo[] | undefined> {
    try {
      const answer: unknown = await this.client.trigger({
        function_id: 'engine::functions::list',
        payload: { prefix: 'infer::' },
        timeoutMs: askTimeoutMs,
      });
      this.#reason = 'not a list of functions';
      return parseWorkerList(answer);
    } catch (error) {
      this.#reason = error instanceof Error && 'code' in error ? error.code : 'unknown';
      return undefined;
    }
  }

  #hit(workers: readonly WorkerInfo[]): void {
    const { logger } = this.#options;
    const known = new Set(this.#workers.map(({ workerId }) => workerId));
    for (const { workerId } of workers) {
      if (!known.delete(workerId)) logger.info({ ...this.#where(), worker: workerId }, 'worker found');
    }
    for (const worker of known) logger.info({ ...this.#where(), worker }, 'worker gone');
    if (!this.#isUp) logger.info(this.#where(), 'engine answers');
    if (workers.length > 0) this.#hurryUntilMs = this.#options.now() + hurryMsMax;
    this.#workers = workers;
    this.#misses = 0;
    this.#isUp = true;
  }

  async #miss(): Promise<void> {
    this.#misses += 1;
    if (this.#misses === missesUntilDown) {
      this.#options.logger.warn({ ...this.#where(), reason: this.#reason }, 'engine does not answer');
      if (this.#isUp) this.#hurryUntilMs = this.#options.now() + hurryMsMax;
      this.#isUp = false;
      this.#workers = [];
      for (const listener of this.#downListeners) listener();
    }
    if (this.#misses % missesUntilReopened === 0) {
      await this.#sdk[Symbol.asyncDispose]();
      if (!this.#isClosed) this.#sdk = openSdk(this.engine, this.#options.clientName);
    }
  }

  #pauseMs(): number {
    const isHurried = this.#workers.length === 0 && this.#options.now() < this.#hurryUntilMs;
    return isHurried || this.#misses > 0 ? askEveryMsWhileEmpty : askEveryMs;
  }

  #pause(pauseMs: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #where() {
    return {
      engine: `${this.engine.host}:${this.engine.port}`,
      availabilityZone: this.engine.availabilityZone,
    };
  }
}
