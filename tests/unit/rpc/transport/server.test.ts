/** The worker's side alone: the caller is a bare peer that sends what no client of ours would. */
import { expect, test } from 'vitest';
import type { GenerateRequest } from '../../../../src/rpc/contract/generate.ts';
import { functionIds, type WorkerHealth, type WorkerInfo } from '../../../../src/rpc/contract/worker.ts';
import type { GenerateHandler, RpcLogger } from '../../../../src/rpc/inference.ts';
import { serveInference } from '../../../../src/rpc/transport/server-runtime.ts';
import { type Frame, RawPeer, startTestEngine, watchWorkers } from '../conformance/raw-peer.ts';
import { until } from '../until.ts';
import { counting, doneAfter, holding, model, requestFor, token } from './cluster.ts';
import { rawGenerate } from './raw-generate.ts';

const silent = { info: () => {}, warn: () => {} };
const ids = functionIds('worker-0');

async function startWorker(handler: GenerateHandler, slots = 2, logger: RpcLogger = silent) {
  const scope = new AsyncDisposableStack();
  const engine = scope.use(await startTestEngine());
  const info: WorkerInfo = {
    kind: 'infer',
    workerId: 'worker-0',
    availabilityZone: 'z',
    models: [model],
    slots,
  };
  const engines = [{ availabilityZone: 'z', host: '127.0.0.1', port: engine.port }];
  const server = scope.use(serveInference({ engines, info, handler, logger }));
  await server.registered;
  const caller = scope.use(await RawPeer.connect(engine.url));

  const generate = async (request: GenerateRequest, more: Frame = {}) =>
    scope.use(await rawGenerate(caller, { request, ...more }, { engineUrl: engine.url }));
  return { engine, server, info, caller, generate, [Symbol.asyncDispose]: () => scope.disposeAsync() };
}

function refusal(code: string) {
  return { accepted: false, error: { code, message: expect.any(String) } };
}

function health(changes: Partial<WorkerHealth> = {}): WorkerHealth {
  return {
    running: 0,
    waiting: 0,
    slots: 2,
    isDraining: false,
    unixMs: expect.any(Number),
    models: [model.name],
    ...changes,
  };
}

test('publishes what it is as metadata of generate', async () => {
  await using worker = await startWorker(counting(1));
  const { result } = await worker.caller.ask('engine::functions::list', { prefix: 'infer::' });
  const listed = (result as { functions: readonly Frame[] }).functions;
  expect(listed.map(({ function_id }) => function_id)).toEqual([
    ids.cancel,
    ids.drain,
    ids.generate,
    ids.health,
    ids.tokenize,
  ]);
  expect(listed[2]).toMatchObject({ worker_name: 'worker-0', metadata: worker.info });
});

test('streams into the channel, and answers that it accepted', async () => {
  await using worker = await startWorker(counting(2));
  const { socket, frames, answer } = await worker.generate(requestFor());
  await socket.received(3);
  // The slot is free when the end is known.
  expect((await worker.caller.ask(ids.health)).result).toEqual(health());
  expect(await answer()).toEqual({ accepted: true });
  await socket.closed();
  expect(frames()).toEqual([token(0), token(1), doneAfter(2)]);
});

test.each([
  ['RPC_REQUEST_INVALID', 'has not the agreed shape', { request: { model: 'gemma' } }],
  ['RPC_REQUEST_INVALID', 'comes without a channel', { out: { channel_id: 'x' } }],
  ['RPC_REQUEST_INVALID', 'resumes what no token is', { resume: { ids: [1, -1] } }],
  [
    'RPC_REQUEST_INVALID',
    'resumes more tokens than it asks for',
    { resume: { ids: [1, 2, 3, 4, 5, 6, 7, 8, 9] } },
  ],
  [
    'RPC_REQUEST_INVALID',
    'resumes more tokens than there can be',
    { resume: { ids: Array(131_073).fill(1) } },
  ],
  ['RPC_MODEL_UNKNOWN', 'is for another model', { request: requestFor({ model: 'llama' }) }],
  ['RPC_DEADLINE_EXCEEDED', 'came too late', { request: requestFor({ deadlineUnixMs: Date.now() - 1 }) }],
])('refuses with %s a call that %s, and runs nothing', async (code, _what, more) => {
  const held = holding(0);
  await using worker = await startWorker(held.handler);
  const { socket, answer } = await worker.generate(requestFor(), more);
  expect(await answer()).toEqual(refusal(code));
  expect([held.requests, socket.messages]).toEqual([[], []]);
});

test('runs as many generations at once as it has slots', async () => {
  const held = holding(0);
  await using worker = await startWorker(held.handler, 2);
  for (let count = 0; count < 2; count += 1) await worker.generate(requestFor());
  await until('two generations', () => held.signals.length === 2);
  expect((await worker.caller.ask(ids.health)).result).toEqual(health({ running: 2 }));
  const third = await worker.generate(requestFor());
  expect(await third.answer()).toEqual(refusal('RPC_WORKER_BUSY'));
  expect(held.signals).toHaveLength(2);
});

