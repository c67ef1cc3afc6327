import { expect, test } from 'vitest';
import { until, within } from '../until.ts';
import {
  addDeafWorker,
  type Cluster,
  counting,
  doneAfter,
  holding,
  neverAborted,
  outcomeOf,
  requestFor,
  startCluster,
  token,
  writerOf,
} from './cluster.ts';

function reasonOf(signal: AbortSignal | undefined): unknown {
  return signal?.reason?.code;
}

test.each([
  ['before the first token', 0],
  ['in the middle of the stream', 3],
])("a cancel %s reaches the worker's signal", async (_when, frames) => {
  await using cluster = await startCluster();
  const held = holding(frames);
  await cluster.addWorker('worker-0', held.handler);
  const abort = new AbortController();
  const outcome = outcomeOf(cluster.client.generate(requestFor(), { signal: abort.signal }));
  await until('the generation', () => held.signals.length === 1);
  expect(held.signals[0]?.aborted).toBe(false);
  abort.abort();
  await until("the worker's signal", () => held.signals[0]?.aborted === true);
  expect(reasonOf(held.signals[0])).toBe('RPC_CANCELLED');
  expect((await outcome).code).toBe('RPC_CANCELLED');
});

test("a cancel reaches the worker's signal though nobody reads the stream", async () => {
  await using cluster = await startCluster();
  const held = holding(2);
  await cluster.addWorker('worker-0', held.handler);
  const abort = new AbortController();
  const frames = cluster.client.generate(requestFor(), { signal: abort.signal })[Symbol.asyncIterator]();
  expect((await frames.next()).value).toEqual(token(0));
  abort.abort();
  await until("the worker's signal", () => held.signals[0]?.aborted === true);
  await expect(frames.next()).rejects.toMatchObject({ code: 'RPC_CANCELLED' });
});

test.each([
  ['between two frames', 1],
  ['while it waits for a frame', 0],
])('leaving the iteration %s cancels on the worker', async (_when, read) => {
  await using cluster = await startCluster();
  const held = holding(read);
  await cluster.addWorker('worker-0', held.handler);
  const frames = cluster.client.generate(requestFor(), { signal: neverAborted() })[Symbol.asyncIterator]();
  const next = frames.next().catch((error: Error & { code: string }) => error.code);
  await until('the generation', () => held.signals.length === 1);
  if (read > 0) await next;
  await frames.return?.();
  await until("the worker's signal", () => held.signals[0]?.aborted === true);
  expect(reasonOf(held.signals[0])).toBe('RPC_CANCELLED');
});

test('a consumer that leaves after the last frame cancels nothing', async () => {
  await using cluster = await startCluster();
  let aborted = 0;
  await cluster.addWorker('worker-0', async function* watched(request, options) {
    options.signal.addEventListener('abort', () => {
      aborted += 1;
    });
    yield* counting(1)(request, options);
  });
  for (let count = 0; count < 3; count += 1) {
    for await (const frame of cluster.client.generate(requestFor(), { signal: neverAborted() })) {
      if ('done' in frame) break;
    }
  }
  expect(aborted).toBe(0);
});

test('a request that was cancelled before it began reaches no worker', async () => {
  await using cluster = await startCluster();
  const held = holding(0);
  await cluster.addWorker('worker-0', held.handler);
  const { code } = await outcomeOf(cluster.client.generate(requestFor(), { signal: AbortSignal.abort() }));
  expect([code, held.requests]).toEqual(['RPC_CANCELLED', []]);
});

test.each([
  ['before the first token', 0],
  ['in the middle of the stream', 2],
])("a deadline that passes %s ends the stream and aborts the worker's signal", async (_when, count) => {
  await using cluster = await startCluster();
  const held = holding(count);
  await cluster.addWorker('worker-0', held.handler);
  const request = requestFor({ deadlineUnixMs: Date.now() + 300 });
  const { frames, code } = await outcomeOf(cluster.client.generate(request, { signal: neverAborted() }));
  expect([code, frames.length]).toEqual(['RPC_DEADLINE_EXCEEDED', count]);
  await until("the worker's signal", () => held.signals[0]?.aborted === true);
});

test('a request whose deadline has passed reaches no worker', async () => {
  await using cluster = await startCluster();
  const held = holding(0);
  await cluster.addWorker('worker-0', held.handler);
  const request = requestFor({ deadlineUnixMs: Date.now() - 1 });
  const { code } = await outcomeOf(cluster.client.generate(request, { signal: neverAborted() }));
  expect([code, held.requests]).toEqual(['RPC_DEADLINE_EXCEEDED', []]);
});

test('disposing of the client cancels what it runs', async () => {
  const cluster: Cluster = await startCluster();
  await using _cluster = cluster;
  const held = holding(1);
  await cluster.addWorker('worker-0', held.handler);
  const outcome = outcomeOf(cluster.client.generate(requestFor(), { signal: neverAborted() }));
  await until('the generation', () => held.signals.length === 1);
  await cluster.client[Symbol.asyncDispose]();
  expect((await outcome).code).toBe('RPC_CANCELLED');
});

test('a worker that ignores the cancel loses its channel', async () => {
  await using cluster = await startCluster();
  await using worker = await addDeafWorker(cluster);
  const request = requestFor();
  const frames = cluster.client.generate(request, { signal: neverAborted() })[Symbol.asyncIterator]();
  const next = frames.next();
  await using writer = await writerOf(cluster, await worker.take('invokefunction'));
  writer.socket.send(JSON.stringify(token(0)));
  expect((await next).value).toEqual(token(0));
  await frames.return?.();
  const cancel = await worker.take('invokefunction');
  expect(cancel).toMatchObject({
    function_id: 'infer::deaf::cancel',
    data: { requestId: request.requestId, attempt: 0 },
  });
  await until('the writer to be dropped', () => {
    if (writer.closeCode === undefined) writer.socket.send(JSON.stringify(token(1)));
    return writer.closeCode !== undefined;
  });
  expect(writer.closeCode).toBe(1006);
});

test('a deadline holds though the worker does not answer, and the worker is told to stop', async () => {
  await using cluster = await startCluster();
  await using worker = await addDeafWorker(cluster);
  const request = requestFor({ deadlineUnixMs: Date.now() + 200 });
  const outcome = outcomeOf(cluster.client.generate(request, { signal: neverAborted() }));
  expect(await within('the deadline', 1500, outcome)).toMatchObject({
    code: 'RPC_DEADLINE_EXCEEDED',
    frames: [],
  });
  await worker.take('invokefunction', ({ function_id }) => function_id === 'infer::deaf::cancel');
});

test('an answer without a terminal frame is an attempt that failed, and the next one resumes it', async () => {
  await using cluster = await startCluster();
  await using worker = await addDeafWorker(cluster);
  const outcome = outcomeOf(cluster.client.generate(requestFor(), { signal: neverAborted() }));
  const call = await worker.take('invokefunction');
  await using writer = await writerOf(cluster, call);
  worker.answer(call, { result: { accepted: true } });
  writer.socket.send(JSON.stringify(token(0)));
  writer.socket.close();
  const again = await worker.take(
    'invokefunction',
    ({ function_id }) => function_id === 'infer::deaf::generate',
  );
  expect(again.data).toMatchObject({ attempt: 1, resume: { ids: [0] } });
  await using second = await writerOf(cluster, again);
  for (const frame of [token(0, 1), doneAfter(2)]) second.socket.send(JSON.stringify(frame));
  expect(await outcome).toMatchObject({ code: undefined, frames: [token(0), token(1), doneAfter(2)] });
});
