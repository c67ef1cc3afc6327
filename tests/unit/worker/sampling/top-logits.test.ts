import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexOfLargest } from '../../../../src/worker/sampling/largest-logit.ts';
import { TopLogits } from '../../../../src/worker/sampling/top-logits.ts';

const few = fc.constantFrom(-2, -1, 0, 1, 2, Number.NEGATIVE_INFINITY);
const rows = fc.oneof(
  fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 }),
  fc.array(few, { minLength: 1, maxLength: 60 }),
);

/** Ids above -Infinity, the best first, lower ids first among equals. */
function sorted(row: Float32Array): number[] {
  return [...row.keys()]
    .filter((id) => row[id] !== Number.NEGATIVE_INFINITY)
    .sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0) || a - b);
}

test('selects the k best as sorting does, whatever was selected before', () => {
  const top = new TopLogits(70);
  fc.assert(
    fc.property(rows, fc.integer({ min: 0, max: 70 }), (values, k) => {
      const row = Float32Array.from(values);
      const size = top.select(row, k);
      const expected = sorted(row).slice(0, k);
      expect([...top.ids.subarray(0, size)]).toEqual(expected);
      expect([...top.logits.subarray(0, size)]).toEqual(expected.map((id) => row[id]));
    }),
  );
});

test('finds the first of the largest logits', () => {
  fc.assert(
    fc.property(rows, (values) => {
      const row = Float32Array.from(values);
      const [best] = sorted(row);
      fc.pre(best !== undefined);
      expect(indexOfLargest(row)).toBe(best);
    }),
  );
});

test('refuses a row with NaN or infinity at any place, and one without a finite number', () => {
  for (let length = 1; length <= 17; length++) {
    for (let at = 0; at < length; at++) {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const row = new Float32Array(length).fill(1);
        row[at] = bad;
        expect(() => indexOfLargest(row)).toThrow('the model gave logits that are no numbers');
      }
    }
  }
  expect(() => indexOfLargest(new Float32Array(9).fill(Number.NEGATIVE_INFINITY))).toThrow(
    expect.objectContaining({ code: 'WORKER_RUN_FAILED' }),
  );
});
