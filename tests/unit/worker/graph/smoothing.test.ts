/** Smoothing factors: how they follow from what was seen, and which heads share them. */

import { describe, expect, test } from 'vitest';
import {
  factorsOf,
  inverse,
  spreadOverSharers,
  sumOverSharers,
} from '../../../../src/worker/graph/smoothing.ts';

const floats = (...values: number[]) => Float32Array.from(values);
const logs = (factors: Float32Array) => Array.from(factors, (factor) => Math.log2(factor));

describe('factorsOf', () => {
  test('divides large channels and multiplies small ones, by the root of input over column', () => {
    // Magnitudes 16 and 1, over columns of 1 and 4.
    const factors = factorsOf({ input: floats(256, 1), columns: floats(1, 16) });
    expect(logs(factors)).toEqual([expect.closeTo(1.5, 5), expect.closeTo(-1.5, 5)]);
  });

  test('leaves channels alone that are alike', () => {
    expect(factorsOf({ input: floats(3, 3, 3), columns: floats(5, 5, 5) })).toEqual(floats(1, 1, 1));
  });

  test('gives the same for sums that differ in their last bits', () => {
    const input = Float32Array.from({ length: 640 }, (_, i) => 1 + ((i * 37) % 101));
    const columns = Float32Array.from({ length: 640 }, (_, i) => 1 + ((i * 53) % 89));
    const nudged = (values: Float32Array) => values.map((value, i) => value * (i % 2 === 0 ? 1 + 1e-6 : 1));
    const other = factorsOf({ input: nudged(input), columns: nudged(columns) });
    expect(other).toEqual(factorsOf({ input, columns }));
  });

  test('takes channels that were silent for a thousandth of the mean', () => {
    const [silent = 0, ...others] = factorsOf({ input: floats(0, 1, 1, 1), columns: floats(1, 1, 1, 1) });
    expect(Math.log2((others[0] ?? 0) / silent)).toBeCloseTo(Math.log2(1 / 0.00075) / 2, 0);
    expect(factorsOf({ input: floats(0, 0), columns: floats(0, 0) })).toEqual(floats(1, 1));
  });

  test('does nothing where sums are no numbers', () => {
    const factors = factorsOf({ input: floats(Number.POSITIVE_INFINITY, 1), columns: floats(1, 1) });
    expect(factors).toEqual(floats(1, 1));
  });
});

describe('heads that share a channel of V', () => {
  const sizes = { heads: 4, kvHeads: 2, headDim: 2 };

  test('add up their squares for it', () => {
    expect(sumOverSharers(floats(1, 2, 10, 20, 3, 4, 30, 40), sizes)).toEqual(floats(11, 22, 33, 44));
  });

  test('all take its factor', () => {
    expect(spreadOverSharers(floats(5, 6, 7, 8), sizes)).toEqual(floats(5, 6, 5, 6, 7, 8, 7, 8));
  });
});

test('a factor and its inverse cancel', () => {
  expect(inverse(floats(4, 0.5))).toEqual(floats(0.25, 2));
});
