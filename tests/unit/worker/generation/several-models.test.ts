/** A worker with several models, of which one is broken. */

import { copyFile, mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { expect, test, vi } from 'vitest';
import { readWorkerConfig } from '../../../../src/worker/config.ts';
import { ModelShelf } from '../../../../src/worker/generation/model-shelf-runtime.ts';
import { serve } from '../../../../src/worker/generation/serve-runtime.ts';
import { shelfModels } from '../../../../src/worker/generation/shelf-models-runtime.ts';
import { startEngine } from '../main/engine.ts';
import { makeRunDirectory, type RunDirectory } from '../main/run-directory.ts';
import { fixtureFile } from '../references.ts';
import { collect, errorOf, requestOf } from './ask.ts';

vi.setConfig({ testTimeout: 30_000 });
const { signal } = new AbortController();

interface Kept {
  readonly isCut?: boolean;
  readonly more?: object;
}

async function runWith(models: Readonly<Record<string, Kept>>): Promise<RunDirectory> {
  const run = await makeRunDirectory({ 'model/model.json': undefined });
  for (const [name, { isCut = false, more }] of Object.entries(models)) {
    const directory = join(run.path, 'model', name);
    await mkdir(directory);
    await copyFile(fixtureFile('model.gguf'), join(directory, 'model.gguf'));
    if (isCut) await truncate(join(directory, 'model.gguf'), 200_000);
    await writeFile(join(directory, 'model.json'), JSON.stringify({ name, file: 'model.gguf', ...more }));
  }
  return run;
}

function open(run: RunDirectory) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const config = readWorkerConfig(run.environment);
  return { lines, log, config, options: { log, signal, onBroken: () => undefined } };
}

test('leaves out a model that cannot be read, and says so', async () => {
  await using run = await runWith({ a: {}, b: { isCut: true } });
  const { lines, config, options } = open(run);
  await using known = await shelfModels(config, options);
  expect(known.models.map(({ name }) => name)).toEqual(['a']);
  expect(lines).toMatchObject([{ event: 'model-unusable', model: 'b', code: 'WORKER_MODEL_FILE_INVALID' }]);
});

test('does not start with none that can be read', async () => {
  await using run = await runWith({ a: { isCut: true }, b: { isCut: true } });
  const { config, options } = open(run);
  await expect(shelfModels(config, options)).rejects.toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
});

test('tells who asks what kind of failure it was, and the log the rest', async () => {
  await using run = await runWith({ a: {}, b: {} });
  const { lines, config, options } = open(run);
  await using known = await shelfModels(config, options);
  await truncate(join(run.path, 'model/b/model.gguf'), 200_000);
  await using shelf = new ModelShelf(known.models, { signal });
  const ask = (model: string) => collect(shelf.handler(requestOf({ model }), { signal }));
  const { code, message } = await errorOf(ask('b'));
  expect(code).toBe('RPC_GENERATION_FAILED');
  expect(message).toBe(
    'could not start the answer: "b" cannot be loaded (WORKER_MODEL_FILE_INVALID); look into the worker\'s log',
  );
  expect(lines).toMatchObject([{ event: 'model-unusable', model: 'b' }]);
  expect((await ask('a')).at(-1)).toHaveProperty('done');
});

test('serves the others, pinned or not', async () => {
  const more = { pinned: true };
  await using run = await runWith({ a: { more }, b: { isCut: true, more } });
  await using engine = await startEngine(run);
  await using client = engine.connectClient();
  const stop = new AbortController();
  const { log } = open(run);
  const config = readWorkerConfig({ ...run.environment, DRYDOCK_ENGINES: engine.engines });
  const serving = serve(config, { log, stop: stop.signal, stopNow: new AbortController().signal });
  await vi.waitFor(() => expect(client.models()).toMatchObject([{ name: 'a' }]), { timeout: 10_000 });
  stop.abort();
  await serving;
});

test('counts weights as they will be in memory, not as they are in the file', async () => {
  await using run = await runWith({ float: {}, rounded: { more: { weights: '8-bit' } } });
  const { config, options } = open(run);
  await using known = await shelfModels(config, options);
  const [float, rounded] = known.models;
  expect(rounded?.bytes).toBeLessThan(float?.bytes ?? 0);
});
