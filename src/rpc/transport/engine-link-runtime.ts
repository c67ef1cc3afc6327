/**
 * One engine as the client sees it: which workers it lists, and whether it answers. Both come from asking for the
 * list of `infer::*` functions, for iii reports neither a lost engine nor changed metadata. Two questions in a row
 * without an answer make the engine down; one proves nothing, since iii loses an answer now and then. Where
 * something has failed on the link already, one is enough.
 */
import type { IIIClient } from 'iii-sdk';
import type { EngineAddress } from '../contract/engines.ts';
import type { WorkerInfo } from '../contract/worker.ts';
import type { NodeCredential, RpcLogger } from '../inference.ts';
import type { RouteLink } from '../routing/route-table.ts';
import { callErrorCode, inTime } from './in-time.ts';
import { openSdk, type SdkConnection } from './sdk-runtime.ts';
import { parseWorkerList } from './worker-list.ts';

export interface EngineLinkOptions {
  readonly engine: EngineAddress;
  readonly clientName: string;
  readonly credential?: NodeCredential | undefined;
  readonly logger: RpcLogger;
  /** The engine has answered. */
  readonly onList: (link: EngineLink, workers: readonly WorkerInfo[]) => void;
  readonly onDown: (link: EngineLink) => void;
}

/** Every so often, and much oftener while something is amiss, for recovery is made of this. */
const askEveryMs = 300;
const askEveryMsInDoubt = 75;
/** Without a worker, too, as start-up time is made of it: for so many questions. */
const hurriedAsksMax = 800;
const askTimeoutMs = 1000;
const missesUntilDown = 2;
/**
 * The SDK queues calls while it is not connected, and a connection that was cut without a word would wait for TCP's own
 * retransmissions, which come ever more seldom: a fresh one is there a second after the cut has healed.
 */
const missesUntilReopened = 2;

export class EngineLink implements RouteLink, AsyncDisposable {
  readonly engine: EngineAddress;
  readonly #options: EngineLinkOptions;
  readonly #loop: Promise<void>;
  #sdk: SdkConnection;
  #connections = 0;
  #workerCount = 0;
  #misses = 0;
  #isUp = false;
  #isClosed = false;
  #hurriedAsks = 0;
  #wake: (() => void) | undefined;
  /** Why the last question counts as unanswered, where it does. */
  #reason: unknown;

  constructor(options: EngineLinkOptions) {
    this.engine = options.engine;
    this.#options = options;
    this.#sdk = this.#open();
    this.#loop = this.#watch();
  }

  get availabilityZone(): string {
    return this.engine.availabilityZone;
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

  /** Something failed on this link: it is suspect until it has answered, and it is asked at once. */
  suspect(): void {
    this.#misses = Math.max(this.#misses, 1);
    this.#wake?.();
  }

  /** Something came over this link. */
  prove(): void {
    if (this.#isUp) this.#misses = 0;
  }

  askNow(): void {
    this.#wake?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#isUp = false;
    this.#wake?.();
    this.#options.onDown(this);
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
    const call = this.client.trigger({
      function_id: 'engine::functions::list',
      payload: { prefix: 'infer::' },
      timeoutMs: askTimeoutMs * 2,
    });
    const answer = await inTime<unknown>(call, askTimeoutMs);
    if (answer === 'late') this.#reason = 'TIMEOUT';
    else if ('error' in answer) this.#reason = callErrorCode(answer.error) ?? 'unknown';
    else {
      this.#reason = 'not a list of functions';
      return parseWorkerList(answer.value);
    }
    return undefined;
  }

  #hit(workers: readonly WorkerInfo[]): void {
    if (!this.#isUp) this.#options.logger.info(this.#where(), 'engine answers');
    this.#hurriedAsks = workers.length > 0 ? 0 : this.#hurriedAsks + 1;
    this.#workerCount = workers.length;
    this.#misses = 0;
    this.#isUp = true;
    this.#options.onList(this, workers);
  }

  async #miss(): Promise<void> {
    this.#misses += 1;
    this.#hurriedAsks += 1;
    if (this.#misses === missesUntilDown) {
      this.#options.logger.warn({ ...this.#where(), reason: this.#reason }, 'engine does not answer');
      if (this.#isUp) this.#hurriedAsks = 0;
      this.#isUp = false;
      this.#workerCount = 0;
      this.#options.onDown(this);
    }
    if (this.#misses % missesUntilReopened === 0) {
      await this.#sdk[Symbol.asyncDispose]();
      if (!this.#isClosed) this.#sdk = this.#open();
    }
  }

  #open(): SdkConnection {
    const { clientName } = this.#options;
    this.#connections += 1;
    // The engine may hold the old one for alive, and iii 0.23 closes the second of a name.
    const name = this.#connections === 1 ? clientName : `${clientName}.${this.#connections}`;
    return openSdk(this.engine, name, this.#options);
  }

  #pauseMs(): number {
    const isHurried = this.#workerCount === 0 && this.#hurriedAsks < hurriedAsksMax;
    return isHurried || this.#misses > 0 ? askEveryMsInDoubt : askEveryMs;
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
