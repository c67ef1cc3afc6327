/** From a word to a model that a worker can serve, with the tiny fixture as the model. */

import {
  appendFileSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readWorkerConfig } from '../../../../src/worker/config.ts';
import type { Manifest } from '../../../../src/worker/model-files/manifest.ts';
import {
  type PreparedModel,
  type PrepareModelOptions,
  prepareModel,
} from '../../../../src/worker/model-files/runtime/prepare-model.ts';
import { openModelSource } from '../../../../src/worker/model-source.ts';
import { modelDirectory } from '../hugging-face/model-directory.ts';
import { makeRunDirectory } from '../main/run-directory.ts';
import { writeExport } from '../onnx-export/write-export.ts';
import { scratchDir } from '../scratch-dir.ts';
import { entry, filesBelow, licence, rejection, sha256, workshop } from './workshop.ts';

const fixture = fileURLToPath(new URL('../../../fixtures/tiny-gemma3/model.gguf', import.meta.url));
const bytes = readFileSync(fixture);
const source = { kind: 'file', path: 'model.gguf' } as const;
const small = { ...entry('small', bytes, [source]), random: true, chatStyle: 'turns' } as const;
const manifest: Manifest = { default: ['small'], models: [small] };

function shop(overrides: Partial<PrepareModelOptions> = {}) {
  const made = { ...workshop(), manifest, ...overrides };
  copyFileSync(fixture, join(made.repositoryDir, 'model.gguf'));
  return made;
}

/** Some other file of the same weights. */
function variant(name: string): string {
  const file = join(scratchDir(), name);
  copyFileSync(fixture, file);
  appendFileSync(file, Buffer.alloc(32));
  return file;
}

/** What a worker reads of a model folder, through its own reader. */
async function readWorkerConfigOf({ directory }: PreparedModel) {
  await using run = await makeRunDirectory();
  rmSync(join(run.path, 'model'), { recursive: true });
  symlinkSync(directory, join(run.path, 'model'));
  const [model] = readWorkerConfig(run.environment).models;
  if (model?.kind !== 'local') throw new Error('the folder has no model of our own');
  const { kind: _kind, isPinned: _isPinned, ...seen } = model;
  return { ...seen, file: realpathSync(model.file) };
}

async function asSeenByWorker(prepared: PreparedModel) {
  const model = await readWorkerConfigOf(prepared);
  return { ...model, content: sha256(readFileSync(model.file)) };
}

test('brings a model of the manifest to where a worker can serve it', async () => {
  const options = shop();
  const prepared = await prepareModel({ kind: 'default' }, options);
  const { cacheDir } = options;
  expect(prepared).toEqual({
    name: 'small',
    file: join(cacheDir, 'models/small/small.gguf'),
    sha256: small.sha256,
    chatStyle: 'turns',
    licence,
    random: true,
    directory: join(cacheDir, 'models/small'),
    graphCacheDirectory: join(cacheDir, 'graphs'),
    graphDir: expect.stringMatching(new RegExp(`^${cacheDir}/graphs/graph-`)),
    weights: expect.arrayContaining([{ kind: 'ffn_up', type: 'F32', tensors: 6, form: 'float32' }]),
  });
  expect(readdirSync(prepared.directory).sort()).toEqual(['model.json', 'small.gguf']);
  expect(existsSync(join(prepared.graphDir, 'model.onnx'))).toBe(true);
  expect(await asSeenByWorker(prepared)).toMatchObject({
    name: 'small',
    chatStyle: 'turns',
    sha256: small.sha256,
    content: small.sha256,
  });
  expect(options.steps.map(({ step }) => step)).toEqual(expect.arrayContaining(['verify', 'build']));
});

test('says the licence once, and each time that answers are noise or that there is no chat template', async () => {
  const options = shop();
  const always = [
    'small has random weights: its answers are noise',
    'small has no chat template: it is asked in turns of User: and Assistant:',
  ];
  await prepareModel({ kind: 'name', name: 'small' }, options);
  expect(options.notes).toEqual(['small is under the Some Terms: https://terms.test/', ...always]);
  options.notes.length = 0;
  await prepareModel({ kind: 'name', name: 'small' }, options);
  expect(options.notes).toEqual(always);
});

test('does nothing twice', async () => {
  const options = shop();
  const prepared = await prepareModel({ kind: 'default' }, options);
  options.steps.length = 0;
  expect(await prepareModel({ kind: 'default' }, options)).toEqual(prepared);
  expect(options.steps).toEqual([]);
});

