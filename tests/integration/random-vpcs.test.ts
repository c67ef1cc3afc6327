/** Random networks on real packets: a few small ones in every run. Many more, and larger, are in tests/deep. */
import { expect, test } from 'vitest';
import { probeSeeds } from '../support/random-vpcs.ts';

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);

test('packets do what the proof says in 12 random networks of at most 8 interfaces', async () => {
  const { probes, disagreements } = await probeSeeds(SEEDS, { size: 8, probesMax: 800, together: 9 });
  expect(disagreements).toStrictEqual([]);
  // A network may be small, but not all of them.
  expect(probes).toBeGreaterThan(5_000);
}, 60_000);
