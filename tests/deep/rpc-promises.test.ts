/**
 * What is promised of failover in time: how soon what is lost is somewhere else, how soon all is back after healing, and that what is slow gets
 * nothing while others are free. Times are the best of several, for the machine may be busy with others.
 */
import { describe, expect, test } from 'vitest';
import type { GenerateHandler } from '../../src/rpc/index.ts';
import {
  type Cluster,
  doneAfter,
  holding,
  neverAborted,
  outcomeOf,
  pacing,
  requestFor,
  startCluster,
  tokensAfter,
} from '../unit/rpc/transport/cluster.ts';
import { until } from '../unit/rpc/until.ts';

const both = ['to-engine', 'from-engine'] as const;

type Strike = (cluster: Cluster, engineInUse: number) => unknown;

/** From the strike to the moment at which a worker has the request again, with all that was answered before. */
async function redispatchMs(strike: Strike, answered: number): Promise<number> {
  await using cluster = await startCluster({ engines: 2, isSpoilable: true });
  const held = holding(answered);
  const takes: { readonly atMs: number; readonly answered: number }[] = [];
  const take: GenerateHandler = async function* take(request, options) {
    const { answeredIds = [] } = options;
    takes.push({ atMs: performance.now(), answered: answeredIds.length });
    if (takes.length === 1) yield* held.handler(request, options);
    yield* tokensAfter(answeredIds, answered + 1);
    yield doneAfter(answered + 1);
  };
  await cluster.addWorker('first', take);
  const outcome = outcomeOf(cluster.client.generate(requestFor(), { signal: neverAborted() }));
  await until('the generation', () => held.signals.length === 1);
  await cluster.addWorker('second', take);
  const used = cluster.client.health().routes.find(({ inflight }) => inflight === 1);
  const struckAtMs = performance.now();
  await strike(cluster, used?.engine === 'zone-0' ? 0 : 1);
  expect(await outcome).toMatchObject({ code: undefined });
  expect(takes.map((each) => each.answered)).toEqual([0, answered]);
  return (takes[1]?.atMs ?? 0) - struckAtMs;
}

async function bestOf(count: number, measure: () => Promise<number>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < count; round += 1) best = Math.min(best, await measure());
  return best;
}

const workers = ['worker-0', 'worker-1', 'worker-2'];

const waysOfZone = (cluster: Cluster, engine: number) =>
  [cluster.gatewayLinks, ...['first', 'second', ...workers].map((id) => cluster.linksOf(id))].flatMap(
    (links) => links.slice(engine, engine + 1),
  );
const waysOfFirst = (cluster: Cluster) => cluster.linksOf('first');

describe('a death that closes the connection', () => {
  const ofWorker: Strike = (cluster) => waysOfFirst(cluster).map((link) => link.cut());
  test.each<[string, number, Strike]>([
    ['of a worker before its first token', 0, ofWorker],
    ['of a worker in the middle of a stream', 2, ofWorker],
    ['of an engine', 2, (cluster, used) => cluster.engines[used]?.[Symbol.asyncDispose]()],
  ])('%s has what ran there at work again within 100 ms', async (_whose, answered, strike) => {
    const best = await bestOf(5, () => redispatchMs(strike, answered));
    expect(best).toBeGreaterThan(0);
    expect(best).toBeLessThan(100);
  });
});

describe('a death in silence', () => {
  test.concurrent.each<[string, Strike]>([
    ['of a worker', (cluster) => waysOfFirst(cluster).map((link) => link.hold(...both))],
    ['of a worker that hears', (cluster) => waysOfFirst(cluster).map((link) => link.hold('to-engine'))],
    ['of a worker that speaks', (cluster) => waysOfFirst(cluster).map((link) => link.hold('from-engine'))],
    ['of an engine', (cluster, used) => waysOfZone(cluster, used).map((link) => link.hold(...both))],
  ])('%s has what ran there at work again within 2.5 s', async (_whose, strike) => {
    const best = await bestOf(3, () => redispatchMs(strike, 2));
    expect(best).toBeGreaterThan(0);
    expect(best).toBeLessThan(2500);
  });
});

const slots = 2;
/** Long enough that every pause between two tries has grown as far as it does. */
const faultMs = 12_000;

test.concurrent.each<[string, (cluster: Cluster) => readonly { cut(): void }[], boolean]>([
  ['a worker was frozen', (cluster) => cluster.linksOf('worker-0'), false],
  ['a worker was cut off', (cluster) => cluster.linksOf('worker-0'), true],
  ['an engine was cut off', (cluster) => waysOfZone(cluster, 1), true],
  ['a gateway was cut off', (cluster) => cluster.gatewayLinks, true],
])('five seconds after %s, all ways are up and all slots are taken again', async (_what, waysOf, isCut) => {
  await using cluster = await startCluster({ engines: 2, isSpoilable: true });
  const held = holding(1);
  for (const id of workers) await cluster.addWorker(id, held.handler, { slots });
  const ways = waysOf(cluster) as typeof cluster.gatewayLinks;
  for (const link of ways) {
    link.hold(...both);
    if (isCut) link.cut();
  }
  const waysUp = () => cluster.client.health().routes.filter(({ isUp }) => isUp).length;
  await until('the fault to be seen', () => waysUp() < 6);
  const untilMs = performance.now() + faultMs;
  await until('the fault to last', () => performance.now() >= untilMs);
  const healedAtMs = performance.now();
  for (const link of ways) link.heal();
  const leave = new AbortController();
  const all = Array.from({ length: workers.length * slots }, () =>
    outcomeOf(cluster.client.generate(requestFor(), { signal: leave.signal })),
  );
  await until(
    'every way to be up, and every slot to be taken',
    () => {
      const { engines } = cluster.client.health();
      const running = held.signals.filter(({ aborted }) => !aborted).length;
      return engines.every(({ isUp }) => isUp) && waysUp() === 6 && running === all.length;
    },
    () => cluster.client.health(),
  );
  expect(performance.now() - healedAtMs).toBeLessThan(5000);
  leave.abort();
  await Promise.all(all);
});

test('a worker that is slow beside the others gets nothing new while they have room, and nothing is lost on it', async () => {
  await using cluster = await startCluster();
  const runs = new Map<string, number>();
  const counted = (id: string, everyMs: number): GenerateHandler =>
    async function* count(request, options) {
      runs.set(id, (runs.get(id) ?? 0) + 1);
      yield* pacing(40, everyMs)(request, options);
    };
  await cluster.addWorker('slow', counted('slow', 40), { slots: 2 });
  for (const id of ['fast-0', 'fast-1']) await cluster.addWorker(id, counted(id, 2), { slots: 2 });
  const ask = (content: string) =>
    outcomeOf(
      cluster.client.generate(requestFor({ messages: [{ role: 'user', content }] }), {
        signal: neverAborted(),
      }),
    );
  // As many as there are slots: each worker shows its pace.
  await Promise.all(Array.from({ length: 6 }, (_, index) => ask(`first ${index}`)));
  expect([...runs.keys()].sort()).toEqual(['fast-0', 'fast-1', 'slow']);
  const before = runs.get('slow');
  for (let index = 0; index < 16; index += 1) {
    expect(await ask(`then ${index}`)).toMatchObject({ code: undefined });
  }
  expect(runs.get('slow')).toBe(before);
  // Where the others are full, it is better than nobody.
  const crowd = await Promise.all(Array.from({ length: 6 }, (_, index) => ask(`last ${index}`)));
  expect(crowd.map(({ code }) => code)).toEqual(Array(6).fill(undefined));
  expect(runs.get('slow')).toBe((before ?? 0) + 2);
});
