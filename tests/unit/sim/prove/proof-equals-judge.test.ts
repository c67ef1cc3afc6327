/** Two ways to one answer, few runs: the proof by sets, and the judge packet by packet, on random networks. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { disagreements } from './held-against-judge.ts';
import { randomModel } from './random-model.ts';
import { randomTraffic } from './random-traffic.ts';

test('the proof says of random packets in random networks what the judge says', () => {
  fc.assert(
    fc.property(randomModel, fc.array(randomTraffic, { minLength: 1, maxLength: 3 }), (model, traffics) => {
      expect(disagreements(model, traffics).slice(0, 1)).toEqual([]);
    }),
    { numRuns: 10 },
  );
});
