/** When a disturbed system is as fast again as it was before: by the tokens that its clients get. Pure. */

/** A round of a drill, by its moments in milliseconds. */
export interface RoundTimes {
  readonly begunMs: number;
  /** The first disturbance began. */
  readonly disturbedMs: number;
  /** Healing began: recovery counts from here. */
  readonly healedMs: number;
  /** Healing was done: what had ended serves again. */
  readonly readyMs: number;
  readonly endedMs: number;
}

/** As fast as before, but for the noise of a machine that others use too. */
const slowdownMax = 2;

/**
 * @param tokenTimes of all clients' tokens.
 * @param stretchTokens a stretch of the load is so many tokens in a row.
 * @returns from healing to the beginning of the first stretch that takes no longer than one before the disturbance; undefined where there is none.
 */
export function recoveryMs(
  tokenTimes: readonly number[],
  { times, stretchTokens }: { readonly times: RoundTimes; readonly stretchTokens: number },
): number | undefined {
  const between = (from: number, to: number) =>
    stretches(
      tokenTimes.filter((at) => at >= from && at < to),
      stretchTokens,
    );
  const usual = median(between(times.begunMs, times.disturbedMs).map(({ ms }) => ms));
  if (usual === undefined) return undefined;
  const after = between(times.readyMs, times.endedMs);
  const recovered = after.find(({ ms }) => ms <= usual * slowdownMax);
  return recovered && recovered.fromMs - times.healedMs;
}

function stretches(times: readonly number[], tokens: number) {
  const sorted = [...times].sort((one, other) => one - other);
  return sorted.slice(0, Math.max(0, sorted.length - tokens)).map((fromMs, index) => ({
    fromMs,
    ms: (sorted[index + tokens] ?? fromMs) - fromMs,
  }));
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];
}
