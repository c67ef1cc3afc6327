import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { GenerateFrame, GenerateRequest } from '../../../../src/rpc/contract/generate.ts';
import { generate } from '../../../../src/worker/generation/generate.ts';
import { type OpenModelOptions, openModel } from '../../../../src/worker/generation/open-model-runtime.ts';
import { fixtures, needRealModel } from '../text/vocabularies.ts';
import { requestOf } from './scripted-model.ts';

// Programs and models start slowly on a machine that does much else.
vi.setConfig({ testTimeout: 30_000 });

const tinyFile = join(fixtures, 'tiny-gemma3/model.gguf');
const question: GenerateRequest['messages'] = [{ role: 'user', content: 'What is the capital of France?' }];
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'drydock-open-model-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const openTiny = (changes: Partial<OpenModelOptions> = {}) =>
  openModel({
    name: 'scripted',
    file: tinyFile,
    cacheDir: join(directory, 'cache'),
    threads: 1,
    contextTokensMax: 512,
    onBuild: () => undefined,
    ...changes,
  });

async function answerOf(model: Parameters<typeof generate>[0], request: GenerateRequest) {
  const frames: GenerateFrame[] = [];
  const options = { signal: new AbortController().signal, now: Date.now, drawSeed: () => 1 };
  for await (const frame of generate(model, request, options)) frames.push(frame);
  return {
    ids: frames.flatMap((frame) => ('ids' in frame ? frame.ids : [])),
    text: frames.map((frame) => ('text' in frame ? frame.text : '')).join(''),
    last: frames.at(-1),
  };
}

test('answers greedily with the tokens of the reference', async () => {
  const { greedy } = JSON.parse(readFileSync(join(fixtures, 'tiny-gemma3/logits.json'), 'utf8'));
  const reference = greedy.find(({ name }: { name: string }) => name === 'chat');
  await using model = await openTiny();
  expect(model.chat.style).toBe('gemma');
  const answer = await answerOf(model, requestOf({ messages: question, sampling: { maxTokens: 24 } }));
  expect(answer.ids).toEqual(reference.generatedIds);
  expect(answer.last).toEqual({
    done: {
      finishReason: 'length',
      usage: { promptTokens: reference.promptIds.length, completionTokens: 24 },
    },
  });
});

test('keeps generations that run at once apart', async () => {
  await using model = await openTiny();
  const requests = ['a', 'b', 'c'].map((content) =>
    requestOf({ messages: [{ role: 'user', content }], sampling: { temperature: 1, seed: 5 } }),
  );
  const together = await Promise.all(requests.map((request) => answerOf(model, request)));
  const apart = [];
  for (const request of requests) apart.push(await answerOf(model, request));
  expect(together).toEqual(apart);
  expect(new Set(together.map(({ text }) => text)).size).toBe(3);
});

test('builds the graph once', async () => {
  const cacheDir = join(directory, 'once');
  let builds = 0;
  for (let opened = 0; opened < 2; opened++) {
    await using model = await openTiny({ cacheDir, onBuild: () => builds++ });
    expect(model.name).toBe('scripted');
  }
  expect(builds).toBe(1);
  expect(existsSync(cacheDir)).toBe(true);
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

test('answers a question with the real model', { timeout: 60_000 }, async ({ skip }) => {
  const { file, graphs } = needRealModel(skip);
  await using model = await openTiny({ file, cacheDir: graphs, threads: 2 });
  expect(model.chat.style).toBe('turns');
  const answer = await answerOf(model, requestOf({ messages: question, sampling: { maxTokens: 48 } }));
  expect(answer.text).toBe(' The capital of France is Paris.');
  expect(answer.last).toEqual({
    done: { finishReason: 'stop', usage: { promptTokens: 13, completionTokens: 10 } },
  });
});
