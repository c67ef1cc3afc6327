/** Every probe of our environments and of every fixture, each in a fabric of its own under its own names. */
import { expect, test } from 'vitest';
import { compileFabric } from '../../sim/compile/index.ts';
import { countProbes, runDiffer } from '../../sim/differ/index.ts';
import { startFabric } from '../../sim/fabric/index.ts';
import { fixtureNetworks, referenceNetworks } from '../support/networks.ts';
import { tell } from '../support/told-disagreements.ts';

const networks = [...(await referenceNetworks()), ...(await fixtureNetworks())];

test.each(networks.map(({ name, model }) => [name, model] as const))(
  'packets do what the proof says in all of %s',
  async (_name, model) => {
    await using fabric = await startFabric(compileFabric(model), {
      onEvent: () => undefined,
      onLost: (error) => {
        throw error;
      },
    });
    const report = await runDiffer(model, { fabric, collapseAbove: Number.POSITIVE_INFINITY });
    expect(tell(report.disagreements)).toStrictEqual([]);
    const notCompared = report.notCompared.reduce((sum, { probes }) => sum + probes, 0);
    expect(report.probes + notCompared).toBe(countProbes(model).total);
  },
  120_000,
);
