import { expect, test } from 'vitest';
import type { GenerateFrame } from '../../../../src/rpc/contract/generate.ts';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import { createHandler } from '../../../../src/worker/generation/handler.ts';
import { requestOf, type Script, scriptedModel } from './scripted-model.ts';

function handlerOf(script: Script) {
  const lines: Record<string, unknown>[] = [];
  const broken = Promise.withResolvers<unknown>();
  const model = scriptedModel(script);
  const log = { error: (fields: Readonly<Record<string, unknown>>) => void lines.push(fields) };
  const handler = createHandler(model, { log, onBroken: broken.resolve });
  const run = async (request = requestOf()) => {
    const frames: GenerateFrame[] = [];
    const { signal } = new AbortController();
    for await (const frame of handler(request, { signal })) frames.push(frame);
    return frames;
  };
  return { run, lines, broken: broken.promise, model };
}

const runFailed = new DrydockError('WORKER_RUN_FAILED', 'could not run the model: x; y');

test('streams a generation and logs nothing of it', async () => {
  const { run, lines } = handlerOf({ pieces: ['is'], answer: ['is', '<eos>'] });
  expect(await run()).toMatchObject([{ seq: 0, text: 'is' }, { done: { finishReason: 'stop' } }]);
  expect(lines).toEqual([]);
});

test('draws another seed for each request that brings none', async () => {
  const { run } = handlerOf({ answer: ['nothing of this name'] });
  const request = requestOf({ sampling: { temperature: 2 } });
  expect(await run(request)).not.toEqual(await run(request));
});

test('logs a failure and tells the program when the model is gone for good', async () => {
  const { run, lines, broken, model } = handlerOf({ answer: ['a'], onFeed: () => Promise.reject(runFailed) });
  await expect(run()).rejects.toMatchObject({ code: 'RPC_GENERATION_FAILED' });
  expect(lines).toEqual([
    { event: 'generation-failed', requestId: 'r1', code: 'WORKER_RUN_FAILED', reason: runFailed.message },
  ]);
  expect(await broken).toBe(runFailed);
  expect(model.open.size).toBe(0);
});

test('goes on after a failure that does not come again', async () => {
  let failures = 1;
  const onFeed = () => (failures-- > 0 ? Promise.reject(runFailed) : undefined);
  const { run, broken, model } = handlerOf({ pieces: ['is'], answer: ['is', '<eos>'], onFeed });
  await expect(run()).rejects.toMatchObject({ code: 'RPC_GENERATION_FAILED' });
  expect(await run()).toHaveLength(2);
  // The prompt that failed, the token that the model was tried on, and the two feeds of the next request.
  expect(model.fed.map((ids) => ids.length === 1)).toEqual([false, true, false, true]);
  expect(await Promise.race([broken, Promise.resolve('in order')])).toBe('in order');
});

test('logs of an unexpected error its kind and place, not its text', async () => {
  const { run, lines } = handlerOf({
    answer: ['a'],
    onFeed: () =>
      Promise.reject(new RangeError('secret\n    at the end of my secret prompt (secret:1:2)\nsecret')),
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
  const { run, lines, model } = handlerOf({ answer: ['a'] });
  await expect(run(request)).rejects.toMatchObject({ code });
  expect(lines).toEqual([]);
  expect(model.fed).toEqual([]);
});
