import { expect, test } from 'vitest';
import type { EngineAddress } from '../../../../src/rpc/contract/engines.ts';
import type { GenerateFrame } from '../../../../src/rpc/contract/generate.ts';
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
  resuming,
  startCluster,
  token,
  tokens,
  tokensAfter,
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

async function remaining(frames: AsyncIterator<GenerateFrame>): Promise<readonly GenerateFrame[]> {
  const seen: GenerateFrame[] = [];
  for await (const frame of { [Symbol.asyncIterator]: () => frames }) seen.push(frame);
  return seen;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

function generate(cluster: Cluster) {
  return cluster.client.generate(requestFor(), { signal: neverAborted() });
}

test('a worker killed in the middle of a stream is replaced, and the caller sees every token once', async () => {
  await using cluster = await startCluster({ engines: 2 });
  await using program = await startWorkerProgram(cluster, 'doomed', 3);
  const frames = generate(cluster)[Symbol.asyncIterator]();
  for (const seq of [0, 1, 2]) expect((await frames.next()).value).toEqual(token(seq));
  await cluster.addWorker('survivor', resuming(6));
  const rest = remaining(frames);
  program.child.kill('SIGKILL');
  expect(await within('the rest', 1000, rest)).toEqual([...tokens(6).slice(3), doneAfter(6)]);
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

test('a worker that stops gives its generations up, and all of them go on elsewhere', async () => {
  await using cluster = await startCluster();
  const [silent, speaking] = [holding(0), holding(1)];
  const stopping = await cluster.addWorker('stopping', async function* both(request, options) {
    yield* (request.requestId.startsWith('speak') ? speaking : silent).handler(request, options);
  });
  const moved = outcomeOf(generate(cluster));
  const request = requestFor({ requestId: 'speak' });
  const cut = outcomeOf(cluster.client.generate(request, { signal: neverAborted() }));
  await until('both', () => silent.signals.length + speaking.signals.length === 2);
  await cluster.addWorker('survivor', resuming(2));
  await stopping[Symbol.asyncDispose]();
  expect(await moved).toMatchObject({ code: undefined, frames: [token(0), token(1), doneAfter(2)] });
  expect(await cut).toMatchObject({ code: undefined, frames: [token(0), token(1), doneAfter(2)] });
  const reasons = [...silent.signals, ...speaking.signals].map(({ reason }) => reason?.code);
  expect(reasons).toEqual(['RPC_WORKER_LOST', 'RPC_WORKER_LOST']);
});

test('where all workers are busy a request waits its turn, and gets the next slot', async () => {
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
  const frames = generate(cluster)[Symbol.asyncIterator]();
  const next = frames.next();
  abort.abort();
  expect((await within('its turn', 1000, next)).value).toEqual(token(0));
  await Promise.all(running);
  await frames.return?.();
});

test('a request that has waited as long as it may is told when to come again, and a full queue tells it at once', async () => {
  await using cluster = await startCluster({ limits: { queueMsMax: 150, queueLengthMax: 1 } });
  const held = holding(1);
  await cluster.addWorker('worker-0', held.handler, { slots: 1 });
  const abort = new AbortController();
  const running = outcomeOf(cluster.client.generate(requestFor(), { signal: abort.signal }));
  await until('the generation', () => held.requests.length === 1);
  const waiting = generate(cluster)[Symbol.asyncIterator]().next();
  const overloaded = { code: 'RPC_OVERLOADED', details: { retryAfterMs: expect.any(Number) } };
  await expect(generate(cluster)[Symbol.asyncIterator]().next()).rejects.toMatchObject(overloaded);
  await expect(waiting).rejects.toMatchObject(overloaded);
  abort.abort();
  await running;
  expect(held.requests.length).toBe(1);
});

test('a client that leaves the queue frees its place there at once', async () => {
  await using cluster = await startCluster({ limits: { queueLengthMax: 1 } });
  const held = holding(1);
  await cluster.addWorker('worker-0', held.handler, { slots: 1 });
  const running = generate(cluster)[Symbol.asyncIterator]();
  await running.next();
  const leave = new AbortController();
  const leaving = outcomeOf(cluster.client.generate(requestFor(), { signal: leave.signal }));
  leave.abort();
  expect(await leaving).toMatchObject({ code: 'RPC_CANCELLED' });
  const waiting = generate(cluster)[Symbol.asyncIterator]();
  const next = waiting.next();
  await running.return?.();
  expect((await within('its turn', 1000, next)).value).toEqual(token(0));
  await waiting.return?.();
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

test('with one engine stopped, what ran over it goes on over the other', async () => {
  await using cluster = await startCluster({ engines: 2 });
  const ends = Promise.withResolvers<void>();
  await cluster.addWorker('worker-0', async function* slow(_request, { answeredIds, signal }) {
    for (const frame of tokensAfter(answeredIds, 4)) {
      yield frame;
      if (frame.ids[0] === 0) await Promise.race([ends.promise, aborted(signal)]);
    }
    yield doneAfter(4);
  });
  // They take turns on the engines.
  const streams = [0, 1].map(() => generate(cluster)[Symbol.asyncIterator]());
  for (const stream of streams) expect((await stream.next()).value).toEqual(token(0));
  const rests = streams.map(remaining);
  await cluster.engines[0]?.[Symbol.asyncDispose]();
  ends.resolve();
  for (const rest of rests) {
    expect(await within('the rest', 2000, rest)).toEqual([...tokens(4).slice(1), doneAfter(4)]);
  }
  const failed = cluster.log.filter(({ message }) => message === 'attempt failed');
  expect(failed.map(({ engine, blame }) => [engine, blame])).toEqual([['zone-0', 'engine']]);
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
  await using cluster = await startCluster({ engines: 2, limits: { queueMsMax: 300, resumeMsMax: 300 } });
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
  await using none = await startCluster({ engines: 2, channelsMax: [0, 0], limits: { attemptsMax: 3 } });
  await none.addWorker('worker-0', counting(1));
  expect(await outcomeOf(generate(none))).toMatchObject({ code: 'RPC_NO_WORKER', frames: [] });
});

test('a worker that asks for another keeps its reason when there is none', async () => {
  await using cluster = await startCluster({ limits: { attemptsMax: 2 } });
  await cluster.addWorker('worker-0', async function* lost() {
    yield* [];
    throw new DrydockError('RPC_WORKER_LOST', 'could not go on');
  });
  expect(await outcomeOf(generate(cluster))).toMatchObject({ code: 'RPC_WORKER_LOST', frames: [] });
});
