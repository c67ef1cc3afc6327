/** Proof against real packets on networks that people wrote; the whole product of each is sent in tests/deep. */
import { expect, test } from 'vitest';
import { runDiffer } from '../../sim/differ/index.ts';
import { fixtureNetworks, referenceNetworks } from '../support/networks.ts';
import { probeTogether } from '../support/prober.ts';
import { tell } from '../support/told-disagreements.ts';

const PROBES_MAX = 1500;

test.each([
  ['our environments', referenceNetworks],
  ['every fixture', fixtureNetworks],
])('packets do what the proof says in %s', async (_name, read) => {
  const networks = await read();
  const reports = await probeTogether(networks, async ({ item, model, fabric }) => {
    const { probes, disagreements } = await runDiffer(model, { fabric, probesMax: PROBES_MAX });
    return { name: item.name, isProbed: probes > 0, disagreements: tell(disagreements) };
  });
  expect(reports).toStrictEqual(networks.map(({ name }) => ({ name, isProbed: true, disagreements: [] })));
});
