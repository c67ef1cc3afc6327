import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareLoad } from '../../../../sim/drill/load-shares.ts';
import { planStrikes } from '../../../../sim/drill/plan-strike.ts';
import { faultNames } from '../../../../sim/drill/strike.ts';
import { topology } from './drilled.ts';

test('gives a quarter before the fault, most of the rest while it is there, and a quarter when it is healed', () => {
  const strikes = planStrikes('worker-killed', { topology, seed: 1, requests: 40 });
  expect(shareLoad(40, strikes)).toStrictEqual([{ before: 10, during: [23, 30], after: 40 }]);
});

test('hands out every request, in every row, step by step', () => {
  fc.assert(
    fc.property(fc.constantFrom(...faultNames), fc.integer({ min: 1, max: 2_000 }), (fault, requests) => {
      const strikes = planStrikes(fault, { topology, seed: 1, requests });
      const shares = shareLoad(requests, strikes);
      const counts = shares.flatMap(({ before, during, after }) => [before, ...during, after]);
      expect(counts.toSorted((one, other) => one - other)).toStrictEqual(counts);
      expect(counts.at(-1)).toBe(requests);
      expect(shares.map(({ during }) => during.length)).toStrictEqual(
        strikes.map(({ steps }) => steps.length),
      );
    }),
  );
});