test.each([
  ['lacks a file', (dir: string) => rmSync(join(dir, 'weights.bin'))],
  ['has a truncated file', (dir: string) => truncateSync(join(dir, 'weights.bin'), 1000)],
  ['is gone', (dir: string) => rmSync(dir, { recursive: true })],
  ['is without its manifest', (dir: string) => rmSync(dir.replace(/-[0-9a-f]{16}$/, '.json'))],
])('builds a graph again that %s', async (_, damage) => {
  const options = shop();
  const before = await prepareModel({ kind: 'default' }, options);
  const weights = readFileSync(join(before.graphDir, 'weights.bin'));
  damage(before.graphDir);
  options.steps.length = 0;
  const after = await prepareModel({ kind: 'default' }, options);
  expect(options.steps.map(({ step }) => step)).toContain('build');
  expect(readFileSync(join(after.graphDir, 'weights.bin')).equals(weights)).toBe(true);
});

test('a scheme of weights has a graph of its own, and the worker is told which', async () => {
  const options = shop();
  const plain = await prepareModel({ kind: 'default' }, options);
  expect(plain.weights).toContainEqual({ kind: 'attn_q', type: 'F32', tensors: 6, form: 'float32' });
  const described = () => JSON.parse(readFileSync(join(plain.directory, 'model.json'), 'utf8'));
  expect(described()).not.toHaveProperty('weights');
  const small8 = await prepareModel({ kind: 'default' }, { ...options, weights: '8-bit' });
  expect(small8.graphDir).not.toBe(plain.graphDir);
  expect(small8.weights).toContainEqual({
    ...{ kind: 'attn_q', type: 'F32', tensors: 6 },
    form: 'quantised to 8 bits, blocks of 32, smoothed',
  });
  expect(described()).toMatchObject({ weights: '8-bit' });
  options.steps.length = 0;
  expect(await prepareModel({ kind: 'default' }, { ...options, weights: '8-bit' })).toEqual(small8);
  expect(await prepareModel({ kind: 'default' }, options)).toEqual(plain);
  expect(options.steps).toEqual([]);
  expect(described()).not.toHaveProperty('weights');
});

test('serves a directory that somebody brought, as Hugging Face lays it out', async () => {
  const options = shop();
  const lies = modelDirectory();
  const prepared = await prepareModel({ kind: 'file', path: lies }, options);
  expect(prepared).toMatchObject({ file: lies, chatStyle: 'gemma', licence: undefined, random: false });
  expect(prepared.directory).toBe(join(options.cacheDir, `models/file-${prepared.sha256.slice(0, 16)}`));
  expect(readdirSync(prepared.directory).sort()).toEqual(['model', 'model.json']);
  expect(readlinkSync(join(prepared.directory, 'model'))).toBe(lies);
  const seen = readWorkerConfigOf(prepared);
  expect((await seen).sha256).toBe(prepared.sha256);
  await using source = await openModelSource((await seen).file);
  expect(source.kind).toBe('hugging-face');
  options.steps.length = 0;
  expect(await prepareModel({ kind: 'file', path: lies }, options)).toEqual(prepared);
  expect(options.steps).toEqual([]);
});

test('a directory whose weights changed is another model', async () => {
  const options = shop();
  const lies = modelDirectory();
  const before = await prepareModel({ kind: 'file', path: lies }, options);
  const weights = join(lies, 'model.safetensors');
  const changed = readFileSync(weights);
  changed.writeUInt8(changed.readUInt8(changed.length - 4) ^ 1, changed.length - 4);
  writeFileSync(weights, changed);
  const after = await prepareModel({ kind: 'file', path: lies }, options);
  expect(after.sha256).not.toBe(before.sha256);
  expect(after.graphDir).not.toBe(before.graphDir);
});

test.each([
  ['a directory with an ONNX export', '', ''],
  ['one graph of such a directory', 'onnx/model_q4.onnx', '-model_q4'],
])('serves %s, and builds nothing', async (_, named, suffix) => {
  const options = shop();
  const lies = writeExport({}, named === '' ? 'model.onnx' : 'model_q4.onnx');
  const graph = join(lies, named || 'onnx/model.onnx');
  const prepared = await prepareModel({ kind: 'file', path: join(lies, named) }, options);
  expect(prepared).toMatchObject({ graphDir: lies, chatStyle: 'gemma' });
  expect(prepared.name).toBe(`${basename(lies)}${suffix}`);
  expect(prepared.weights).toEqual([
    { kind: basename(graph), type: 'ONNX', tensors: 1, form: 'as exported' },
  ]);
  expect(options.notes).toEqual([
    `${graph} runs as it is, one answer after the other: a GGUF file of the model is faster`,
  ]);
  expect(await readWorkerConfigOf(prepared)).toMatchObject({ file: graph, sha256: prepared.sha256 });
  await expect(
    prepareModel({ kind: 'file', path: lies }, { ...options, weights: '8-bit' }),
  ).rejects.toMatchObject({ code: 'WORKER_CONFIG_INVALID' });
});

