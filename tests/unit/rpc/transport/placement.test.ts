/** Who gets a place, and when. The table is filled by hand: the link leads to nobody. */
import { expect, test } from 'vitest';
import { FailureRecord } from '../../../../src/rpc/failover/failure-record.ts';
import { RouteTable } from '../../../../src/rpc/routing/route-table.ts';
import { EngineLink } from '../../../../src/rpc/transport/engine-link-runtime.ts';
import { Placements } from '../../../../src/rpc/transport/placement-runtime.ts';
import { even, FakeClock } from '../fake-clock.ts';
import { model, neverAborted, requestFor } from './cluster.ts';

test('a slot that becomes free is the next one’s at once, before any tick', async () => {
  await using link = new EngineLink({
    engine: { availabilityZone: 'zone-0', host: '127.0.0.1', port: 9 },
    clientName: 'gateway',
    logger: { info: () => {}, warn: () => {} },
    onList: () => {},
    onDown: () => {},
  });
  const { now } = new FakeClock();
  const table = new RouteTable<EngineLink>({ now, random: even });
  table.list(link, [{ kind: 'infer', workerId: 'w', availabilityZone: 'zone-0', models: [model], slots: 1 }]);
  table.route(link, 'w')?.health.answered();
  const limits = { queueLengthMax: 9, queueMsMax: 1000, resumeMsMax: 1000, attemptsMax: 8 };
  const placements = new Placements({ now, table, limits });
  const place = () =>
    placements.place(
      {
        request: requestFor(),
        failures: new FailureRecord<EngineLink>(),
        isUrgent: false,
        sinceMs: 0,
        hasFailed: false,
        signal: neverAborted(),
      },
      'caller',
    );
  const first = await place();
  const order: string[] = [];
  const second = place().then((placement) => {
    order.push('second');
    return placement;
  });
  await new Promise(setImmediate);
  expect(order).toEqual([]);
  first.load[Symbol.dispose]();
  await new Promise(setImmediate);
  expect(order).toEqual(['second']);
  (await second).load[Symbol.dispose]();
});
