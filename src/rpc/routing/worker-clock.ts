/**
 * What a worker's clock says at a moment of ours, from what it said when it was asked. A moment of its own lies between question and
 * answer, so each answer bounds the difference, the less the older it is; what contradicts the earlier ones means that a clock was set. Pure.
 */

/** Two clocks run apart by this share of the time at most: quartz does by a tenth of it, and NTP turns one by as much (adjtimex(2)). */
const driftMax = 500e-6;

/** Its time in milliseconds of Unix time less ours, which is monotonic, at a moment of ours. */
interface Difference {
  readonly minMs: number;
  readonly maxMs: number;
  readonly atMs: number;
}

export class WorkerClock {
  #difference: Difference | undefined;

  /** @param reading `unixMs` by its clock; the others by ours, monotonic. */
  saw({ unixMs, askedAtMs, heardAtMs }: { unixMs: number; askedAtMs: number; heardAtMs: number }): void {
    const read = { minMs: unixMs - heardAtMs, maxMs: unixMs - askedAtMs, atMs: askedAtMs };
    const seen = widened(read, heardAtMs);
    const known = widened(this.#difference ?? seen, heardAtMs);
    const both = {
      minMs: Math.max(known.minMs, seen.minMs),
      maxMs: Math.min(known.maxMs, seen.maxMs),
      atMs: heardAtMs,
    };
    this.#difference = both.minMs <= both.maxMs ? both : seen;
  }

  /**
   * @param atMs a moment of ours, monotonic.
   * @returns Unix time in whole milliseconds by its clock, rather late than early: by a round trip and a thousandth of the time
   *   between the last answer and the moment at most. undefined: its clock is not known.
   */
  unixMsAt(atMs: number): number | undefined {
    return this.#difference && Math.ceil(atMs + widened(this.#difference, atMs).maxMs);
  }
}

/** What is still certain of it at another moment. */
function widened({ minMs, maxMs, atMs }: Difference, toMs: number): Difference {
  const driftMs = driftMax * Math.abs(toMs - atMs);
  return { minMs: minMs - driftMs, maxMs: maxMs + driftMs, atMs: toMs };
}
