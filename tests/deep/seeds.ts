/** Which seeds the random suites run: those of the environment that `run.ts` sets, or the usual ones. */

export interface SeedsAsked {
  readonly seeds: readonly number[];
  readonly size: number;
}

const SEEDS = 200;
const SEEDS_MAX = 100_000;
const SIZE = 12;

/** @throws TypeError for a range that is none. */
export function seedsAsked(environment: Readonly<Record<string, string | undefined>>): SeedsAsked {
  const { DRYDOCK_SEEDS: range, DRYDOCK_SIZE: size } = environment;
  const [from, to] = range === undefined ? [1, SEEDS] : parseRange(range);
  return {
    seeds: Array.from({ length: to - from + 1 }, (_, index) => from + index),
    size: size === undefined ? SIZE : Number(size),
  };
}

export function parseRange(text: string): readonly [number, number] {
  const [, from, to] = /^(\d{1,9})\.\.(\d{1,9})$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (!(first <= last) || last - first >= SEEDS_MAX) {
    throw new TypeError(`"${text}" is no range of at most ${SEEDS_MAX} seeds: write --seeds 1..200`);
  }
  return [first, last];
}
