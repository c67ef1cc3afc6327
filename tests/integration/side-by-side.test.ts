/** Two simulations of the same network at once: what happens in one does not show in the other. */
import { expect, test } from 'vitest';
import { compileFabric } from '../../sim/compile/index.ts';
import { movedCounters } from '../../sim/explain/index.ts';
import { type StartedFabric, startFabric } from '../../sim/fabric/index.ts';
import { smallVpc } from '../unit/sim/small-vpc.ts';

function start(): Promise<StartedFabric> {
  return startFabric(compileFabric(smallVpc()), {
    onEvent: () => undefined,
    onLost: (error) => {
      throw error;
    },
  });
}

const dial = (fabric: StartedFabric) =>
  fabric.probePackets(
    [
      {
        from: { namespace: 'internet', address: '8.8.8.8' },
        to: '198.51.100.10',
        protocol: 'tcp',
        sourcePort: 40_000,
        port: 443,
      },
    ],
    { timeoutMs: 900 },
  );

test('two fabrics of one model share neither packets nor rules, faults or an end', async () => {
  await using other = await start();
  {
    await using one = await start();
    const before = await other.readCounters();
    expect(await dial(one)).toMatchObject([{ isAnswered: true }]);
    const after = await other.readCounters();
    expect(movedCounters(other.fabric.counters, { before, after })).toStrictEqual([]);

    await one.fault({ target: { kind: 'node', node: 'gateway-0' }, effect: { kind: 'cut' } });
    expect([...(await dial(one)), ...(await dial(other))].map(({ isAnswered }) => isAnswered)).toStrictEqual([
      false,
      true,
    ]);
    await one.healAll();
    const closed = smallVpc().securityGroups.map((group) => ({ ...group, ingress: [] }));
    await one.reload(compileFabric({ ...smallVpc(), securityGroups: closed }));
    expect([...(await dial(one)), ...(await dial(other))].map(({ isAnswered }) => isAnswered)).toStrictEqual([
      false,
      true,
    ]);
  }
  expect(await dial(other)).toMatchObject([{ isAnswered: true }]);
});
