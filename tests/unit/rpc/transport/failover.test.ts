import { expect, test } from 'vitest';
import type { EngineAddress } from '../../../../src/rpc/contract/engines.ts';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import type { GenerateHandler } from '../../../../src/rpc/inference.ts';
import { connectInference } from '../../../../src/rpc/transport/client-runtime.ts';
import { type Program, programPath, startProgram } from '../program.ts';
import { until, within } from '../until.ts';
import {
  type Cluster,
  counting,
  doneAfter,
  holding,
  neverAborted,
  outcomeOf,
  requestFor,
  startCluster,
  token,
} from './cluster.ts';

function addressText(engines: readonly EngineAddress[]): string {
  return engines.map(({ availabilityZone, host, port }) => `${availabilityZone}=${host}:${port}`).join(',');
}

/** A worker in a process of its own, known to the client over every engine. */
async function startWorkerProgram(cluster: Cluster, id: string, frames: number): Promise<Program> {
  const args = [programPath('worker.ts'), id, `${frames}`, addressText(cluster.forWorkers)];
  const program = startProgram(process.execPath, args);
  await program.printed('registered');
  const found = () =>
    cluster.log.filter(({ message, worker }) => message === 'worker found' && worker === id);
  await until(
    `${id} on every engine`,
    () => found().length >= cluster.engines.length,
    () => cluster.log,
  );
  return program;
}

function generate(cluster: Cluster) {
  return cluster.client.generate(requestFor(), { signal: neverAborted() });
}

test('a worker killed in the middle of a stream ends it with RPC_WORKER_LOST at once, and the next request is served', async () => {
  await using cluster = await startCluster({ engines: 2 });
  await using program = await startWorkerProgram(cluster, 'doomed', 3);
  const frames = generate(cluster)[Symbol.asyncIterator]();
  for (const seq of [0, 1, 2]) expect((await frames.next()).value).toEqual(token(seq));
  await cluster.addWorker('survivor', counting(2));
  program.child.kill('SIGKILL');
  await expect(within('the loss', 1000, frames.next())).rejects.toMatchObject({ code: 'RPC_WORKER_LOST' });
  const { frames: next, code } = await outcomeOf(generate(cluster));
  expect([code, next]).toEqual([undefined, [token(0), token(1), doneAfter(2)]]);
});

test('a worker killed before its first frame is replaced by another without the caller knowing', async () => {
  await using cluster = await startCluster({ engines: 2 });
  await using program = await startWorkerProgram(cluster, 'doomed', 0);
  const outcome = outcomeOf(generate(cluster));
  await program.printed('started');
  await cluster.addWorker('survivor', counting(2));
  program.child.kill('SIGKILL');
  expect(await within('the answer', 2000, outcome)).toMatchObject({
    code: undefined,
    frames: [token(0), token(1), doneAfter(2)],
  });
});

test('a worker that stops gives its generations up, and those without a frame go elsewhere', async () => {
  await using cluster = await startCluster();
  const [silent, speaking] = [holding(0), holding(1)];
  const stopping = await cluster.addWorker('stopping', async function* both(request, options) {
    yield* (request.requestId.startsWith('speak') ? speaking : silent).handler(request, options);
  });
  const moved = outcomeOf(generate(cluster));
  const request = requestFor({ requestId: 'speak' });
  const cut = outcomeOf(cluster.client.generate(request, { signal: neverAborted() }));
  await until('both', () => silent.signals.length + speaking.signals.length === 2);
  await cluster.addWorker('survivor', counting(2));
  await stopping[Symbol.asyncDispose]();
  expect(await moved).toMatchObject({ code: undefined, frames: [token(0), token(1), doneAfter(2)] });
  expect(await cut).toMatchObject({ code: 'RPC_WORKER_LOST', frames: [token(0)] });
  const reasons = [...silent.signals, ...speaking.signals].map(({ reason }) => reason?.code);
  expect(reasons).toEqual(['RPC_WORKER_LOST', 'RPC_WORKER_LOST']);
});

test('a busy worker is passed over, and only when all are busy the caller hears of it', async () => {
  await using cluster = await startCluster();
  const [first, second] = [holding(1), holding(1)];
  await cluster.addWorker('worker-0', first.handler, { slots: 1 });
  await cluster.addWorker('worker-1', second.handler, { slots: 1 });
  const abort = new AbortController();
  const running = [0, 1].map(() =>
    outcomeOf(cluster.client.generate(requestFor(), { signal: abort.signal })),
  );
  await until('two generations', () => first.requests.length + second.requests.length === 2);
  expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
  const refused = await outcomeOf(generate(cluster));
  expect(refused).toMatchObject({ code: 'RPC_WORKER_BUSY', frames: [] });
  expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
  abort.abort();
  await Promise.all(running);
});

