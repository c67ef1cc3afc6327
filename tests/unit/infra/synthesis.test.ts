import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { environments } from '../../../infra/environments/index.ts';
import { checkSynthesis } from '../../../infra/synth-files-runtime.ts';
import { synthesize } from '../../../infra/synthesize.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const committedPath = (name: string) => join(root, 'infra/synth', name, 'main.tf.json');

test.each(environments)(
  'synthesizes $name to the same bytes twice, which are the committed ones',
  (environment) => {
    const text = synthesize(environment);
    expect(synthesize(environment)).toBe(text);
    expect(readFileSync(committedPath(environment.name), 'utf8')).toBe(text);
  },
);

test.each(environments)('names no time, version of a tool or path of a machine in $name', (environment) => {
  const text = synthesize(environment);
  expect(text).not.toMatch(/"\/\/"|cdktn|cdktf|uniqueId|stackName/);
  expect(text).not.toMatch(/\d{4}-\d\d-\d\dT/);
  expect(text).not.toContain(root);
});

test('sorts every object by key', () => {
  const unsorted: string[] = [];
  JSON.parse(readFileSync(committedPath('dev'), 'utf8'), (key, value) => {
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      const keys = Object.keys(value);
      if (keys.join() !== keys.toSorted().join()) unsorted.push(key);
    }
    return value;
  });
  expect(unsorted).toEqual([]);
});

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-synth-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function runMain(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'infra/main.ts'), ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, stdout, lines: stderr.trimEnd().split('\n') };
}

test('writes the committed bytes from the command line, accepts them, and refuses others with one line and exit 1', () => {
  const folder = scratchFolder();
  expect(runMain('--out', folder)).toMatchObject({ status: 0, lines: [''] });
  expect(readFileSync(join(folder, 'dev/main.tf.json'))).toEqual(readFileSync(committedPath('dev')));
  expect(runMain('--check', '--out', folder)).toEqual({ status: 0, stdout: '', lines: [''] });
  appendFileSync(join(folder, 'dev/main.tf.json'), '\n');
  const { status, lines } = runMain('--check', '--out', folder);
  expect({ status, lines }).toEqual({ status: 1, lines: [expect.stringMatching(/^could not accept /)] });
});

const staleFolders = [
  [
    'missing',
    (folder: string) => rmSync(join(folder, 'dev/main.tf.json')),
    'dev/main.tf.json: it is missing',
  ],
  [
    'longer',
    (folder: string) => appendFileSync(join(folder, 'dev/main.tf.json'), '\n'),
    /dev\/main\.tf\.json: line \d+ is not what the code says; run `npm run synth`/,
  ],
  [
    'cut short',
    (folder: string) => writeFileSync(join(folder, 'dev/main.tf.json'), '{\n  "data": {'),
    'dev/main.tf.json: line 2 is not',
  ],
  [
    'of no environment',
    (folder: string) => mkdirSync(join(folder, 'gone')),
    'gone: no environment has this name',
  ],
] as const;

function thrown(check: () => void): unknown {
  try {
    check();
  } catch (error) {
    return error;
  }
  return undefined;
}

test.each(staleFolders)('refuses a file that is %s', (_, spoil, reason) => {
  const folder = scratchFolder();
  cpSync(join(root, 'infra/synth'), folder, { recursive: true });
  spoil(folder);
  const line = expect.stringMatching(/^could not accept [^\n]+$/);
  const told = thrown(() => checkSynthesis(environments, folder));
  expect(told).toMatchObject({ code: 'INFRA_SYNTH_STALE', message: line });
  expect(told).toMatchObject({ message: expect.stringMatching(reason) });
});

test('exits 2 where the arguments are not understood, and writes nothing', () => {
  const { status, stdout, lines } = runMain('--chekc');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(lines).toEqual([expect.stringMatching(/^could not read the arguments: --chekc is not /)]);
});
