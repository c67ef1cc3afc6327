/** How long the workers take for a token, and which of them is slow beside the others. Pure. */

/** Weight of the newest token in the average. */
const weight = 0.05;
/** Fewer tokens say nothing. */
const tokensMin = 32;
/** A worker that runs many answers at once takes longer for each, so a worker must be far off to be slow. */
const slowFactor = 4;
/** What is said of a worker is forgotten, so that it gets another chance. */
const memoryMs = 30_000;
/** A pause this long is a stall and no pace. */
const gapMsMax = 10_000;

export class WorkerPace {
  #msPerToken = 0;
  #tokens = 0;
  #seenAtMs = Number.NEGATIVE_INFINITY;

  /** @param gapMs between this frame and the one before it. */
  saw({ gapMs, tokens, nowMs }: { gapMs: number; tokens: number; nowMs: number }): void {
    if (tokens < 1 || gapMs > gapMsMax) return;
    if (nowMs - this.#seenAtMs > memoryMs) this.#tokens = 0;
    const msPerToken = gapMs / tokens;
    const share = this.#tokens === 0 ? 1 : 1 - (1 - weight) ** tokens;
    this.#msPerToken += share * (msPerToken - this.#msPerToken);
    this.#tokens += tokens;
    this.#seenAtMs = nowMs;
  }

  /** undefined: not known. */
  msPerToken(nowMs: number): number | undefined {
    if (this.#tokens < tokensMin || nowMs - this.#seenAtMs > memoryMs) return undefined;
    return this.#msPerToken;
  }
}

/** @param others what the others take for a token, as far as it is known. */
export function isSlow(msPerToken: number | undefined, others: readonly (number | undefined)[]): boolean {
  const known = others.filter((value) => value !== undefined).sort((left, right) => left - right);
  // The lower one of two: with two workers, each is judged by the other alone.
  const middle = known[Math.floor((known.length - 1) / 2)];
  return msPerToken !== undefined && middle !== undefined && msPerToken > Math.max(middle * slowFactor, 1);
}
