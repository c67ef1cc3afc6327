/** Random networks on real packets, at length: 200 seeds, or those that `--seeds` names, from small to large. */
import { describe, expect, test } from 'vitest';
import { inGroups } from '../support/prober.ts';
import { probeSeeds } from '../support/random-vpcs.ts';
import { seedsAsked } from './seeds.ts';

const TOGETHER = 8;
const { seeds, size } = seedsAsked(process.env);
/** A single one is looked at closely. */
const probesMax = seeds.length === 1 ? 20_000 : 2000;

describe('packets do what the proof says in random networks', () => {
  test.each(inGroups(seeds, TOGETHER).map((group) => [group[0], group.at(-1), group] as const))(
    'by seeds %i to %i',
    async (_first, _last, group) => {
      const { disagreements } = await probeSeeds(group, { size, probesMax, together: TOGETHER });
      expect(disagreements).toStrictEqual([]);
    },
    300_000,
  );
});
