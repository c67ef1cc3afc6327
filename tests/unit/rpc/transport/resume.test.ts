/** What happens between attempts: who is told what, and what the next one gets. All faults under load: tests/deep/rpc-faults.test.ts. */
import { expect, test } from 'vitest';
import type { GenerateHandler } from '../../../../src/rpc/inference.ts';
import { until, within } from '../until.ts';
import {
  addDeafWorker,
  counting,
  doneAfter,
  holding,
  neverAborted,
  outcomeOf,
  pacing,
  requestFor,
  resuming,
  startCluster,
  token,
  tokens,
} from './cluster.ts';
import { startLoad } from './load.ts';

test('a stream whose way falls silent goes on elsewhere, and the worker that is given up is told over the other engine', async () => {
  await using cluster = await startCluster({ engines: 2, isSpoilable: true });
  const held = holding(2);
  await cluster.addWorker('first', held.handler);
  const outcome = outcomeOf(cluster.client.generate(requestFor(), { signal: neverAborted() }));
  await until('the stream', () => held.signals.length === 1);
  await cluster.addWorker('second', resuming(4));
  const way = cluster.client.health().routes.find(({ inflight }) => inflight === 1)?.engine;
  // The engine itself goes on answering: nothing but the worker's health tells.
  cluster.linksOf('first')[way === 'zone-0' ? 0 : 1]?.hold('to-engine', 'from-engine');
  const { code, frames } = await within('the rest', 4000, outcome);
  expect([code, frames]).toEqual([undefined, [...tokens(4), doneAfter(4)]]);
  await until('the first worker to be told', () => held.signals[0]?.aborted === true);
  expect(held.signals[0]?.reason).toMatchObject({ code: 'RPC_CANCELLED' });
});

test('every attempt has the seed of the first, and the ids of what has come', async () => {
  await using cluster = await startCluster();
  const held = holding(2);
  const first = await cluster.addWorker('first', held.handler);
  const sampling = { maxTokens: 8, temperature: 1, topP: 1, stop: [] };
  const frames = cluster.client.generate(requestFor({ sampling }), { signal: neverAborted() });
  const stream = frames[Symbol.asyncIterator]();
  for (const token of tokens(2)) expect((await stream.next()).value).toEqual(token);
  const second = holding(3);
  await cluster.addWorker('second', second.handler);
  const next = stream.next();
  await first[Symbol.asyncDispose]();
  expect((await next).value).toEqual(tokens(3).at(-1));
  const seeds = [...held.requests, ...second.requests].map(({ sampling: { seed } }) => seed);
  expect(seeds).toEqual([expect.any(Number), seeds[0]]);
  expect([held.answered, second.answered]).toEqual([[[]], [[0, 1]]]);
  await stream.return?.();
});

test('a rolling restart fails no attempt: a worker that drains ends what it runs and gets nothing new', async () => {
  await using cluster = await startCluster({ engines: 2 });
  const names = ['worker-0', 'worker-1'];
  const servers = [];
  for (const name of names) servers.push(await cluster.addWorker(name, pacing(20, 5), { slots: 8 }));
  const loads = [startLoad({ clients: [cluster.client], streams: 6 })];
  for (const [index, server] of servers.entries()) {
    await until('streams', () => (loads.at(-1)?.begun() ?? 0) > 0);
    await cluster.addWorker(`worker-${index + 2}`, pacing(20, 5), { slots: 8 });
    loads.push(startLoad({ clients: [cluster.client], streams: 6 }));
    await server.drain();
    await server[Symbol.asyncDispose]();
  }
  const ended = (await Promise.all(loads.map((load) => load.ended))).flat();
  expect(ended.map(({ code, frames }) => [code, frames.length])).toEqual(Array(18).fill([undefined, 21]));
  const failed = cluster.log.filter(
    ({ message, blame }) =>
      message === 'attempt failed' && !['worker-draining', 'worker-gone'].includes(String(blame)),
  );
  expect(failed).toEqual([]);
});

