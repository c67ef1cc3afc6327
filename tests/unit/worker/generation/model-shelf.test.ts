import { once } from 'node:events';
import { copyFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { readWorkerConfig } from '../../../../src/worker/config.ts';
import {
  ModelShelf,
  type ModelShelfOptions,
  type ShelfModel,
} from '../../../../src/worker/generation/model-shelf-runtime.ts';
import { shelfModels } from '../../../../src/worker/generation/shelf-models-runtime.ts';
import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';
import { until } from '../../rpc/until.ts';
import { makeRunDirectoryWithModels, type RunDirectory } from '../main/run-directory.ts';
import { fixtureFile } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';
import { thrown } from '../thrown.ts';
import { checkedAnswer, collect, errorOf, requestOf } from './ask.ts';

// Models load slowly on a machine that does much else.
vi.setConfig({ testTimeout: 30_000 });

const names = ['a', 'b', 'c'];
const log = pino({ level: 'silent' });
let run: RunDirectory;
beforeEach(async () => {
  run = await makeRunDirectoryWithModels({ a: {}, b: {}, c: {} });
  onTestFinished(() => run[Symbol.asyncDispose]());
});

interface Changes {
  /** Takes `load`'s place; `load` is the real one. */
  readonly load?: (name: string, signal: AbortSignal) => Promise<void> | void;
  readonly giveBack?: (name: string) => Promise<void> | void;
  readonly pinned?: readonly string[];
  /** Of those that do not take 60. */
  readonly bytes?: Readonly<Record<string, number>>;
}

/** The models of the run directory, each said to take 60 bytes, which tell what happens to them. */
async function modelsOf({ load, giveBack, pinned = [], bytes = {} }: Changes = {}) {
  const { signal } = new AbortController();
  const known = await shelfModels(readWorkerConfig(run.environment), {
    log,
    signal,
    onBroken: (error) => expect.unreachable(String(error)),
  });
  onTestFinished(() => known[Symbol.asyncDispose]());
  const events: string[] = [];
  const models = known.models.map(
    (model): ShelfModel => ({
      ...model,
      bytes: bytes[model.name] ?? 60,
      isPinned: pinned.includes(model.name),
      async load(loading) {
        events.push(`load ${model.name}`);
        await load?.(model.name, loading);
        const loaded = await model.load(loading);
        return {
          handler: loaded.handler,
          async [Symbol.asyncDispose]() {
            await giveBack?.(model.name);
            await loaded[Symbol.asyncDispose]();
            events.push(`gave back ${model.name}`);
          },
        };
      },
    }),
  );
  return { models, events };
}

async function openShelf({ bytesMax, signal, ...changes }: Changes & Partial<ModelShelfOptions> = {}) {
  const { models, events } = await modelsOf(changes);
  const shelf = new ModelShelf(models, { bytesMax, signal: signal ?? new AbortController().signal });
  const ask = async (model: string, asker = new AbortController().signal, deadlineMs = 60_000) => {
    const request = requestOf({ model, deadlineUnixMs: Date.now() + deadlineMs, sampling: { maxTokens: 4 } });
    return checkedAnswer(await collect(shelf.handler(request, { signal: asker })));
  };
  /** An answer in the middle, and its reader. */
  const begin = async (model: string) => {
    const request = requestOf({ model, sampling: { maxTokens: 200, logitBias: [{ id: 9, bias: -100 }] } });
    const frames = shelf.handler(request, { signal: new AbortController().signal })[Symbol.asyncIterator]();
    await frames.next();
    return frames;
  };
  const loaded = () => shelf.states.filter(({ state }) => state === 'loaded').map(({ name }) => name);
  return { shelf, events, ask, begin, loaded, [Symbol.asyncDispose]: () => shelf[Symbol.asyncDispose]() };
}

test('knows name, context and memory of each model before it is loaded', async () => {
  const known = await shelfModels(readWorkerConfig({ ...run.environment, DRYDOCK_PREFIX_CACHE_MIB: '1' }), {
    log,
    signal: new AbortController().signal,
    onBroken: () => undefined,
  });
  await using _ = known;
  expect(known.slots).toBe(3);
  expect(known.models).toMatchObject(names.map((name) => ({ name, contextTokensMax: 512, isPinned: false })));
  const [first] = known.models;
  const { dir } = await buildGraph({ modelFile: fixtureFile('model.gguf'), cacheDir: scratchDir() });
  const { size } = await stat(join(dir, 'weights.bin'));
  // The weights of its graph, three sequences of 12 tensors with 16 floats a position (143 of them in local layers), and the cache.
  const positions = 3 * (10 * 143 + 2 * 512);
  expect(first?.bytes).toBe(size + 4 * 16 * positions + 2 ** 20);
});

test('pins the only model', async () => {
  await using alone = await makeRunDirectoryWithModels({ a: {} });
  const { signal } = new AbortController();
  await using known = await shelfModels(readWorkerConfig(alone.environment), {
    log,
    signal,
    onBroken: () => undefined,
  });
  expect(known.models).toMatchObject([{ name: 'a', isPinned: true }]);
});

test('loads a model when the first request wants it, once for all of them', async () => {
  await using opened = await openShelf();
  expect(opened.shelf.states).toEqual(
    names.map((name) => ({ name, state: 'unloaded', running: 0, bytes: 60, isPinned: false })),
  );
  const answers = [opened.ask('b'), opened.ask('b')];
  await until('the model to load', () => opened.events.length > 0);
  expect(opened.shelf.states[1]).toMatchObject({ state: 'loading', running: 2 });
  const [first, second] = await Promise.all(answers);
  expect(first?.ids).toHaveLength(4);
  expect(second?.ids).toEqual(first?.ids);
  await opened.ask('b');
  expect(opened.events).toEqual(['load b']);
  expect(opened.shelf.states[1]).toMatchObject({ state: 'loaded', running: 0 });
});

test('gives back what was used least lately when another wants its room', async () => {
  await using opened = await openShelf({ bytesMax: 120 });
  for (const name of ['a', 'b', 'a', 'c']) await opened.ask(name);
  expect(opened.events).toEqual(['load a', 'load b', 'gave back b', 'load c']);
  expect(opened.loaded()).toEqual(['a', 'c']);
});

test('counts a model that was loaded ahead as used then', async () => {
  await using opened = await openShelf({ bytesMax: 120 });
  await opened.ask('a');
  await opened.shelf.load('b');
  await opened.ask('c');
  expect(opened.loaded()).toEqual(['b', 'c']);
});

test('never gives a pinned model back', async () => {
  await using opened = await openShelf({ bytesMax: 120, pinned: ['a'] });
  await opened.shelf.load('a');
  for (const name of ['b', 'c', 'b']) await opened.ask(name);
  expect(opened.events.filter((event) => event.startsWith('gave back'))).toEqual([
    'gave back b',
    'gave back c',
  ]);
  expect(opened.loaded()).toEqual(['a', 'b']);
});

test('never gives a model back that answers, and loads the other when it has ended', async () => {
  await using opened = await openShelf({ bytesMax: 60 });
  const running = await opened.begin('a');
  const waiting = opened.ask('b');
  await until('the other to wait', () => opened.shelf.states[1]?.state === 'loading');
  const { promise: turns, resolve } = Promise.withResolvers<void>();
  setImmediate(() => setImmediate(resolve));
  await turns;
  expect(opened.events).toEqual(['load a']);
  expect(await running.next()).toMatchObject({ value: { seq: 1 } });
  await running.return?.();
  expect((await waiting).ids).toHaveLength(4);
  expect(opened.events).toEqual(['load a', 'gave back a', 'load b']);
});

test('lets no later one take the room that one waits for', async () => {
  await using opened = await openShelf({ bytesMax: 100, bytes: { c: 30 } });
  const running = await opened.begin('a');
  const asked = [opened.ask('b'), opened.ask('c')];
  await until(
    'both to wait',
    () => opened.shelf.states.filter(({ state }) => state === 'loading').length === 2,
  );
  await running.return?.();
  await Promise.all(asked);
  expect(opened.events).toEqual(['load a', 'gave back a', 'load b', 'load c']);
});

test('lets two models that want the same room load one after the other', async () => {
  await using opened = await openShelf({ bytesMax: 60 });
  await opened.ask('a');
  const answers = await Promise.all(['b', 'c', 'a'].map((name) => opened.ask(name)));
  expect(answers.map(({ ids }) => ids.length)).toEqual([4, 4, 4]);
  expect(opened.loaded()).toHaveLength(1);
});

test('loads nothing into room that is still being given back', async () => {
  const gate = Promise.withResolvers<void>();
  await using opened = await openShelf({
    bytesMax: 60,
    giveBack: (name) => (name === 'a' ? gate.promise : undefined),
  });
  await opened.ask('a');
  const unloading = opened.shelf.unload('a');
  const others = [opened.ask('b'), opened.ask('a')];
  await until(
    'both to wait',
    () => opened.shelf.states.filter(({ state }) => state === 'loading').length === 2,
  );
  expect(opened.events).toEqual(['load a']);
  gate.resolve();
  expect(await unloading).toBe(true);
  await Promise.all(others);
  expect(opened.events.slice(0, 3)).toEqual(['load a', 'gave back a', 'load b']);
});

test('a load that fails fails its own requests, gives its room back, and is tried again', async () => {
  const failure = new Error('a test made it fail');
  let failures = 1;
  await using opened = await openShelf({
    bytesMax: 120,
    load(name) {
      if (name === 'b' && failures-- > 0) throw failure;
    },
  });
  const running = await opened.begin('a');
  const failed = [opened.ask('b'), opened.ask('b')];
  for (const ask of failed) await expect(ask).rejects.toBe(failure);
  expect(opened.shelf.states).toMatchObject([
    { state: 'loaded', running: 1 },
    { state: 'unloaded', running: 0 },
    { state: 'unloaded' },
  ]);
  await opened.ask('c');
  expect(opened.events).toEqual(['load a', 'load b', 'load c']);
  expect(await running.next()).toMatchObject({ value: { seq: 1 } });
  expect((await opened.ask('b')).ids).toHaveLength(4);
  await running.return?.();
});

test('a file that breaks after the start fails its own requests alone', async () => {
  const file = join(run.path, 'model/b/model.gguf');
  await using opened = await openShelf();
  const before = await opened.ask('a');
  await truncate(file, 100_000);
  expect(await errorOf(opened.ask('b'))).toMatchObject({
    code: 'RPC_GENERATION_FAILED',
    message: expect.stringContaining('"b" cannot be loaded (WORKER_MODEL_FILE_INVALID)'),
  });
  expect((await opened.ask('a')).ids).toEqual(before.ids);
  await copyFile(fixtureFile('model.gguf'), file);
  expect((await opened.ask('b')).ids).toEqual(before.ids);
});

test('a request that ends while its model loads ends alone', async () => {
  const gate = Promise.withResolvers<void>();
  await using opened = await openShelf({ load: () => gate.promise });
  const caller = new AbortController();
  const cancelled = opened.ask('a', caller.signal);
  const late = opened.ask('a', undefined, 20);
  const patient = opened.ask('a');
  caller.abort();
  expect(await errorOf(cancelled)).toMatchObject({ code: 'RPC_CANCELLED' });
  expect(await errorOf(late)).toMatchObject({
    code: 'RPC_DEADLINE_EXCEEDED',
    message: 'could not start the answer: the request ended while its model was loading; allow more time',
  });
  expect(opened.shelf.states[0]).toMatchObject({ state: 'loading', running: 1 });
  gate.resolve();
  expect((await patient).ids).toHaveLength(4);
  expect(opened.events).toEqual(['load a']);
});

test('loads nothing for a request that has ended already', async () => {
  await using opened = await openShelf();
  expect(await errorOf(opened.ask('a', AbortSignal.abort()))).toMatchObject({ code: 'RPC_CANCELLED' });
  expect(opened.events).toEqual([]);
  expect(opened.shelf.states[0]).toMatchObject({ state: 'unloaded', running: 0 });
});

test('a load that fails when nobody waits for it any more harms nobody', async () => {
  const gate = Promise.withResolvers<void>();
  await using opened = await openShelf({ load: () => gate.promise });
  const caller = new AbortController();
  const cancelled = opened.ask('a', caller.signal);
  await until('the model to load', () => opened.events.length > 0);
  caller.abort();
  expect(await errorOf(cancelled)).toMatchObject({ code: 'RPC_CANCELLED' });
  // An unhandled rejection would end the test run.
  gate.reject(new Error('a test made it fail'));
  await until('the load to end', () => opened.shelf.states[0]?.state === 'unloaded');
});

test('unloads by name what does not run, and says whether it was loaded', async () => {
  await using opened = await openShelf();
  expect(await opened.shelf.unload('a')).toBe(false);
  const running = await opened.begin('a');
  await expect(opened.shelf.unload('a')).rejects.toMatchObject({
    code: 'RPC_WORKER_BUSY',
    message: 'could not unload a: 1 requests run in it; try again when they have ended',
  });
  await running.return?.();
  expect(await opened.shelf.unload('a')).toBe(true);
  expect(opened.loaded()).toEqual([]);
});

test('refuses a name that it does not know, and says which it does', async () => {
  await using opened = await openShelf();
  const unknown = {
    code: 'RPC_MODEL_UNKNOWN',
    message: 'could not start the answer: this worker serves "a", "b", "c"; ask for one of them',
  };
  expect(await errorOf(opened.ask('d'))).toMatchObject(unknown);
  await expect(opened.shelf.load('d')).rejects.toMatchObject(unknown);
  await expect(opened.shelf.unload('d')).rejects.toMatchObject(unknown);
});

test('refuses two models of one name, and pins that leave no room', async () => {
  const { models } = await modelsOf({ pinned: ['a'] });
  const { signal } = new AbortController();
  const twice = thrown(() => new ModelShelf([...models, ...models], { signal }));
  expect(twice).toMatchObject({ code: 'WORKER_CONFIG_INVALID' });
  expect(twice.message).toContain('two models have the same name');
  expect(new ModelShelf(models, { signal, bytesMax: 120 }).states).toHaveLength(3);
  const tight = thrown(() => new ModelShelf(models, { signal, bytesMax: 119 }));
  expect(tight.message).toMatch(
    /60 bytes of pinned models and 60 of the largest other are more than the 119/,
  );
});

test('ends what loads or waits for room when it is disposed, and gives all back', async () => {
  const opened = await openShelf({
    bytesMax: 120,
    load: async (name, signal) => {
      if (name === 'b') await once(signal, 'abort');
    },
  });
  const running = await opened.begin('a');
  const asked = [errorOf(opened.ask('b')), errorOf(opened.ask('c'))];
  await until('one to load', () => opened.events.includes('load b'));
  await opened.shelf[Symbol.asyncDispose]();
  for (const ask of asked) expect((await ask).code).toMatch(/^(RPC|WORKER)_CANCELLED$/);
  expect(opened.events).toEqual(['load a', 'load b', 'gave back a']);
  expect(await errorOf(opened.ask('a'))).toMatchObject({ code: 'RPC_CANCELLED' });
  await expect(collect({ [Symbol.asyncIterator]: () => running })).rejects.toMatchObject({
    code: 'RPC_WORKER_LOST',
  });
});

test('ends what loads when the worker is stopped', async () => {
  const stop = new AbortController();
  await using opened = await openShelf({
    signal: stop.signal,
    load: async (_, signal) => {
      await once(signal, 'abort');
    },
  });
  const asked = errorOf(opened.ask('a'));
  await until('the model to load', () => opened.events.length > 0);
  stop.abort();
  expect((await asked).code).toBe('WORKER_CANCELLED');
});
