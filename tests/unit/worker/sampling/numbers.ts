/** Numbers for tests that a seed replays, and checks of what was drawn with them. */

import { createRandom, type Random } from '../../../../src/worker/sampling/random.ts';

/** Logits without ties, in the range that a model gives. */
export function randomLogits(size: number, random: Random): Float32Array {
  return Float32Array.from({ length: size }, () => (random.next() - 0.5) * 12);
}

export const drawing = (value: number): Random => ({ next: () => value });

export const logitsOf = (probabilities: readonly number[]) =>
  Float32Array.from(probabilities, (probability) => Math.log(probability));

/**
 * Pearson's statistic of counts against probabilities, less what its mean and five of its deviations would be: above 0 the
 * counts do not follow the probabilities.
 */
export function chiSquareExcess(counts: readonly number[], probabilities: readonly number[]): number {
  const draws = counts.reduce((sum, count) => sum + count, 0);
  let statistic = 0;
  let cells = 0;
  // Cells that expect fewer than five draws are taken together: the statistic is no good approximation there.
  let rest = { count: 0, expected: 0 };
  for (const [id, probability] of probabilities.entries()) {
    const expected = probability * draws;
    const count = counts[id] ?? 0;
    if (expected === 0 && count !== 0) return Number.POSITIVE_INFINITY;
    if (expected < 5) rest = { count: rest.count + count, expected: rest.expected + expected };
    else {
      statistic += (count - expected) ** 2 / expected;
      cells++;
    }
  }
  if (rest.expected > 0) {
    statistic += (rest.count - rest.expected) ** 2 / rest.expected;
    cells++;
  }
  const freedom = Math.max(cells - 1, 0);
  return statistic - freedom - 5 * Math.sqrt(2 * freedom);
}

export function countDraws(size: number, draws: number, draw: (random: Random) => number): number[] {
  const random = createRandom(20);
  const counts = new Array<number>(size).fill(0);
  for (let done = 0; done < draws; done++) {
    const id = draw(random);
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}
