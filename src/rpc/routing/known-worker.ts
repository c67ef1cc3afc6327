/** What a client knows of one worker, over whatever routes it learnt it. Pure. */
import type { WorkerHealth, WorkerInfo } from '../contract/worker.ts';
import { WorkerClock } from './worker-clock.ts';
import { WorkerLoad } from './worker-load.ts';
import { WorkerPace } from './worker-pace.ts';

export class KnownWorker {
  readonly workerId: string;
  readonly load: WorkerLoad;
  readonly pace = new WorkerPace();
  readonly clock = new WorkerClock();
  /** As the engines list it. */
  info: WorkerInfo;
  readonly #now: () => number;
  #leftAtMs = Number.NEGATIVE_INFINITY;
  #health: Pick<WorkerHealth, 'isDraining' | 'waiting'> = { isDraining: false, waiting: 0 };

  constructor(info: WorkerInfo, { now }: { readonly now: () => number }) {
    this.workerId = info.workerId;
    this.info = info;
    this.#now = now;
    this.load = new WorkerLoad({ slots: () => this.info.slots, now });
  }

  get isDraining(): boolean {
    return this.#health.isDraining;
  }

  get isQueueing(): boolean {
    return this.#health.waiting > 0;
  }

  serves(model: string): boolean {
    return this.info.models.some(({ name }) => name === model);
  }

  /** It said so in a refusal: no report of a moment before contradicts it. */
  leaves(): void {
    this.#leftAtMs = this.#now();
    this.#health = { ...this.#health, isDraining: true };
  }

  /** @param askedAtMs when it was asked; monotonic. */
  report(health: WorkerHealth, askedAtMs: number): void {
    this.#health = { ...health, isDraining: health.isDraining || askedAtMs <= this.#leftAtMs };
    this.load.report(health, askedAtMs);
    const { unixMs } = health;
    if (unixMs !== undefined) this.clock.saw({ unixMs, askedAtMs, heardAtMs: this.#now() });
  }
}
