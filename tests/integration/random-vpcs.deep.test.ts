/** More of the small random networks of random-vpcs.test.ts. */
import { expect, test } from 'vitest';
import { probeSeeds } from '../support/random-vpcs.ts';

const SEEDS = Array.from({ length: 13 }, (_, index) => index + 13);

test('packets do what the proof says in 13 more random networks of at most 8 interfaces', async () => {
  const { disagreements } = await probeSeeds(SEEDS, { size: 8, probesMax: 800, together: 9 });
  expect(disagreements).toStrictEqual([]);
});
