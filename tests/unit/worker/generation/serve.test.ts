import pino from 'pino';
import { expect, test, vi } from 'vitest';
import { readWorkerConfig } from '../../../../src/worker/config.ts';
import { serve } from '../../../../src/worker/generation/serve-runtime.ts';
import { deadEngine, startEngine } from '../main/engine.ts';
import {
  makeRunDirectoryWithModels,
  makeRunDirectoryWithTiny,
  type RunDirectory,
} from '../main/run-directory.ts';
import { named, references } from '../references.ts';
import { doneEvent, json, startServer, stream } from '../upstream/scripted-server.ts';
import { checkedAnswer, collect, requestOf } from './ask.ts';

// Programs and models start slowly on a machine that does much else.
vi.setConfig({ testTimeout: 30_000 });

const bounded = { timeout: 10_000 };
const messages = [{ role: 'user' as const, content: 'What is the capital of France?' }];

function startServing(run: RunDirectory, engines: string) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const stop = new AbortController();
  const config = readWorkerConfig({ ...run.environment, DRYDOCK_ENGINES: engines });
  return { serving: serve(config, { log, stop: stop.signal }), stop, lines };
}

test('is known to the engine while it serves, and no more once it has been stopped', async () => {
  await using run = await makeRunDirectoryWithTiny();
  await using engine = await startEngine(run);
  await using client = engine.connectClient();
  const { serving, stop } = startServing(run, engine.engines);
  await vi.waitFor(
    () => expect(client.models()).toMatchObject([{ name: 'tiny', contextTokensMax: 512 }]),
    bounded,
  );
  stop.abort();
  await serving;
  await vi.waitFor(() => expect(client.workers()).toEqual([]), bounded);
});

test('serves several models and a server on its host under one name each', async () => {
  await using server = await startServer({
    '/health': json(200, {}),
    '/v1/models': json(200, { data: [{ id: 'theirs', owned_by: 'vllm', max_model_len: 2048 }] }),
    '/metrics': json(200, {}),
    '/v1/chat/completions': stream([
      { choices: [{ index: 0, delta: { content: 'Paris' }, finish_reason: null, token_ids: [7] }] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'stop', token_ids: [] }] },
      { choices: [], usage: { prompt_tokens: 9, completion_tokens: 1 } },
      doneEvent,
    ]),
  });
  const upstream = JSON.stringify({ name: 'large', engine: 'openai', baseUrl: server.baseUrl, slots: 2 });
  await using run = await makeRunDirectoryWithModels(
    { small: { pinned: true }, other: { weights: '8-bit' } },
    { 'model/large/model.json': upstream },
  );
  await using engine = await startEngine(run);
  await using client = engine.connectClient();
  const { serving, stop, lines } = startServing(run, engine.engines);
  await vi.waitFor(() => expect(client.models()).toHaveLength(3), bounded);
  expect(client.models().toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
    { name: 'large', contextTokensMax: 2048 },
    { name: 'other', contextTokensMax: 512 },
    { name: 'small', contextTokensMax: 512 },
  ]);
  // The server takes fewer answers at once than the worker would.
  expect(client.workers()).toMatchObject([{ slots: 2 }]);
  const loaded = () => lines.filter(({ event }) => event === 'loaded').map(({ model }) => model);
  expect(loaded()).toEqual(['small']);
  const ask = async (model: string) => {
    const request = requestOf({ model, messages, sampling: { maxTokens: 24 } });
    const { signal } = new AbortController();
    return checkedAnswer(await collect(client.generate(request, { signal })));
  };
  expect((await ask('small')).ids).toEqual(named(references.greedy, 'chat').generatedIds);
  expect(await ask('large')).toMatchObject({ text: 'Paris', ids: [], finishReason: 'stop' });
  expect((await ask('other')).usage.completionTokens).toBeGreaterThan(0);
  expect(loaded()).toEqual(['small', 'other']);
  expect(JSON.stringify(lines)).not.toContain('capital');
  stop.abort();
  await serving;
});

test.each([
  ['two models of one name', { a: { name: 'one' }, b: { name: 'one' } }, 'WORKER_CONFIG_INVALID'],
  [
    'a pinned model that is not there',
    { a: { file: 'other.gguf', pinned: true } },
    'WORKER_MODEL_FILE_INVALID',
  ],
])('does not start with %s', async (_, models, code) => {
  await using run = await makeRunDirectoryWithModels(models);
  const { serving } = startServing(run, deadEngine);
  await expect(serving).rejects.toMatchObject({ code });
});

test('does not start when it is stopped while the model loads', async () => {
  await using run = await makeRunDirectoryWithTiny();
  const { serving, stop, lines } = startServing(run, deadEngine);
  stop.abort();
  await expect(serving).rejects.toMatchObject({ code: 'RPC_CANCELLED' });
  expect(lines).toEqual([]);
});
