/** How fast generations end, and so how long somebody at the end of a queue will wait. Pure. */

const endingsMax = 64;
const memoryMs = 30_000;
const unknownMs = 1000;
const msMin = 250;
/** A client that waits longer than this would miss what has changed meanwhile. */
const msMax = 10_000;

export class FinishingRate {
  readonly #now: () => number;
  readonly #endings: number[] = [];

  constructor(options: { readonly now: () => number }) {
    this.#now = options.now;
  }

  finished(): void {
    this.#endings.push(this.#now());
    if (this.#endings.length > endingsMax) this.#endings.shift();
  }

  /** @param ahead how many wait before. */
  retryAfterMs(ahead: number): number {
    const nowMs = this.#now();
    const recent = this.#endings.filter((atMs) => nowMs - atMs < memoryMs);
    const [first] = recent;
    if (first === undefined || recent.length < 2) return unknownMs;
    // Up to now, not to the last ending: where nothing ends any more, the wait grows.
    const msEach = (nowMs - first) / (recent.length - 1);
    return Math.round(Math.min(Math.max(msEach * (ahead + 1), msMin), msMax));
  }
}
