import { copyFile, mkdtemp, rm, symlink, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type OpenModelOptions, openModel } from '../../../../src/worker/generation/open-model-runtime.ts';
import { writeExport } from '../onnx-export/write-export.ts';
import { fixtureFile, named, references } from '../references.ts';
import { needRealModel } from '../text/vocabularies.ts';
import { answerOf, requestOf } from './ask.ts';

// Programs and models start slowly on a machine that does much else.
vi.setConfig({ testTimeout: 30_000 });

const tinyFile = fixtureFile('model.gguf');
const france = [{ role: 'user' as const, content: 'What is the capital of France?' }];
const reference = named(references.greedy, 'chat');
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'drydock-open-model-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const openTiny = (changes: Partial<OpenModelOptions> = {}) =>
  openModel({
    name: 'tiny',
    file: tinyFile,
    cacheDir: join(directory, 'cache'),
    threads: 1,
    slots: 2,
    contextTokensMax: 512,
    prefixCacheBytes: 2 ** 24,
    onBuild: () => undefined,
    ...changes,
  });

test.each(['native', 'portable'] as const)(
  'answers with the tokens of the reference on the %s runner',
  async (kind) => {
    await using model = await openTiny({ kind, onFallback: (reason) => expect.unreachable(reason) });
    expect([model.runnerKind, model.chat.style, model.contextTokensMax]).toEqual([kind, 'gemma', 512]);
    // It has run already, and nothing of that is left.
    expect(model.warmUpMs).toBeGreaterThan(0);
    expect(model.scheduler.counts).toMatchObject({ decodedTokens: 0, running: 0, reservedPositions: 0 });
    const answer = await answerOf(model, requestOf({ messages: france, sampling: { maxTokens: 24 } }));
    expect(answer.ids).toEqual(reference.generatedIds);
    expect(answer.usage).toMatchObject({ promptTokens: reference.promptIds.length, completionTokens: 24 });
  },
);

test('answers with the tokens of the reference from an ONNX export, two at once and from kept beginnings', async () => {
  const reasons: string[] = [];
  const onFallback = (reason: string) => reasons.push(reason);
  // As `model prepare` links it.
  const file = join(directory, 'linked');
  await symlink(writeExport(), file);
  await using model = await openTiny({ file, onBuild: () => expect.unreachable(), onFallback });
  expect([model.runnerKind, model.chat.style, reasons.length]).toEqual(['portable', 'gemma', 1]);
  const ask = () => answerOf(model, requestOf({ messages: france, sampling: { maxTokens: 24 } }));
  const answers = [...(await Promise.all([ask(), ask()])), await ask()];
  expect(answers.map(({ ids }) => ids)).toEqual(answers.map(() => reference.generatedIds));
  const whole = 32 * Math.floor((reference.promptIds.length - 1) / 32);
  expect(answers[2]?.usage.cachedTokens).toBe(whole);
  await expect(openTiny({ file, head: '4-bit' })).rejects.toMatchObject({ code: 'WORKER_CONFIG_INVALID' });
});

test.each([
  ['a prefix cache', 2 ** 24, 128],
  ['none', 0, 0],
])('keeps beginnings of prompts with %s', async (_, prefixCacheBytes, cachedTokens) => {
  await using model = await openTiny({ prefixCacheBytes });
  const request = requestOf({ prompt: '<'.repeat(150), sampling: { maxTokens: 1 } });
  expect((await answerOf(model, request)).usage.cachedTokens).toBe(0);
  expect((await answerOf(model, request)).usage.cachedTokens).toBe(cachedTokens);
});

test('opens with a context that holds a single token', async () => {
  await using model = await openTiny({ contextTokensMax: 1 });
  expect(model.contextTokensMax).toBe(1);
});

test('has no larger context than the model was made for', async () => {
  await using model = await openTiny({ contextTokensMax: 100_000 });
  expect(model.contextTokensMax).toBe(512);
});

test('builds the graph once, and another for other weights', async () => {
  const cacheDir = join(directory, 'once');
  const builds: string[] = [];
  for (const weights of ['auto', 'auto', '8-bit', 'auto'] as const) {
    await using model = await openTiny({ cacheDir, weights, onBuild: () => builds.push(weights) });
    expect(model.name).toBe('tiny');
  }
  expect(builds).toEqual(['auto', '8-bit']);
});

test('builds with as many threads as it answers with, and not with every core', async () => {
  const opening = openTiny({ cacheDir: join(directory, 'threads'), weights: '8-bit', threads: -1 });
  await expect(opening).rejects.toMatchObject({
    code: 'WORKER_GRAPH_BUILD_FAILED',
    message: expect.stringContaining("'intraOpNumThreads' is invalid: -1"),
  });
});

test('takes the style it is told over the one of the file', async () => {
  await using model = await openTiny({ chatStyle: 'turns' });
  expect(model.chat.style).toBe('turns');
});

test('refuses a truncated file, naming it', async () => {
  const file = join(directory, 'truncated.gguf');
  await copyFile(tinyFile, file);
  await truncate(file, 200_000);
  await expect(openTiny({ file })).rejects.toMatchObject({
    code: 'WORKER_MODEL_FILE_INVALID',
    message: expect.stringContaining('truncated.gguf'),
  });
});

test('ends when it is told to while it loads', async () => {
  const signal = AbortSignal.abort();
  await expect(openTiny({ signal, cacheDir: join(directory, 'never') })).rejects.toMatchObject({
    code: 'WORKER_CANCELLED',
  });
});

test('answers a question with the real model', { timeout: 60_000 }, async ({ skip }) => {
  const { file, graphs } = needRealModel(skip);
  await using model = await openTiny({ file, cacheDir: graphs, threads: 2 });
  expect(model.chat.style).toBe('turns');
  const answer = await answerOf(model, requestOf({ messages: france, sampling: { maxTokens: 48 } }));
  expect(answer.text).toBe(' The capital of France is Paris.');
  expect(answer).toMatchObject({
    finishReason: 'stop',
    usage: { promptTokens: 13, completionTokens: 10, cachedTokens: 0 },
  });
});
