/**
 * Knows whether the server behind this worker is there, by asking every few seconds and by what requests meet. One refused
 * connection is enough to say that it is lost; of answers that come late, it takes two. Only an answer says that it is back.
 */

import type { RpcLogger } from '../../rpc/inference.ts';
import type { DialectName } from './dialect.ts';
import type { UpstreamClient } from './upstream-client-runtime.ts';
import { stateOf } from './upstream-facts-runtime.ts';
import { readLoad, readSlots, tellsLoad, type UpstreamLoad } from './upstream-load.ts';

export interface UpstreamHealth {
  readonly isHealthy: boolean;
  /** What was seen last: a status, or the kind of an error. */
  readonly lastState: string;
  /** Unix time in milliseconds of that. */
  readonly seenUnixMs: number;
  /** As of the last answer of a server that tells it. */
  readonly load?: UpstreamLoad;
}

export interface HealthMonitor extends AsyncDisposable {
  health(): UpstreamHealth;
  /** A request has met a connection error: it counts as an answer to "are you there?". */
  report(error: unknown): void;
  /** Asks for the load now. */
  readLoad(): Promise<UpstreamLoad | undefined>;
  /** Told when the server is lost. */
  onLost(listener: (lastState: string) => void): Disposable;
}

export interface HealthMonitorOptions {
  readonly dialect: DialectName;
  readonly log: RpcLogger;
  /** Between two questions, more or less a fifth. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

const lateMax = 2;

export function startHealthMonitor(client: UpstreamClient, options: HealthMonitorOptions): HealthMonitor {
  return new Monitor(client, options);
}

class Monitor implements HealthMonitor {
  readonly #client: UpstreamClient;
  readonly #options: HealthMonitorOptions;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(lastState: string) => void>();
  /** What answered when the monitor started: not every server has `/health`. */
  #path = '/health';
  #loadPath: '/metrics' | '/slots' | undefined;
  #health: UpstreamHealth = { isHealthy: true, lastState: 'its models', seenUnixMs: Date.now() };
  #late = 0;
  #timer: NodeJS.Timeout | undefined;
  #asking: Promise<void> = Promise.resolve();

  constructor(client: UpstreamClient, options: HealthMonitorOptions) {
    this.#client = client;
    this.#options = options;
    this.#loadPath = tellsLoad(options.dialect) ? '/metrics' : undefined;
    this.#next(0);
  }

  health(): UpstreamHealth {
    return this.#health;
  }

  report(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    if (isAbsence(error)) this.#lost(stateOf(error));
    else this.#next(0);
  }

  onLost(listener: (lastState: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  async readLoad(): Promise<UpstreamLoad | undefined> {
    const load = await this.#askLoad().catch(() => undefined);
    if (load !== undefined) this.#health = { ...this.#health, load };
    return load;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    this.#listeners.clear();
    await this.#asking;
  }

  #next(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#asking = this.#asking.then(() => this.#ask());
    }, delayMs);
    // It keeps no program alive.
    this.#timer.unref();
  }

  async #ask(): Promise<void> {
    const { intervalMs, timeoutMs, random } = this.#options;
    try {
      const { status } = await this.#get(this.#path, timeoutMs);
      if (status === 404 && this.#path === '/health') {
        this.#path = '/v1/models';
        this.#next(0);
        return;
      }
      if (status === 200) {
        this.#seen(`status ${status}`);
        await this.readLoad();
      } else {
        this.#lost(`status ${status}`);
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#late += 1;
      if (isAbsence(error) || this.#late >= lateMax) this.#lost(stateOf(error));
    }
    this.#next(intervalMs * (0.8 + 0.4 * random()));
  }

  #get(path: string, timeoutMs: number) {
    return this.#client.ask({ method: 'GET', path, signal: this.#stop.signal }, { timeoutMs });
  }

  async #askLoad(): Promise<UpstreamLoad | undefined> {
    const path = this.#loadPath;
    if (path === undefined) return undefined;
    const { dialect, timeoutMs } = this.#options;
    const { status, text } = await this.#get(path, timeoutMs);
    if (status === 200) return path === '/slots' ? readSlots(text) : readLoad(text, dialect);
    // llama-server answers 501 without `--metrics`, and has `/slots` besides.
    const isSwitchedOff = status === 404 || status === 501;
    if (isSwitchedOff)
      this.#loadPath = path === '/metrics' && dialect === 'llama-server' ? '/slots' : undefined;
    return isSwitchedOff ? this.#askLoad() : undefined;
  }

  #seen(lastState: string): void {
    this.#late = 0;
    if (!this.#health.isHealthy)
      this.#options.log.info({ event: 'upstream-back', lastState }, 'the server is back');
    this.#health = { ...this.#health, isHealthy: true, lastState, seenUnixMs: Date.now() };
  }

  #lost(lastState: string): void {
    if (this.#health.isHealthy)
      this.#options.log.warn({ event: 'upstream-lost', lastState }, 'the server is lost');
    this.#health = { isHealthy: false, lastState, seenUnixMs: Date.now() };
    for (const listener of this.#listeners) listener(lastState);
  }
}

/** Nobody listens there any more; a timeout or a cut connection may have other reasons. */
function isAbsence(error: unknown): boolean {
  const state = stateOf(error);
  return state === 'ECONNREFUSED' || state === 'ENOENT';
}
