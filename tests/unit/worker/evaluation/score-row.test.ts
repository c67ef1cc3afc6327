/** One row of logits and what it says of the next token. */

import { expect, test } from 'vitest';
import { scoreRow } from '../../../../src/worker/evaluation/score-row.ts';
import { thrown } from '../thrown.ts';

test('gives the likelihood of the next token and the five best, in natural logarithms', () => {
  const weights = [1, 4, 2, 8, 16, 32, 1];
  const { nll, argmax, top } = scoreRow(Float32Array.from(weights, Math.log), 2);
  expect(nll).toBeCloseTo(Math.log(64 / 2), 6);
  expect(argmax).toBe(5);
  expect(top.map(({ id }) => id)).toEqual([5, 4, 3, 1, 2]);
  expect(top.map(({ logprob }) => Math.exp(logprob) * 64)).toEqual(
    [32, 16, 8, 4, 2].map((weight) => expect.closeTo(weight, 4)),
  );
});

test('knows no likelihood where no token follows', () => {
  expect(scoreRow(Float32Array.of(0, 1), undefined).nll).toBeNull();
});

test('puts the lower of two equal ids first, at the top and at the fifth place', () => {
  const { argmax, top } = scoreRow(Float32Array.of(1, 3, 0, 3, 1, 1, 1), 0);
  expect(argmax).toBe(1);
  expect(top.map(({ id }) => id)).toEqual([1, 3, 0, 4, 5]);
});

test('holds logits far beyond the range of exp', () => {
  const { nll, top } = scoreRow(Float32Array.of(20_000, 19_999, -20_000), 1);
  expect(nll).toBeCloseTo(1 + Math.log(1 + Math.exp(-1)), 6);
  expect(top[2]?.logprob).toBeCloseTo(-40_000 - Math.log(1 + Math.exp(-1)), 2);
});

test('names all of a vocabulary of fewer than five', () => {
  expect(scoreRow(Float32Array.of(0, 2, 1), 0).top.map(({ id }) => id)).toEqual([1, 2, 0]);
});

test.each([
  ['NaN', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
])('refuses a row with %s, wherever it stands', (_, bad) => {
  for (const at of [0, 3, 9]) {
    const row = new Float32Array(10);
    row[at] = bad;
    expect(thrown(() => scoreRow(row, 1))).toMatchObject({
      code: 'WORKER_RUN_FAILED',
      message: expect.stringMatching(/^could not score a position: /),
    });
  }
});
