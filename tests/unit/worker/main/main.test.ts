import { readFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { GenerateFrame } from '../../../../src/rpc/contract/generate.ts';
import { requestOf } from '../generation/ask.ts';
import { fixtures } from '../text/vocabularies.ts';
import { deadEngine, startEngine } from './engine.ts';
import { Program } from './program.ts';
import { makeRunDirectoryWithTiny, type RunDirectory } from './run-directory.ts';

// Programs and models start slowly on a machine that does much else.
vi.setConfig({ testTimeout: 30_000 });

const breakable = { NODE_OPTIONS: `--import=${new URL('./break-on-signal.ts', import.meta.url)}` };

function startWorker(run: RunDirectory, changes: Readonly<Record<string, string>> = {}): Program {
  return new Program('src/worker/main.ts', { ...run.environment, ...changes });
}

test('serves through one engine though another is down, ends an answer on SIGTERM, and all at once on a second one', async () => {
  await using run = await makeRunDirectoryWithTiny();
  await using engine = await startEngine(run);
  await using worker = startWorker(run, { DRYDOCK_ENGINES: `${deadEngine},${engine.engines}` });
  expect(await worker.logged('ready')).toMatchObject({
    program: 'worker',
    node: 'worker-0',
    availabilityZone: 'eu-west-1a',
    slots: 3,
    models: [{ name: 'tiny' }],
  });
  await using client = engine.connectClient();
  await vi.waitFor(() => expect(client.workers()).toHaveLength(1), { timeout: 10_000 });
  expect(client.workers()).toMatchObject([
    { workerId: 'worker-0', slots: 3, availabilityZone: 'eu-west-1a' },
  ]);
  const content = 'What is the capital of France?';
  const request = requestOf({
    messages: [{ role: 'user', content }],
    sampling: { maxTokens: 24 },
  });
  const frames: GenerateFrame[] = [];
  const { signal } = new AbortController();
  for await (const frame of client.generate(request, { signal })) frames.push(frame);
  const { greedy } = JSON.parse(readFileSync(join(fixtures, 'tiny-gemma3/logits.json'), 'utf8'));
  const reference = greedy.find(({ name }: { name: string }) => name === 'chat');
  expect(frames.flatMap((frame) => ('ids' in frame ? frame.ids : []))).toEqual(reference.generatedIds);
  const long = requestOf({ sampling: { temperature: 2, seed: 1, maxTokens: 100_000 } });
  let signals = 0;
  const cut = async () => {
    for await (const frame of client.generate(long, { signal })) {
      expect(frame).not.toHaveProperty('done');
      // After the first it goes on; it is told once more when it has.
      signals += 1;
      if (signals === 1 || signals === 20) worker.kill('SIGTERM');
    }
  };
  await expect(cut()).rejects.toMatchObject({
    code: 'RPC_WORKER_LOST',
  });
  expect(signals).toBeGreaterThanOrEqual(20);
  expect(worker.lines.map(({ event }) => event).filter((event) => event === 'stopping')).toHaveLength(2);
  expect(worker.lines.at(-1)).toMatchObject({ event: 'drained', because: 'told to end at once' });
  expect(await worker.exitCode()).toBe(0);
  expect(worker.stdout).toBe('');
  expect(worker.lines.every(({ level }) => level > 0)).toBe(true);
  expect(worker.stderr).not.toContain('capital');
});

test('ends with code 2 when its model cannot be run any more', async () => {
  await using run = await makeRunDirectoryWithTiny();
  await using engine = await startEngine(run);
  await using client = engine.connectClient();
  await using worker = startWorker(run, {
    ...breakable,
    DRYDOCK_ENGINES: engine.engines,
    // The one with a thread that can be broken.
    DRYDOCK_RUNNER: 'portable',
  });
  expect(await worker.logged('loaded')).toMatchObject({ runner: 'portable' });
  await worker.logged('ready');
  await vi.waitFor(() => expect(client.workers()).toHaveLength(1), { timeout: 10_000 });
  worker.kill('SIGWINCH');
  const asker = new AbortController();
  // The thread may answer until the signal has reached it.
  const generateUntilBroken = async () => {
    for (;;) for await (const _ of client.generate(requestOf(), { signal: asker.signal }));
  };
  const asking = generateUntilBroken().catch((error: unknown) => error);
  expect(await worker.exitCode()).toBe(2);
  // How the client learns of it depends on how fast the worker ended.
  asker.abort();
  expect(await asking).toMatchObject({
    code: expect.stringMatching(/^RPC_(GENERATION_FAILED|WORKER_LOST|CANCELLED)$/),
  });
  expect(worker.lines.at(-1)).toMatchObject({ level: 60, event: 'failed', code: 'WORKER_RUN_FAILED' });
});

test('ends with code 2 on an unexpected failure, without its text', async () => {
  await using run = await makeRunDirectoryWithTiny();
  await using worker = startWorker(run, { ...breakable, DRYDOCK_ENGINES: deadEngine });
  await worker.logged('loaded');
  worker.kill('SIGUSR2');
  expect(await worker.exitCode()).toBe(2);
  expect(worker.lines.at(-1)).toMatchObject({ level: 60, event: 'failed', reason: 'RangeError' });
  expect(worker.stderr).not.toContain('secret');
});

test('waits for an engine without saying that it serves, and exits 0 on SIGTERM', async () => {
  await using run = await makeRunDirectoryWithTiny();
  await using worker = startWorker(run, { DRYDOCK_ENGINES: deadEngine });
  await worker.logged('loaded');
  worker.kill('SIGTERM');
  expect(await worker.exitCode()).toBe(0);
  expect(worker.lines.map(({ event }) => event)).not.toContain('ready');
  expect(worker.lines.map(({ event }) => event)).toContain('stopping');
});

test.each<[string, Readonly<Record<string, string>>, string, RegExp]>([
  ['a wrong environment', { DRYDOCK_SLOTS: 'many' }, 'WORKER_CONFIG_INVALID', /DRYDOCK_SLOTS/],
  ['engines that are none', { DRYDOCK_ENGINES: 'x' }, 'RPC_CONFIG_INVALID', /DRYDOCK_ENGINES/],
  ['a model that is cut short', {}, 'WORKER_MODEL_FILE_INVALID', /model\.gguf/],
])('ends at once with one line and code 2 for %s', async (_, changes, code, message) => {
  await using run = await makeRunDirectoryWithTiny();
  await truncate(join(run.path, 'model/model.gguf'), 200_000);
  await using worker = startWorker(run, { DRYDOCK_ENGINES: deadEngine, ...changes });
  expect(await worker.exitCode()).toBe(2);
  expect(worker.lines).toMatchObject([
    { level: 60, event: 'failed', code, msg: expect.stringMatching(message) },
  ]);
  expect(worker.stdout).toBe('');
});
