/** Every fault between gateways, engines and workers, under load: no stream is lost, cut short, or has a token twice. */
import { expect, test } from 'vitest';
import { type Cluster, doneAfter, pacing, startCluster, tokens } from '../unit/rpc/transport/cluster.ts';
import { startLoad } from '../unit/rpc/transport/load.ts';
import { until } from '../unit/rpc/until.ts';

const tokensOfEach = 100;
const streams = 12;

async function startWorld(): Promise<Cluster> {
  const cluster = await startCluster({ engines: 2, isSpoilable: true });
  for (const id of ['worker-0', 'worker-1', 'worker-2']) {
    await cluster.addWorker(id, pacing(tokensOfEach, 10), { slots: 8 });
  }
  return cluster;
}

const both = ['to-engine', 'from-engine'] as const;
const firstWorker = (cluster: Cluster) => cluster.linksOf('worker-0');
const waysTo = (cluster: Cluster, engine: number) =>
  [cluster.gatewayLinks, ...['worker-0', 'worker-1', 'worker-2'].map((id) => cluster.linksOf(id))].flatMap(
    (links) => links.slice(engine, engine + 1),
  );

/** One in so many, evenly: what is lost does not depend on the machine's speed alone. */
function oneIn(count: number, matches: (text: string) => boolean) {
  let seen = 0;
  return (text: string) => {
    if (!matches(text)) return false;
    seen += 1;
    return seen % count === 0;
  };
}

const isReply = (text: string) => text.includes('"type":"invocationresult"');
const isGenerate = (text: string) => text.includes('"invokefunction"') && text.includes('::generate');
const isFrame = (text: string) => text.startsWith('{"seq"') || text.startsWith('{"done"');

/** In milliseconds: silence is found out in 1.5 s, what breaks at once; a lost frame when the next one or none comes. */
const [atOnce, silent, lost] = [1000, 3500, 9000];

type Strike = (cluster: Cluster) => unknown;

const faults: readonly (readonly [string, number, Strike])[] = [
  ['no fault', atOnce, () => {}],
  [
    'a worker that loses its connections',
    atOnce,
    (cluster) => firstWorker(cluster).map((link) => link.cut()),
  ],
  ['a worker that is frozen', silent, (cluster) => firstWorker(cluster).map((link) => link.hold(...both))],
  ['an engine that ends', atOnce, (cluster) => cluster.engines[0]?.[Symbol.asyncDispose]()],
  ['an engine that ends and comes back', atOnce, restartFirstEngine],
  ['an engine that is frozen', silent, (cluster) => waysTo(cluster, 0).map((link) => link.hold(...both))],
  ['a gateway cut from an engine', silent, (cluster) => cluster.gatewayLinks[1]?.hold(...both)],
  ['a gateway that an engine does not hear', silent, (cluster) => cluster.gatewayLinks[0]?.hold('to-engine')],
  [
    'a gateway that does not hear an engine',
    silent,
    (cluster) => cluster.gatewayLinks[0]?.hold('from-engine'),
  ],
  [
    'a worker that nobody hears',
    silent,
    (cluster) => firstWorker(cluster).map((link) => link.hold('to-engine')),
  ],
  [
    'a worker that hears nobody',
    silent,
    (cluster) => firstWorker(cluster).map((link) => link.hold('from-engine')),
  ],
  ['a worker cut from one engine', silent, (cluster) => firstWorker(cluster)[0]?.hold(...both)],
];

async function restartFirstEngine(cluster: Cluster): Promise<void> {
  await cluster.engines[0]?.[Symbol.asyncDispose]();
  await cluster.restartEngine(0);
}

test.each(faults)('%s costs no token, and no wait above %i ms', async (_name, stallMsMax, strike) => {
  await using cluster = await startWorld();
  const other = cluster.addClient('gateway-1');
  await until('the other gateway', () => other.health().routes.filter(({ isUp }) => isUp).length === 6);
  const load = startLoad({ clients: [cluster.client, other], streams });
  await until('all streams', () => load.begun() === streams);
  await strike(cluster);
  const ended = await load.ended;
  expect(ended.map(({ code }) => code)).toEqual(Array(streams).fill(undefined));
  for (const { frames } of ended) expect(frames).toEqual([...tokens(tokensOfEach), doneAfter(tokensOfEach)]);
  expect(Math.max(...ended.map(({ stallMs }) => stallMs))).toBeLessThan(stallMsMax);
  for (const link of [...cluster.gatewayLinks, ...firstWorker(cluster)]) link.heal();
  await until(
    'all that is alive to be known within five seconds',
    () => cluster.client.workers().length === 3,
    () => cluster.client.health(),
  );
});

test.each<[string, number, number, (text: string) => boolean]>([
  ['reply', 20, lost, isReply],
  ['call of a generation', 5, lost, isGenerate],
  ['frame', 50, lost, isFrame],
])('with one %s in %i lost no stream loses a token, or waits above %i ms', async (...row) => {
  const [, every, stallMsMax, matches] = row;
  await using cluster = await startWorld();
  const isLost = oneIn(every, matches);
  for (const link of cluster.gatewayLinks) link.lose(({ text }) => isLost(text));
  const ended = await startLoad({ clients: [cluster.client], streams: 24 }).ended;
  expect(ended.map(({ code }) => code)).toEqual(Array(24).fill(undefined));
  for (const { frames } of ended) expect(frames).toEqual([...tokens(tokensOfEach), doneAfter(tokensOfEach)]);
  expect(Math.max(...ended.map(({ stallMs }) => stallMs))).toBeLessThan(stallMsMax);
});
