import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareNaturally } from '../../../../sim/vpc/natural-order.ts';

test('numbers inside names count as numbers', () => {
  const names = ['engine-10', 'engine-2', 'engine', 'worker-1', 'engine-2b', 'engine-02', 'a10b9', 'a10b10'];
  expect(names.toSorted(compareNaturally)).toEqual([
    'a10b9',
    'a10b10',
    'engine',
    'engine-02',
    'engine-2',
    'engine-2b',
    'engine-10',
    'worker-1',
  ]);
});

test('it is a total order: antisymmetric, transitive, and equal only for the same text', () => {
  const name = fc.stringMatching(/^[a-c0-2-]{0,5}$/);
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(compareNaturally(a, b))).toBe(-Math.sign(compareNaturally(b, a)) + 0);
      expect(compareNaturally(a, b) === 0).toBe(a === b);
      if (compareNaturally(a, b) <= 0 && compareNaturally(b, c) <= 0) {
        expect(compareNaturally(a, c)).toBeLessThanOrEqual(0);
      }
    }),
  );
});