test('a worker that others keep busy is passed over', async () => {
  await using cluster = await startCluster();
  const held = holding(1);
  await cluster.addWorker('worker-0', held.handler, { slots: 1 });
  const abort = new AbortController();
  const running = outcomeOf(cluster.client.generate(requestFor(), { signal: abort.signal }));
  await until('the busy worker', () => held.requests.length === 1);
  await cluster.addWorker('worker-1', counting(1), { slots: 1 });
  await using other = connectInference({
    engines: cluster.forGateways,
    clientName: 'other',
    logger: { info: () => {}, warn: () => {} },
  });
  await until('both workers', () => other.workers().length === 2);
  for (let count = 0; count < 4; count += 1) {
    const { code } = await outcomeOf(other.generate(requestFor(), { signal: neverAborted() }));
    expect(code).toBeUndefined();
  }
  abort.abort();
  await running;
});

test('a generation that is over has left its slot when the caller knows it', async () => {
  await using cluster = await startCluster();
  await cluster.addWorker('worker-0', counting(1), { slots: 1 });
  for (let count = 0; count < 20; count += 1) {
    expect(await outcomeOf(generate(cluster))).toMatchObject({ code: undefined });
  }
});

test('a cancelled generation hands its slot to the request that comes next', async () => {
  await using cluster = await startCluster();
  const held = holding(1);
  await cluster.addWorker('worker-0', held.handler, { slots: 1 });
  for (let count = 0; count < 5; count += 1) {
    for await (const frame of generate(cluster)) {
      expect(frame).toEqual(token(0));
      break;
    }
  }
});

test('with one engine stopped, running streams over it end and requests are served over the other', async () => {
  await using cluster = await startCluster({ engines: 2 });
  const held = holding(1);
  await cluster.addWorker('worker-0', held.handler);
  const streams = [0, 1].map(() => generate(cluster)[Symbol.asyncIterator]());
  for (const stream of streams) expect((await stream.next()).value).toEqual(token(0));
  await cluster.engines[0]?.[Symbol.asyncDispose]();
  // The two streams took turns on the two engines.
  const ends = streams.map((stream) =>
    stream.next().then(
      () => 'went on',
      (error: DrydockError) => error.code,
    ),
  );
  expect(await within('the cut stream', 2000, Promise.race(ends))).toBe('RPC_WORKER_LOST');
  for await (const frame of generate(cluster)) {
    expect(frame).toEqual(token(0));
    break;
  }
  await Promise.all(streams.map((stream) => stream.return?.()));
});

test('a request that has no frame yet moves to the other engine when its own stops', async () => {
  await using cluster = await startCluster({ engines: 2 });
  let runs = 0;
  const handler: GenerateHandler = async function* holdTwo(request, options) {
    runs += 1;
    yield* (runs > 2 ? counting(1) : holding(0).handler)(request, options);
  };
  await cluster.addWorker('worker-0', handler);
  const abort = new AbortController();
  // They take turns on the engines, so that one of them runs over the engine that stops.
  const outcomes = [0, 1].map(() =>
    outcomeOf(cluster.client.generate(requestFor(), { signal: abort.signal })),
  );
  await until('both', () => runs === 2);
  await cluster.engines[0]?.[Symbol.asyncDispose]();
  const moved = await within('the move', 2000, Promise.race(outcomes));
  expect(moved).toMatchObject({ code: undefined, frames: [token(0), doneAfter(1)] });
  abort.abort();
  await Promise.all(outcomes);
});

test('with every engine stopped there is no worker, and after a restart there is one again', async () => {
  await using cluster = await startCluster({ engines: 2 });
  await cluster.addWorker('worker-0', counting(1));
  await Promise.all(cluster.engines.map((engine) => engine[Symbol.asyncDispose]()));
  const outcome = await within('the refusal', 5000, outcomeOf(generate(cluster)));
  expect(outcome).toMatchObject({ code: 'RPC_NO_WORKER', frames: [] });
  await until('both engines to be missed', () => cluster.client.workers().length === 0);
  await cluster.restartEngine(0);
  await until(
    'the worker',
    () => cluster.client.workers().length === 1,
    () => cluster.log,
  );
  expect(await outcomeOf(generate(cluster))).toMatchObject({ code: undefined });
});

test('an engine that refuses channels is passed over, and where all do there is no worker', async () => {
  await using half = await startCluster({ engines: 2, channelsMax: [0] });
  await half.addWorker('worker-0', counting(1));
  // They take turns on the engines.
  for (let count = 0; count < 2; count += 1) {
    expect(await outcomeOf(generate(half))).toMatchObject({
      code: undefined,
      frames: [token(0), doneAfter(1)],
    });
  }
  expect(half.log).toContainEqual(
    expect.objectContaining({ engine: 'zone-0', blame: 'engine', code: 'RPC_ENGINE_UNREACHABLE' }),
  );
  await using none = await startCluster({ engines: 2, channelsMax: [0, 0] });
  await none.addWorker('worker-0', counting(1));
  expect(await outcomeOf(generate(none))).toMatchObject({ code: 'RPC_NO_WORKER', frames: [] });
});

test('a worker that asks for another keeps its reason when there is none', async () => {
  await using cluster = await startCluster();
  await cluster.addWorker('worker-0', async function* lost() {
    yield* [];
    throw new DrydockError('RPC_WORKER_LOST', 'could not go on');
  });
  expect(await outcomeOf(generate(cluster))).toMatchObject({ code: 'RPC_WORKER_LOST', frames: [] });
});
