import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readWorkerConfig } from '../../../../src/worker/config.ts';
import { makeRunDirectory, type RunDirectory } from './run-directory.ts';

const modelJson = (changes: Readonly<Record<string, unknown>>) => ({
  'model/model.json': JSON.stringify({ name: 'tiny', file: 'model.gguf', ...changes }),
});

const readModels = ({ environment }: RunDirectory) => readWorkerConfig(environment).models;

test('reads environment and run directory', async () => {
  await using run = await makeRunDirectory();
  expect(readWorkerConfig(run.environment)).toEqual({
    environment: 'dev',
    workerId: 'worker-0',
    availabilityZone: 'eu-west-1a',
    engines: [
      { availabilityZone: 'eu-west-1a', host: '127.0.0.1', port: 49134 },
      { availabilityZone: 'eu-west-1b', host: '127.0.0.2', port: 4000 },
    ],
    runDirectory: run.path,
    hasCredential: false,
    slots: 3,
    threads: 1,
    contextTokensMax: 4096,
    cacheDir: join(run.path, 'cache'),
    runner: 'native',
    executionProvider: 'cpu',
    spins: false,
    drainMs: 25_000,
    prefixCacheBytes: 256 * 2 ** 20,
    modelBytesMax: undefined,
    models: [
      {
        kind: 'local',
        name: 'tiny',
        file: join(run.path, 'model/model.gguf'),
        chatStyle: 'gemma',
        isPinned: false,
      },
    ],
  });
});

test.each([
  ['DRYDOCK_RUNNER', 'portable', { runner: 'portable' }],
  ['DRYDOCK_EXECUTION_PROVIDER', 'cuda', { executionProvider: 'cuda' }],
  ['DRYDOCK_DRAIN_MS', '0', { drainMs: 0 }],
  ['DRYDOCK_DRAIN_MS', '3600000', { drainMs: 3_600_000 }],
  ['DRYDOCK_PREFIX_CACHE_MIB', '0', { prefixCacheBytes: 0 }],
  ['DRYDOCK_PREFIX_CACHE_MIB', '3', { prefixCacheBytes: 3 * 2 ** 20 }],
  ['DRYDOCK_MODEL_MIB_MAX', '1000', { modelBytesMax: 1000 * 2 ** 20 }],
])('takes %s=%s', async (key, value, read) => {
  await using run = await makeRunDirectory();
  expect(readWorkerConfig({ ...run.environment, [key]: value })).toMatchObject(read);
});

test('takes a checked hash, and leaves the rest to the file where model.json is silent', async () => {
  const sha256 = 'ab'.repeat(32);
  await using run = await makeRunDirectory(modelJson({ sha256, more: 'is ignored' }));
  expect(readModels(run)).toEqual([
    { kind: 'local', name: 'tiny', file: join(run.path, 'model/model.gguf'), sha256, isPinned: false },
  ]);
});

test('takes what model.json says of weights, head and pinning', async () => {
  const fields = { weights: 'float', head: '4-bit' };
  await using run = await makeRunDirectory(modelJson({ ...fields, pinned: true }));
  expect(readModels(run)).toMatchObject([{ ...fields, isPinned: true }]);
});

test('takes a directory in place of a file', async () => {
  await using run = await makeRunDirectory(modelJson({ file: 'gemma-3-1b-it' }));
  expect(readModels(run)).toMatchObject([{ file: join(run.path, 'model/gemma-3-1b-it') }]);
});

test('takes a graph of an export in a directory', async () => {
  await using run = await makeRunDirectory(modelJson({ file: 'model', export: 'onnx/model_q4.onnx' }));
  expect(readModels(run)).toMatchObject([{ file: join(run.path, 'model/model/onnx/model_q4.onnx') }]);
});

test('takes a server on this host for a model, with its key beside model.json', async () => {
  const server = { engine: 'openai', baseUrl: 'http://127.0.0.1:8000', apiKeyFile: 'key', slots: 5 };
  await using run = await makeRunDirectory(modelJson({ ...server, file: undefined }));
  expect(readModels(run)).toMatchObject([
    { kind: 'upstream', upstream: { name: 'tiny', apiKeyFile: join(run.path, 'model/key'), slots: 5 } },
  ]);
});

test('reads several models, each from a directory of its own, in the order of their names', async () => {
  await using run = await makeRunDirectory({
    'model/model.json': undefined,
    'model/b/model.json': JSON.stringify({ name: 'second', file: 'model.gguf', pinned: true }),
    'model/a/model.json': JSON.stringify({ name: 'first', file: 'weights' }),
    'model/c/model.json': JSON.stringify({ name: 'third', engine: 'openai', baseUrl: 'http://[::1]:1' }),
    'model/lost+found/nothing': '',
    'model/notes.txt': '',
  });
  expect(readModels(run)).toMatchObject([
    { name: 'first', file: join(run.path, 'model/a/weights'), isPinned: false },
    { name: 'second', file: join(run.path, 'model/b/model.gguf'), isPinned: true },
    { kind: 'upstream', upstream: { name: 'third' } },
  ]);
});

test('reads no other model where the directory itself is one', async () => {
  await using run = await makeRunDirectory({ 'model/other/model.json': '{' });
  expect(readModels(run)).toMatchObject([{ name: 'tiny' }]);
});

