/** One way to one worker: over one engine. What runs over it hears at once when it goes down. Pure. */
import { Breaker } from './breaker.ts';
import type { KnownWorker } from './known-worker.ts';
import { RouteHealth } from './route-health.ts';

export interface RouteOptions<Link> {
  readonly worker: KnownWorker;
  readonly link: Link;
  readonly now: () => number;
  readonly random: () => number;
}

export class Route<Link> {
  readonly worker: KnownWorker;
  readonly link: Link;
  readonly health: RouteHealth;
  readonly breaker: Breaker;
  /** The engine lists the worker. */
  isListed = true;
  #inflight = 0;
  readonly #downListeners = new Set<() => void>();

  constructor({ worker, link, now, random }: RouteOptions<Link>) {
    this.worker = worker;
    this.link = link;
    this.health = new RouteHealth({ now, random });
    this.breaker = new Breaker({ now, random });
  }

  get inflight(): number {
    return this.#inflight;
  }

  /** New work may go over it. */
  get isOpen(): boolean {
    return this.isListed && this.health.isUp && !this.worker.isDraining && this.breaker.mayTry;
  }

  /** A generation goes over it, until what is returned is disposed of. */
  begin(): Disposable {
    const load = this.worker.load.begin();
    const attempt = this.breaker.begin();
    this.#inflight += 1;
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        this.#inflight -= 1;
        attempt[Symbol.dispose]();
        load[Symbol.dispose]();
      },
    };
  }

  onDown(listener: () => void): Disposable {
    this.#downListeners.add(listener);
    return { [Symbol.dispose]: () => this.#downListeners.delete(listener) };
  }

  /** Whatever runs over it is given up. */
  tellDown(): void {
    for (const listener of [...this.#downListeners]) listener();
  }
}
