/** In a network of many groups, whose members share rows, every pair still fares as the judge says. */

import { expect, test } from 'vitest';
import type { Traffic } from '../../../sim/prove/index.ts';
import { largeModel } from '../../support/large-model.ts';
import { disagreements } from '../../unit/sim/prove/held-against-judge.ts';

const traffics: readonly Traffic[] = [
  { protocol: 'tcp', sourcePort: 1024, port: 443 },
  { protocol: 'tcp', sourcePort: 1024, port: 8008 },
  { protocol: 'icmp', type: 8, code: 0 },
];

test.each([false, true])(
  'groups and single machines alike (single: %s)',
  { timeout: 120_000 },
  (isUngrouped) => {
    const model = largeModel({ interfaces: 40, securityGroups: 12, isUngrouped });
    expect(disagreements(model, traffics).slice(0, 1)).toEqual([]);
  },
);
