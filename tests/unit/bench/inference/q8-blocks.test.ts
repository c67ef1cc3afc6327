/** Rounding to Q8_0, against numbers worked out by hand from ggml's definition. */

import { expect, test } from 'vitest';
import { roundToQ8 } from '../../../../bench/inference/q8-blocks.ts';

function rounded(values: readonly number[]): { scaleBits: number; bytes: number[] } {
  const block = Float32Array.from({ length: 32 }, (_, i) => values[i] ?? 0);
  const out = new Uint8Array(34);
  roundToQ8(block, out);
  const view = new DataView(out.buffer);
  return { scaleBits: view.getUint16(0, true), bytes: values.map((_, i) => view.getInt8(2 + i)) };
}

test.each([
  [
    'whole numbers as they are, the largest at 127',
    [127, -127, 1, 0],
    { scaleBits: 0x3c00, bytes: [127, -127, 1, 0] },
  ],
  ['halves away from zero', [127, 0.5, -0.5, 1.5, -2.5], { scaleBits: 0x3c00, bytes: [127, 1, -1, 2, -3] }],
  ['by a negative largest value alike', [-254, 127], { scaleBits: 0x4000, bytes: [-127, 64] }],
  ['zeros to zeros, without dividing by them', [0, 0], { scaleBits: 0, bytes: [0, 0] }],
])('rounds %s', (_, values, expected) => {
  expect(rounded(values)).toEqual(expected);
});

test('divides by the scale before that is rounded to half precision, as ggml does', () => {
  // 1/127 in half precision is 1032 × 2⁻¹⁷, by which this would be 100.504, and round to 101.
  expect(rounded([1, 100.496 / 127]).bytes).toEqual([127, 100]);
});

test.each([
  [33, 34],
  [32, 33],
])('refuses %d values for %d bytes', (values, bytes) => {
  expect(() => roundToQ8(new Float32Array(values), new Uint8Array(bytes))).toThrow(TypeError);
});
