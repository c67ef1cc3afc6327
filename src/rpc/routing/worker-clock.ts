/**
 * What a worker's clock says at a moment of ours, from what it said when it was asked. A moment of its own lies between question and
 * answer, so each answer bounds the difference; what contradicts the earlier ones means that a clock was set. Pure.
 */

/** Its time in milliseconds of Unix time less ours, which is monotonic. */
interface Difference {
  readonly minMs: number;
  readonly maxMs: number;
}

export class WorkerClock {
  #difference: Difference | undefined;

  /** @param reading `unixMs` by its clock; the others by ours, monotonic. */
  saw({ unixMs, askedAtMs, heardAtMs }: { unixMs: number; askedAtMs: number; heardAtMs: number }): void {
    const seen = { minMs: unixMs - heardAtMs, maxMs: unixMs - askedAtMs };
    const known = this.#difference ?? seen;
    const both = {
      minMs: Math.max(known.minMs, seen.minMs),
      maxMs: Math.min(known.maxMs, seen.maxMs),
    };
    this.#difference = both.minMs <= both.maxMs ? both : seen;
  }

  /**
   * @param atMs a moment of ours, monotonic.
   * @returns Unix time in whole milliseconds by its clock, rather late than early: by a round trip at most. undefined: its clock is not known.
   */
  unixMsAt(atMs: number): number | undefined {
    return this.#difference && Math.ceil(atMs + this.#difference.maxMs);
  }
}
