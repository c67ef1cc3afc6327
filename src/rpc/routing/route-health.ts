/**
 * Whether one route, from this client over one engine to one worker, is alive. Two questions in a row that bring nothing
 * make it down; one proves nothing, since iii loses an answer now and then. Whatever arrives over the route while a
 * question waits counts as its answer, so a slow worker is not a dead one. Pure.
 */

export type RoutePhase = 'new' | 'up' | 'down';

export interface RouteHealthOptions {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

export const beatEveryMs = 300;
/** Of the pause, up or down: several gateways do not ask in step. */
const jitter = 0.15;
const missesUntilDown = 2;
/** A route that is down is asked less and less often, and soon enough to carry its share within seconds of its healing. */
const downBeatMsMax = 1500;
/** What runs over a route, and speaks, needs no question; but the worker's counts are to be no older than this. */
const reportAgeMsMax = 900;

export class RouteHealth {
  readonly #options: RouteHealthOptions;
  #phase: RoutePhase = 'new';
  #misses = 0;
  #provenAtMs = Number.NEGATIVE_INFINITY;
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  #nextBeatMs: number;
  #questions = 0;

  constructor(options: RouteHealthOptions) {
    this.#options = options;
    this.#nextBeatMs = options.now();
  }

  get phase(): RoutePhase {
    return this.#phase;
  }

  get isUp(): boolean {
    return this.#phase === 'up';
  }

  /** The last question brought nothing. */
  get isSuspect(): boolean {
    return this.#misses > 0;
  }

  get isBeatDue(): boolean {
    return this.#questions === 0 && this.#options.now() >= this.#nextBeatMs;
  }

  /** The worker's answer has come. @returns whether the route was not up before. */
  answered(): boolean {
    const isNews = this.#phase !== 'up';
    this.#phase = 'up';
    this.#misses = 0;
    this.#provenAtMs = this.#options.now();
    this.#reportedAtMs = this.#provenAtMs;
    return isNews;
  }

  /** Something else came over the route. It does not raise one that is down: only an answer tells how the worker is. */
  prove(): void {
    this.#misses = 0;
    this.#provenAtMs = this.#options.now();
  }

  asked(): void {
    this.#questions += 1;
  }

  /** A question is over, however it ended. */
  settled(): void {
    this.#questions -= 1;
    const everyMs =
      this.#phase === 'down' ? Math.min(beatEveryMs * this.#misses, downBeatMsMax) : beatEveryMs;
    const swing = 1 + jitter * (2 * this.#options.random() - 1);
    // A miss is looked into at once.
    const isDoubtful = this.#phase !== 'down' && this.#misses > 0;
    this.#nextBeatMs = this.#options.now() + (isDoubtful ? 0 : everyMs * swing);
  }

  /** A frame in the meantime is as good as an answer, as long as the worker's counts are fresh. */
  skipBeat(): boolean {
    const nowMs = this.#options.now();
    const isSpoken = this.isUp && nowMs - this.#provenAtMs < beatEveryMs;
    if (!isSpoken || nowMs - this.#reportedAtMs > reportAgeMsMax) return false;
    this.#nextBeatMs = this.#provenAtMs + beatEveryMs;
    return true;
  }

  /** @param askedAtMs when the question went out that brought nothing. @returns whether the route went down. */
  missed(askedAtMs: number): boolean {
    if (this.#provenAtMs >= askedAtMs) return false;
    this.#misses += 1;
    if (this.#misses < missesUntilDown || this.#phase === 'down') return false;
    return this.#fall();
  }

  /** It is known that nobody is there. @returns whether the route went down. */
  broke(): boolean {
    this.#misses = Math.max(this.#misses, 1);
    return this.#phase === 'down' ? false : this.#fall();
  }

  beatNow(): void {
    this.#nextBeatMs = this.#options.now();
  }

  #fall(): boolean {
    const wasUp = this.#phase === 'up';
    this.#phase = 'down';
    return wasUp;
  }
}