test('a refusal by a worker that drains is the last call that it gets, though no answer of its health tells', async () => {
  await using cluster = await startCluster({ isSpoilable: true });
  const names = ['worker-0', 'worker-1'] as const;
  const answers = { 'worker-0': 0, 'worker-1': 0 };
  const servers = new Map<string, { drain(): Promise<void> }>();
  for (const name of names) {
    const handler: GenerateHandler = async function* answer(request, options) {
      answers[name] += 1;
      yield* counting(1)(request, options);
    };
    servers.set(name, await cluster.addWorker(name, handler));
  }
  // One prompt: it goes to the worker that has seen it, as long as that one takes anything.
  const generate = () => outcomeOf(cluster.client.generate(requestFor(), { signal: neverAborted() }));
  await generate();
  const known = names.find((name) => answers[name] > 0) ?? '';
  cluster.gatewayLinks[0]?.lose(({ text }) => text.includes('"unixMs"'));
  await servers.get(known)?.drain();
  for (let count = 0; count < 4; count += 1) {
    expect(await generate()).toMatchObject({ code: undefined, frames: [token(0), doneAfter(1)] });
  }
  const failed = cluster.log.filter(({ message }) => message === 'attempt failed');
  expect(failed.map(({ worker, blame }) => [worker, blame])).toEqual([[known, 'worker-draining']]);
});

test('a call to a worker that has just left its engine is no failed attempt', async () => {
  await using cluster = await startCluster({ limits: { attemptsMax: 1 } });
  const held = holding(1);
  await cluster.addWorker('worker-0', async function* both(request, options) {
    yield* (request.requestId === 'held' ? held.handler : counting(1))(request, options);
  });
  // One of four slots is taken, and of the other's one of nine, by its own report: that one comes first.
  const request = requestFor({ requestId: 'held' });
  const stream = cluster.client.generate(request, { signal: neverAborted() })[Symbol.asyncIterator]();
  await stream.next();
  const peer = await addDeafWorker(cluster);
  await until('the other worker', () => cluster.client.workers().length === 2);
  // The client learns of it with the next list.
  peer.send({ type: 'unregisterfunction', id: 'infer::deaf::generate' });
  await peer.barrier();
  const outcome = await outcomeOf(cluster.client.generate(requestFor(), { signal: neverAborted() }));
  expect(outcome).toMatchObject({ code: undefined, frames: [token(0), doneAfter(1)] });
  const failed = cluster.log.filter(({ message }) => message === 'attempt failed');
  expect(failed.map(({ worker, blame }) => [worker, blame])).toEqual([['deaf', 'worker-gone']]);
  await stream.return?.();
});

test('two gateways that share one slot are both served', async () => {
  await using cluster = await startCluster();
  await cluster.addWorker('worker-0', pacing(3, 1), { slots: 1 });
  const other = cluster.addClient('gateway-1');
  await until('the other gateway', () => other.workers().length === 1);
  const ended = await within('all', 8000, startLoad({ clients: [cluster.client, other], streams: 12 }).ended);
  expect(ended.map(({ code, frames }) => [code, frames.length])).toEqual(Array(12).fill([undefined, 4]));
});

test('tells how every way is, and what goes over it', async () => {
  await using cluster = await startCluster({ engines: 2 });
  const held = holding(1);
  const server = await cluster.addWorker('worker-0', held.handler);
  const stream = cluster.client.generate(requestFor(), { signal: neverAborted() })[Symbol.asyncIterator]();
  await stream.next();
  const { engines, routes } = cluster.client.health();
  expect(engines).toEqual([0, 1].map((zone) => ({ availabilityZone: `zone-${zone}`, isUp: true })));
  const route = { workerId: 'worker-0', isUp: true, isDraining: false };
  expect(routes.map(({ inflight: _, ...rest }) => rest)).toEqual(
    [0, 1].map((zone) => ({ ...route, engine: `zone-${zone}` })),
  );
  expect(routes.reduce((sum, { inflight }) => sum + inflight, 0)).toBe(1);
  const drained = server.drain();
  await until('the draining to be seen', () =>
    cluster.client.health().routes.every(({ isDraining }) => isDraining),
  );
  expect(cluster.client.workers()).toEqual([]);
  await stream.return?.();
  await drained;
});
