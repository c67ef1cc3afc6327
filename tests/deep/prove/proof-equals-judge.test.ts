/** Two ways to one answer, many runs: the proof by sets, and the judge packet by packet, on random networks. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { disagreements } from '../../unit/sim/prove/held-against-judge.ts';
import { randomModel } from '../../unit/sim/prove/random-model.ts';
import { randomTraffic } from '../../unit/sim/prove/random-traffic.ts';

const RUNS = 600;

test('the proof says of random packets in random networks what the judge says', { timeout: 300_000 }, () => {
  fc.assert(
    fc.property(randomModel, fc.array(randomTraffic, { minLength: 1, maxLength: 6 }), (model, traffics) => {
      expect(disagreements(model, traffics).slice(0, 1)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});
