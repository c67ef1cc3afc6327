import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WorkerInfo } from '../../../../src/rpc/contract/worker.ts';
import { type RouteLink, RouteTable } from '../../../../src/rpc/routing/route-table.ts';
import { even, FakeClock } from '../fake-clock.ts';

function info(workerId: string, more: Partial<WorkerInfo> = {}): WorkerInfo {
  return {
    kind: 'infer',
    workerId,
    availabilityZone: 'a',
    models: [{ name: 'gemma', contextTokensMax: 64 }],
    slots: 2,
    ...more,
  };
}

function tableWith(...workers: readonly WorkerInfo[]) {
  const clock = new FakeClock();
  const table = new RouteTable<RouteLink>({ now: clock.now, random: even });
  const links = ['a', 'b'].map((availabilityZone) => ({ availabilityZone, isSuspect: false }));
  for (const link of links) table.list(link, workers);
  for (const { health } of table.routes()) health.answered();
  const [one = { availabilityZone: '', isSuspect: false }, two = one] = links;
  return { clock, table, one, two };
}

const idle = { running: 0, waiting: 0, slots: 2, isDraining: false, models: ['gemma'] };
const chosen = (table: RouteTable<RouteLink>, model = 'gemma') => table.choose({ model })?.worker.workerId;

test('is the union over the engines, and knows each worker once', () => {
  const { table, two } = tableWith(info('w1'));
  table.list(two, [info('w1'), info('w2')]);
  expect(table.routes().map(({ worker, link }) => `${worker.workerId}/${link.availabilityZone}`)).toEqual([
    'w1/a',
    'w1/b',
    'w2/b',
  ]);
  expect(new Set(table.routesTo('w1').map(({ worker }) => worker)).size).toBe(1);
});

test('a worker that has not answered gets no work', () => {
  const { table, one } = tableWith();
  table.list(one, [info('w1')]);
  expect([chosen(table), table.openWorkers()]).toEqual([undefined, []]);
  table.route(one, 'w1')?.health.answered();
  expect(chosen(table)).toBe('w1');
});

test.each<[string, (world: ReturnType<typeof tableWith>) => void]>([
  ['drains', ({ table }) => table.routesTo('w1')[0]?.worker.report({ ...idle, isDraining: true }, 0)],
  ['says so in a refusal', ({ table }) => table.routesTo('w1')[0]?.worker.leaves()],
  [
    'is full by its own report',
    ({ table }) => table.routesTo('w1')[0]?.worker.report({ ...idle, running: 2 }, 0),
  ],
  ['is down over every engine', ({ table }) => table.routesTo('w1').map(({ health }) => health.broke())],
  ['is listed nowhere', ({ table, one, two }) => [one, two].map((link) => table.list(link, [info('w2')]))],
  ['serves another model', ({ table, one }) => table.list(one, [info('w1', { models: [] }), info('w2')])],
  [
    'has failed three times over each engine',
    ({ table }) => table.routesTo('w1').map(({ breaker }) => [1, 2, 3].map(() => breaker.failed())),
  ],
])('a worker that %s gets no new work, and the other does', (_what, happen) => {
  const world = tableWith(info('w1'), info('w2'));
  happen(world);
  const taken = new Set([1, 2, 3, 4].map(() => chosen(world.table)));
  expect(taken).toEqual(new Set(['w2']));
});

test('a worker that has refused because it drains stays so, whatever it answers to a question from before', () => {
  const { clock, table } = tableWith(info('w1'));
  const worker = table.routesTo('w1')[0]?.worker;
  const askedAtMs = clock.now();
  clock.pass(5);
  worker?.leaves();
  clock.pass(5);
  worker?.report(idle, askedAtMs);
  expect([worker?.isDraining, chosen(table)]).toEqual([true, undefined]);
  // Its next process has the same name.
  worker?.report(idle, clock.now());
  expect([worker?.isDraining, chosen(table)]).toEqual([false, 'w1']);
});

test('a route that is listed no more is kept while something runs over it, and nobody is told that it is down', () => {
  const { table, one, two } = tableWith(info('w1'));
  const route = table.route(one, 'w1');
  const run = route?.begin();
  let isTold = false;
  route?.onDown(() => {
    isTold = true;
  });
  for (const link of [one, two]) table.list(link, []);
  expect([table.routes(), table.openWorkers(), isTold]).toEqual([[route], [], false]);
  run?.[Symbol.dispose]();
  table.forgetUnlisted();
  expect(table.routes()).toEqual([]);
});

test('an engine that is down takes its routes along and tells what runs over them, those of others not', () => {
  const { table, one, two } = tableWith(info('w1'));
  const told: string[] = [];
  for (const link of [one, two]) table.route(link, 'w1')?.onDown(() => told.push(link.availabilityZone));
  table.drop(one);
  expect([told, table.routes().map(({ link }) => link)]).toEqual([['a'], [two]]);
});

test('a listener that has left is not told', () => {
  const { table, one } = tableWith(info('w1'));
  let told = 0;
  const listener = table.route(one, 'w1')?.onDown(() => {
    told += 1;
  });
  listener?.[Symbol.dispose]();
  table.drop(one);
  expect(told).toBe(0);
});

test('a model stays known for a minute after its last worker has gone', () => {
  const { clock, table, one, two } = tableWith(info('w1'));
  expect([table.hasServed('gemma'), table.hasServed('other')]).toEqual([true, false]);
  for (const link of [one, two]) table.drop(link);
  clock.pass(59_999);
  expect(table.hasServed('gemma')).toBe(true);
  clock.pass(1);
  expect(table.hasServed('gemma')).toBe(false);
});

test('never holds more than what is listed and what runs, however workers come and go', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1), fc.uniqueArray(fc.nat(9))), { maxLength: 30 }), (lists) => {
      const { table, one, two } = tableWith();
      const listed = new Map<RouteLink, number>();
      for (const [which, ids] of lists) {
        const link = which === 0 ? one : two;
        table.list(
          link,
          ids.map((id) => info(`w${id}`)),
        );
        listed.set(link, ids.length);
        expect(table.routes().length).toBe([...listed.values()].reduce((sum, count) => sum + count, 0));
      }
    }),
    { numRuns: 100 },
  );
});
