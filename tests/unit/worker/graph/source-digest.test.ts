/** Which files are the same model: a digest of a file or of a directory. */

import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOfModel, knownDigest } from '../../../../src/worker/graph/source-digest-runtime.ts';
import { modelDirectory } from '../hugging-face/model-directory.ts';
import { fixtureFile } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const digest = (path: string, cacheDir = scratchDir()) => digestOfModel(path, { cacheDir });

/** The same files, made in another order and under another path. */
function copied(directory: string): string {
  const copy = scratchDir();
  for (const name of readdirSync(directory).sort().reverse())
    copyFileSync(join(directory, name), join(copy, name));
  return copy;
}

test('of a file it is the SHA-256', async () => {
  const file = fixtureFile('model.gguf');
  expect(await digest(file)).toBe(sha256(readFileSync(file)));
});

test('of a directory it does not depend on path, order of making, or files that do not count', async () => {
  const directory = modelDirectory({ shards: 3 });
  const copy = copied(directory);
  writeFileSync(join(copy, 'README.md'), 'not read');
  mkdirSync(join(copy, '.cache'));
  expect(await digest(copy)).toBe(await digest(directory));
  expect(await digest(directory)).toMatch(/^[0-9a-f]{64}$/);
});

test.each<[string, (directory: string) => void]>([
  ['the weights', (directory) => flipLast(join(directory, 'model.safetensors'))],
  ['the config', (directory) => flipLast(join(directory, 'config.json'))],
  ['the tokenizer', (directory) => flipLast(join(directory, 'tokenizer.json'))],
  ['a file more that counts', (directory) => writeFileSync(join(directory, 'chat_template.jinja'), '')],
  ['a file less', (directory) => rmSync(join(directory, 'tokenizer_config.json'))],
  [
    'two files that changed names',
    (directory) => {
      renameSync(join(directory, 'tokenizer.json'), join(directory, 'x'));
      renameSync(join(directory, 'tokenizer_config.json'), join(directory, 'tokenizer.json'));
      renameSync(join(directory, 'x'), join(directory, 'tokenizer_config.json'));
    },
  ],
])('of a directory it changes with %s, also for whoever knew it', async (_, change) => {
  const directory = modelDirectory();
  const cacheDir = scratchDir();
  const before = await digest(directory, cacheDir);
  expect(await knownDigest(directory, { cacheDir })).toBe(before);
  change(directory);
  expect(await knownDigest(directory, { cacheDir })).toBeUndefined();
  expect(await digest(directory, cacheDir)).not.toBe(before);
});

test('tells how far it is, and nothing when it knows', async () => {
  const directory = modelDirectory();
  const cacheDir = scratchDir();
  const told: [number, number][] = [];
  const onProgress = (done: number, total: number) => told.push([done, total]);
  await digestOfModel(directory, { cacheDir, onProgress });
  expect(told.length).toBeGreaterThan(3);
  expect(told.at(-1)?.[0]).toBe(told.at(-1)?.[1]);
  told.length = 0;
  await digestOfModel(directory, { cacheDir, onProgress });
  expect(told).toEqual([]);
});

test('a damaged note is none', async () => {
  const cacheDir = scratchDir();
  const file = fixtureFile('model.gguf');
  await digest(file, cacheDir);
  const [note = ''] = readdirSync(join(cacheDir, 'sources'));
  for (const text of ['', '{', '{"files":{},"sha256":"x"}', '[]']) {
    writeFileSync(join(cacheDir, 'sources', note), text);
    expect(await knownDigest(file, { cacheDir })).toBeUndefined();
  }
});

test('refuses a directory that is no model', async () => {
  await expect(digest(scratchDir())).rejects.toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
});

function flipLast(file: string): void {
  const bytes = readFileSync(file);
  const at = bytes.length - 1;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(file, bytes);
}