test('serves a file that somebody brought from where it lies', async () => {
  const options = shop();
  const file = variant('My Gemma (v2).gguf');
  const hash = sha256(readFileSync(file));
  const prepared = await prepareModel({ kind: 'file', path: file }, options);
  expect(prepared).toMatchObject({
    name: 'My-Gemma-v2-',
    file,
    sha256: hash,
    chatStyle: 'gemma',
    licence: undefined,
    random: false,
    directory: join(options.cacheDir, `models/file-${hash.slice(0, 16)}`),
  });
  expect(readdirSync(prepared.directory).sort()).toEqual(['My-Gemma-v2-.gguf', 'model.json']);
  expect(readlinkSync(join(prepared.directory, 'My-Gemma-v2-.gguf'))).toBe(file);
  expect(await asSeenByWorker(prepared)).toMatchObject({ name: 'My-Gemma-v2-', sha256: hash, content: hash });
  expect(options.notes).toEqual([]);
  options.steps.length = 0;
  expect(await prepareModel({ kind: 'file', path: file }, options)).toEqual(prepared);
  expect(options.steps).toEqual([]);
});

test('takes the word of the last run for how a brought file wants to be asked', async () => {
  const options = shop();
  const file = variant('a.gguf');
  const { sha256: digest } = await prepareModel({ kind: 'file', path: file }, options);
  const note = join(options.cacheDir, `models/.work/brought/${digest.slice(0, 32)}.json`);
  writeFileSync(note, JSON.stringify({ sha256: digest, chatStyle: 'turns' }));
  expect((await prepareModel({ kind: 'file', path: file }, options)).chatStyle).toBe('turns');
  writeFileSync(note, 'damaged');
  expect((await prepareModel({ kind: 'file', path: file }, options)).chatStyle).toBe('gemma');
});

test('follows a brought file that has moved', async () => {
  const options = shop();
  const [here, there] = [variant('a.gguf'), variant('a.gguf')];
  await prepareModel({ kind: 'file', path: here }, options);
  const { directory } = await prepareModel({ kind: 'file', path: there }, options);
  const link = join(directory, 'a.gguf');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readlinkSync(link)).toBe(there);
});

test('knows the bytes of a model of the manifest wherever they lie', async () => {
  const file = join(scratchDir(), 'downloaded.gguf');
  copyFileSync(fixture, file);
  const prepared = await prepareModel({ kind: 'file', path: file }, shop());
  expect(prepared).toMatchObject({ name: 'small', licence, random: true, chatStyle: 'turns', file });
});

test('a brought file does not pass for a model of the manifest that it is not', async () => {
  const file = variant('Small.gguf');
  const prepared = await prepareModel({ kind: 'file', path: file }, shop());
  expect(prepared.name).toBe(`Small-${sha256(readFileSync(file)).slice(0, 8)}`);
});

test.each([
  ['is cut off', bytes.subarray(0, 200_000)],
  ['is no GGUF', Buffer.from('<html>not found</html>')],
  ['is empty', Buffer.alloc(0)],
])('refuses a brought file that %s in the words of its reader, and leaves nothing', async (_, content) => {
  const options = shop();
  const file = join(scratchDir(), 'bad.gguf');
  writeFileSync(file, content);
  const error = await rejection(prepareModel({ kind: 'file', path: file }, options));
  expect(error).toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
  expect(error.message).toContain(`could not read model file ${file}: `);
  expect(existsSync(options.cacheDir) ? filesBelow(options.cacheDir) : []).toEqual([]);
});

test('says that the cache cannot be used, and what to do', async () => {
  const blocked = join(scratchDir(), 'drydock');
  writeFileSync(blocked, 'a file where the cache should be');
  const error = await rejection(prepareModel({ kind: 'default' }, shop({ cacheDir: blocked })));
  expect(error).toMatchObject({ code: 'WORKER_MODEL_UNAVAILABLE' });
  expect(error.message).toMatch(
    /^could not use the model cache .*: ENOTDIR: .*; make room or permission there, or set XDG_CACHE_HOME$/,
  );
});

test('an abort is told as one', async () => {
  const options = shop({ signal: AbortSignal.abort() });
  const error = await rejection(prepareModel({ kind: 'default' }, options));
  expect(error).toMatchObject({ code: 'WORKER_CANCELLED' });
  expect(existsSync(options.cacheDir)).toBe(false);
});

test('two at once end alike', async () => {
  const options = shop();
  mkdirSync(options.cacheDir);
  const both = await Promise.all([
    prepareModel({ kind: 'default' }, options),
    prepareModel({ kind: 'default' }, options),
  ]);
  expect(both[0]).toEqual(both[1]);
  expect(existsSync(join(both[0].graphDir, 'weights.bin'))).toBe(true);
});
