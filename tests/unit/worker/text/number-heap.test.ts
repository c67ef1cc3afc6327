import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NumberHeap } from '../../../../src/worker/text/number-heap.ts';

test('gives numbers back in rising order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new NumberHeap(numbers.length);
      for (const number of numbers) heap.push(number);
      expect(numbers.map(() => heap.pop())).toEqual(numbers.toSorted((a, b) => a - b));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});

test('refuses more than it was made for', () => {
  const heap = new NumberHeap(1);
  heap.push(1);
  expect(() => heap.push(2)).toThrow('the heap holds 1 numbers already');
});
