import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readWorkerConfig } from '../../../../src/worker/config.ts';
import { makeRunDirectory } from './run-directory.ts';

const modelJson = (changes: Readonly<Record<string, unknown>>) => ({
  'model/model.json': JSON.stringify({ name: 'tiny', file: 'model.gguf', ...changes }),
});

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
    slots: 3,
    threads: 1,
    contextTokensMax: 4096,
    cacheDir: join(run.path, 'cache'),
    model: { name: 'tiny', file: join(run.path, 'model/model.gguf'), chatStyle: 'gemma' },
  });
});

test('takes a checked hash, and leaves the style to the file where model.json is silent', async () => {
  const sha256 = 'ab'.repeat(32);
  await using run = await makeRunDirectory(modelJson({ sha256, more: 'is ignored' }));
  expect(readWorkerConfig(run.environment).model).toEqual({
    name: 'tiny',
    file: join(run.path, 'model/model.gguf'),
    sha256,
  });
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
    /could not read DRYDOCK_ENGINES: "nowhere" is not <availability zone>=<address>/,
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
  ['an unknown style', modelJson({ chatStyle: 'jinja' }), /model\.json: chatStyle: /],
  ['a hash that is none', modelJson({ sha256: 'abc' }), /sha256: is not a SHA-256 in hexadecimal/],
])('refuses a run directory with %s and names the file', async (_, files, message) => {
  await using run = await makeRunDirectory(files);
  const read = () => readWorkerConfig(run.environment);
  expect(read).toThrow(message);
  expect(read).toThrow(expect.objectContaining({ code: 'WORKER_CONFIG_INVALID' }));
});
