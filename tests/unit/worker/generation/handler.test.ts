import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import { createHandler } from '../../../../src/worker/generation/handler.ts';
import { until } from '../../rpc/until.ts';
import { collect, requestOf } from './ask.ts';
import { openTinyModel, type TinyModelOptions } from './tiny-model.ts';

async function handlerOf(options: TinyModelOptions = {}) {
  const lines: Record<string, unknown>[] = [];
  const broken: unknown[] = [];
  const model = await openTinyModel(options);
  const log = { error: (fields: Readonly<Record<string, unknown>>) => void lines.push(fields) };
  const handler = createHandler(model, { log, onBroken: (error) => broken.push(error) });
  const run = (request = requestOf()) => collect(handler(request, { signal: new AbortController().signal }));
  return { run, lines, broken, model };
}

const runFailed = new DrydockError('WORKER_RUN_FAILED', 'could not run the model: x; y');

test('streams a generation and logs nothing of it', async () => {
  const { run, lines } = await handlerOf();
  const frames = await run();
  expect(frames).toHaveLength(21);
  expect(frames.at(-1)).toMatchObject({ done: { finishReason: 'length' } });
  expect(lines).toEqual([]);
});

test('draws another seed for each request that brings none', async () => {
  const { run } = await handlerOf();
  const ids = async () =>
    (await run(requestOf({ sampling: { temperature: 2 } }))).flatMap((frame) =>
      'ids' in frame ? frame.ids : [],
    );
  expect(await ids()).not.toEqual(await ids());
});

test('logs a failure and tells the program when the model is gone for good', async () => {
  const { run, lines, broken, model } = await handlerOf({
    onRun() {
      throw runFailed;
    },
  });
  const request = requestOf();
  await expect(run(request)).rejects.toMatchObject({ code: 'RPC_GENERATION_FAILED' });
  const { requestId } = request;
  expect(lines).toEqual([
    { event: 'generation-failed', requestId, code: 'WORKER_RUN_FAILED', reason: runFailed.message },
  ]);
  await until('the program to be told', () => broken.length > 0);
  expect(broken).toEqual([runFailed]);
  expect(model.scheduler.counts).toMatchObject({ running: 0, reservedPositions: 0 });
});

test('goes on after a failure that does not come again', async () => {
  const { run, broken, model } = await handlerOf({
    onRun(_, count) {
      if (count === 1) throw runFailed;
    },
  });
  await expect(run()).rejects.toMatchObject({ code: 'RPC_GENERATION_FAILED' });
  expect(await run()).toHaveLength(21);
  // What failed, the token that the model was tried on, and the two chunks of the prompt.
  expect(model.runs.filter(({ kind }) => kind === 'prefill').map(({ size }) => size)).toEqual([8, 1, 8, 7]);
  expect(broken).toEqual([]);
});

test('does not take a model that is given back meanwhile for a broken one', async () => {
  const { run, broken, model } = await handlerOf({
    onRun(_, count) {
      if (count === 1) throw runFailed;
      void model.scheduler[Symbol.asyncDispose]();
    },
  });
  await expect(run()).rejects.toMatchObject({ code: 'RPC_GENERATION_FAILED' });
  await until('the model to be tried', () => model.runs.length > 1);
  await model.scheduler[Symbol.asyncDispose]();
  await setImmediate();
  expect(broken).toEqual([]);
});

test('logs an unexpected failure by its name alone', async () => {
  const { run, lines } = await handlerOf({
    onRun() {
      throw new RangeError('secret\n    at the end of my secret prompt (secret:1:2)\nsecret');
    },
  });
  await expect(run()).rejects.toMatchObject({ code: 'RPC_GENERATION_FAILED' });
  expect(lines).toMatchObject([{ code: 'UNEXPECTED', reason: 'RangeError' }]);
  expect(lines[0]?.stack).toEqual(expect.arrayContaining([expect.stringContaining('handler.test.ts')]));
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test.each([
  ['a request that is refused', requestOf({ model: 'other' }), 'RPC_MODEL_UNKNOWN'],
  ['a deadline that has passed', requestOf({ deadlineUnixMs: 1 }), 'RPC_DEADLINE_EXCEEDED'],
])('takes %s for no failure of the model', async (_, request, code) => {
  const { run, lines, model } = await handlerOf();
  await expect(run(request)).rejects.toMatchObject({ code });
  expect(lines).toEqual([]);
  expect(model.runs).toEqual([]);
});