test.each([
  [
    'DRYDOCK_ENVIRONMENT',
    undefined,
    /could not read the worker's environment: DRYDOCK_ENVIRONMENT: .*; correct it/,
  ],
  ['DRYDOCK_ENGINES', undefined, /DRYDOCK_ENGINES/],
  [
    'DRYDOCK_ENGINES',
    'nowhere',
    /could not read DRYDOCK_ENGINES: "nowhere" is not <availability zone>=\[wss:\/\/\]<address>/,
  ],
  ['DRYDOCK_MODEL', 'file:///etc/passwd', /DRYDOCK_MODEL: is not s3:\/\/<bucket>\/<prefix>\//],
  ['DRYDOCK_SLOTS', '0', /DRYDOCK_SLOTS/],
  ['DRYDOCK_SLOTS', 'many', /DRYDOCK_SLOTS/],
  ['DRYDOCK_SLOTS', '', /DRYDOCK_SLOTS: is not a whole number from 1 to 1024/],
  ['DRYDOCK_SLOTS', ' 4 ', /DRYDOCK_SLOTS/],
  ['DRYDOCK_THREADS', '1.5', /DRYDOCK_THREADS/],
  ['DRYDOCK_THREADS', ' 4 ', /DRYDOCK_THREADS/],
  ['DRYDOCK_CONTEXT_TOKENS', ' 4 ', /DRYDOCK_CONTEXT_TOKENS/],
  ['DRYDOCK_CONTEXT_TOKENS', undefined, /DRYDOCK_CONTEXT_TOKENS/],
  ['DRYDOCK_RUNNER', 'fast', /DRYDOCK_RUNNER: .*; correct it/],
  ['DRYDOCK_EXECUTION_PROVIDER', 'metal', /DRYDOCK_EXECUTION_PROVIDER: .*; correct it/],
  ['DRYDOCK_PREFIX_CACHE_MIB', '-1', /DRYDOCK_PREFIX_CACHE_MIB: is not a whole number from 0 to 1048576/],
  ['DRYDOCK_PREFIX_CACHE_MIB', '', /DRYDOCK_PREFIX_CACHE_MIB/],
  ['DRYDOCK_MODEL_MIB_MAX', '0', /DRYDOCK_MODEL_MIB_MAX: is not a whole number from 1 to 16777216/],
])('refuses %s=%s and names it', async (key, value, message) => {
  await using run = await makeRunDirectory();
  const read = () => readWorkerConfig({ ...run.environment, [key]: value });
  expect(read).toThrow(message);
  expect(read).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^(WORKER|RPC)_CONFIG_INVALID$/) }),
  );
});

test.each<[string, Readonly<Record<string, string | undefined>>, RegExp]>([
  ['no node-id', { 'node-id': undefined }, /node-id: it is not there or not readable; set DRYDOCK_RUN_DIR/],
  ['a node-id that no function id can hold', { 'node-id': 'worker::0' }, /node-id: .*launch-contract/],
  ['an empty availability zone', { 'availability-zone': '\n' }, /availability-zone: .*launch-contract/],
  ['no model.json', { 'model/model.json': undefined }, /model\.json: it is not there or not readable/],
  ['a model.json that is no JSON', { 'model/model.json': '{' }, /model\.json: it is not JSON/],
  ['a model without a name', modelJson({ name: '' }), /model\.json: name: /],
  [
    'a file outside the directory',
    modelJson({ file: '../secret' }),
    /model\.json: file: is not the name of a file/,
  ],
  ['an absolute file', modelJson({ file: '/etc/passwd' }), /file: is not the name of a file/],
  ['the directory itself', modelJson({ file: '..' }), /file: is not the name of a file/],
  [
    'an export elsewhere',
    modelJson({ export: 'onnx/../../x.onnx' }),
    /export: is not the name of an ONNX file/,
  ],
  ['an unknown style', modelJson({ chatStyle: 'jinja' }), /model\.json: chatStyle: /],
  ['weights that there are not', modelJson({ weights: '3-bit' }), /model\.json: weights: /],
  ['a head that there is not', modelJson({ head: '2-bit' }), /model\.json: head: /],
  ['a pin that is neither true nor false', modelJson({ pinned: 'yes' }), /model\.json: pinned: /],
  ['an engine that there is not', modelJson({ engine: 'vllm' }), /model\.json: engine: .*docs\/upstream/],
  [
    'a server on another host',
    modelJson({ engine: 'openai', baseUrl: 'http://10.0.0.9:8000' }),
    /baseUrl|127\.0\.0/,
  ],
  [
    'several models, one of which is none',
    {
      'model/model.json': undefined,
      'model/a/model.json': JSON.stringify({ name: 'first', file: 'model.gguf' }),
      'model/b/model.json': '[]',
    },
    /b\/model\.json: /,
  ],
  [
    'no model directory',
    { 'model/model.json': undefined, 'model/a/other': '' },
    /model\/model\.json: it is not there/,
  ],
  ['a hash that is none', modelJson({ sha256: 'abc' }), /sha256: is not a SHA-256 in hexadecimal/],
])('refuses a run directory with %s and names the file', async (_, files, message) => {
  await using run = await makeRunDirectory(files);
  const read = () => readWorkerConfig(run.environment);
  expect(read).toThrow(message);
  expect(read).toThrow(expect.objectContaining({ code: 'WORKER_CONFIG_INVALID' }));
});