test('gives the handler what the caller has of the answer, and counts frames from 0 again', async () => {
  const given: (readonly number[] | undefined)[] = [];
  await using worker = await startWorker(async function* goOn(request, options) {
    given.push(options.answeredIds);
    yield* counting(1)(request, options);
  });
  for (const more of [{}, { resume: { ids: [] } }, { resume: { ids: [3, 1, 2, 7, 7, 7, 7, 7] } }]) {
    const { socket, frames } = await worker.generate(requestFor(), more);
    await socket.closed();
    expect(frames()).toEqual([token(0), doneAfter(1)]);
  }
  expect(given).toEqual([[], [], [3, 1, 2, 7, 7, 7, 7, 7]]);
});

test('tells of a request that waits for the slot of one that is ending', async () => {
  const leave = Promise.withResolvers<void>();
  const runs: AbortSignal[] = [];
  await using worker = await startWorker(async function* leaveLate(_request, { signal }) {
    runs.push(signal);
    yield* [];
    await leave.promise;
  }, 1);
  const first = requestFor();
  await worker.generate(first);
  await until('the first', () => runs.length === 1);
  await worker.caller.ask(ids.cancel, { requestId: first.requestId });
  await worker.generate(requestFor());
  expect((await worker.caller.ask(ids.health)).result).toEqual(health({ slots: 1, running: 1, waiting: 1 }));
  leave.resolve();
  await until('the second', () => runs.length === 2);
});

test('asked to drain over an engine, it refuses what comes, ends what runs, and stays until all has gone out', async () => {
  const finish = Promise.withResolvers<void>();
  await using worker = await startWorker(async function* slow() {
    yield token(0);
    await finish.promise;
    yield token(1);
    yield doneAfter(2);
  });
  const running = await worker.generate(requestFor());
  await running.socket.received(1);
  expect(worker.server.draining.aborted).toBe(false);
  expect((await worker.caller.ask(ids.drain, {})).result).toEqual(health({ running: 1, isDraining: true }));
  expect(worker.server.draining.aborted).toBe(true);
  const drained = worker.server.drain();
  const late = await worker.generate(requestFor());
  expect(await late.answer()).toEqual({ ...refusal('RPC_WORKER_BUSY'), isDraining: true });
  expect((await worker.caller.ask(ids.health)).result).toEqual(health({ running: 1, isDraining: true }));
  finish.resolve();
  await drained;
  expect(running.frames()).toEqual([token(0), token(1), doneAfter(2)]);
  expect(await running.answer()).toEqual({ accepted: true });
  expect((await worker.caller.ask(ids.health)).result).toEqual(health({ isDraining: true }));
  await worker.server[Symbol.asyncDispose]();
  expect((await worker.caller.ask(ids.health)).error).toMatchObject({ code: 'function_not_found' });
});

test('disposed while it drains, it ends what runs with an error frame', async () => {
  const held = holding(1);
  await using worker = await startWorker(held.handler);
  const { socket, frames, answer } = await worker.generate(requestFor());
  await socket.received(1);
  const drained = worker.server.drain();
  await worker.server[Symbol.asyncDispose]();
  await drained;
  expect(frames().at(-1)).toEqual({ error: { code: 'RPC_WORKER_LOST', message: expect.any(String) } });
  expect(await answer()).toEqual({ accepted: true });
});

test('remembers a cancel that comes before its request', async () => {
  const held = holding(0);
  await using worker = await startWorker(held.handler);
  const request = requestFor();
  const { result } = await worker.caller.ask(ids.cancel, { requestId: request.requestId });
  expect(result).toEqual({ isRunning: false });
  const { answer } = await worker.generate(request);
  expect(await answer()).toEqual(refusal('RPC_CANCELLED'));
  expect(held.requests).toEqual([]);
});

test('a cancel of an attempt leaves the later attempts of the request alone', async () => {
  const held = holding(0);
  await using worker = await startWorker(held.handler);
  const request = requestFor();
  await worker.caller.ask(ids.cancel, { requestId: request.requestId, attempt: 0 });
  await worker.generate(request, { attempt: 1 });
  await until('the generation', () => held.signals.length === 1);
  await worker.caller.ask(ids.cancel, { requestId: request.requestId, attempt: 0 });
  expect(held.signals[0]?.aborted).toBe(false);
  const { result } = await worker.caller.ask(ids.cancel, { requestId: request.requestId });
  expect([result, held.signals[0]?.aborted]).toEqual([{ isRunning: true }, true]);
});

test('a later attempt replaces an earlier one of the same request, and an earlier one that comes late is refused', async () => {
  const held = holding(0);
  await using worker = await startWorker(held.handler, 1);
  const request = requestFor();
  const first = await worker.generate(request, { attempt: 1 });
  await until('the first', () => held.signals.length === 1);
  await worker.generate(request, { attempt: 2 });
  expect(await first.answer()).toEqual({ accepted: true });
  await first.socket.closed();
  expect(first.frames()).toEqual([{ error: { code: 'RPC_CANCELLED', message: expect.any(String) } }]);
  await until('the second', () => held.signals.length === 2);
  const late = await worker.generate(request, { attempt: 1 });
  expect(await late.answer()).toEqual(refusal('RPC_CANCELLED'));
  expect(held.signals[1]?.aborted).toBe(false);
});

