/** The divergence of two rows of logits, against numbers worked out by hand. */

import { expect, test } from 'vitest';
import { divergence } from '../../../../bench/inference/divergence.ts';

const logs = (...probabilities: number[]) => Float32Array.from(probabilities, Math.log);

test('is the mean, by the reference, of what the candidate thinks less likely', () => {
  const { isSameBest, kl } = divergence(logs(0.5, 0.25, 0.25), logs(0.25, 0.5, 0.25));
  expect(isSameBest).toBe(false);
  expect(kl).toBeCloseTo(0.5 * Math.log(2) - 0.25 * Math.log(2), 6);
});

test('does not count what all logits have in common', () => {
  const { isSameBest, kl } = divergence(Float32Array.of(1, 2, 3), Float32Array.of(101, 102, 103));
  expect(isSameBest).toBe(true);
  expect(kl).toBeCloseTo(0, 6);
});

test('stands logits that overflow an exponential', () => {
  expect(divergence(Float32Array.of(1000, 0), Float32Array.of(1000, 0)).kl).toBe(0);
});

test.each([
  [Float32Array.of(1, 2), Float32Array.of(1), TypeError],
  [Float32Array.of(1, 2), Float32Array.of(1, Number.NaN), RangeError],
  [Float32Array.of(Number.POSITIVE_INFINITY, 2), Float32Array.of(1, 2), RangeError],
])('refuses %j against %j', (reference, candidate, error) => {
  expect(() => divergence(reference, candidate)).toThrow(error);
});