test('a later attempt that comes too late replaces nothing', async () => {
  const held = holding(0);
  await using worker = await startWorker(held.handler);
  const request = requestFor();
  await worker.generate(request);
  await until('the first', () => held.signals.length === 1);
  const late = await worker.generate({ ...request, deadlineUnixMs: Date.now() - 1 }, { attempt: 1 });
  expect(await late.answer()).toEqual(refusal('RPC_DEADLINE_EXCEEDED'));
  expect(held.signals.map(({ aborted }) => aborted)).toEqual([false]);
});

test('a generation whose deadline passes is aborted, and its caller told so', async () => {
  const held = holding(0);
  await using worker = await startWorker(held.handler);
  const { socket, frames } = await worker.generate(requestFor({ deadlineUnixMs: Date.now() + 150 }));
  await socket.closed();
  expect(frames()).toEqual([{ error: { code: 'RPC_DEADLINE_EXCEEDED', message: expect.any(String) } }]);
  expect(held.signals[0]?.aborted).toBe(true);
});

test('a generation whose channel breaks is aborted', async () => {
  const held = holding(1);
  await using worker = await startWorker(held.handler);
  const { socket } = await worker.generate(requestFor());
  await socket.received(1);
  await worker.engine[Symbol.asyncDispose]();
  await until("the handler's signal", () => held.signals[0]?.aborted === true);
});

test('takes at least two milliseconds for every answer, for iii loses those that come at once', async () => {
  await using worker = await startWorker(counting(0));
  const expired = { request: requestFor({ deadlineUnixMs: 1 }), out: 'none' };
  const durations: number[] = [];
  for (let count = 0; count < 10; count += 1) {
    for (const [id, payload] of [
      [ids.health, {}],
      [ids.cancel, { requestId: 'nobody' }],
      [ids.generate, expired],
    ] as const) {
      const startMs = performance.now();
      await worker.caller.ask(id, payload);
      durations.push(performance.now() - startMs);
    }
  }
  expect(Math.min(...durations)).toBeGreaterThanOrEqual(2);
});

test('a request that waits for a slot does not start on a worker that stops meanwhile', async () => {
  const leave = Promise.withResolvers<void>();
  let runs = 0;
  await using worker = await startWorker(async function* leaveLate(_request, { signal }) {
    runs += 1;
    yield* [];
    await leave.promise;
    signal.throwIfAborted();
  }, 1);
  const first = requestFor();
  await worker.generate(first);
  await until('the first', () => runs === 1);
  await worker.caller.ask(ids.cancel, { requestId: first.requestId });
  const waiting = await worker.generate(requestFor());
  // Calls are taken in order, so the worker has the waiting one when it has answered this.
  await worker.caller.ask(ids.health);
  const stopped = worker.server[Symbol.asyncDispose]();
  leave.resolve();
  expect(await waiting.answer()).toEqual({ ...refusal('RPC_WORKER_LOST'), isDraining: true });
  await stopped;
  expect(runs).toBe(1);
});

test('a slot is left although the end of its generation cannot be logged', async () => {
  const logger = {
    info: () => {},
    warn: () => {
      throw new Error('no log');
    },
  };
  let runs = 0;
  const fail: GenerateHandler = async function* fail() {
    runs += 1;
    yield* [];
    throw new Error('no');
  };
  await using worker = await startWorker(fail, 1, logger);
  const { answer } = await worker.generate(requestFor());
  expect(await answer()).toBeUndefined();
  expect((await worker.caller.ask(ids.health)).result).toEqual(health({ slots: 1 }));
  expect(runs).toBe(1);
});

test('once disposed it is unknown to the engine', async () => {
  await using worker = await startWorker(counting(1));
  await using watcher = await watchWorkers(worker.engine.url);
  await worker.server[Symbol.asyncDispose]();
  await watcher.take('invokefunction', ({ data }) => (data as Frame).event === 'worker_disconnected');
  for (const id of Object.values(ids)) {
    expect((await worker.caller.ask(id)).error, id).toMatchObject({ code: 'function_not_found' });
  }
});

test('without an engine it is never registered, and says so when it is disposed', async () => {
  const engine = await startTestEngine();
  const engines = [{ availabilityZone: 'z', host: '127.0.0.1', port: engine.port }];
  await engine[Symbol.asyncDispose]();
  const info: WorkerInfo = {
    kind: 'infer',
    workerId: 'worker-0',
    availabilityZone: 'z',
    models: [model],
    slots: 1,
  };
  const server = serveInference({ engines, info, handler: counting(1), logger: silent });
  await server[Symbol.asyncDispose]();
  await expect(server.registered).rejects.toMatchObject({ code: 'RPC_ENGINE_UNREACHABLE' });
});
