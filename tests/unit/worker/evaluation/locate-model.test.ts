/** What a person calls a model, and what is found and written. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { evaluateIds } from '../../../../src/worker/evaluation/evaluate-ids.ts';
import { locateModel } from '../../../../src/worker/evaluation/runtime/locate-model.ts';
import { openRunner } from '../../../../src/worker/runtime/open-runner.ts';
import { writeExport } from '../onnx-export/write-export.ts';
import { fixtureFile, named, references } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';

function settings() {
  const cache = scratchDir();
  vi.stubEnv('XDG_CACHE_HOME', cache);
  const notes: string[] = [];
  const options = {
    ...({ weights: 'auto', onProgress: () => undefined, signal: new AbortController().signal } as const),
    onNote: (note: string) => notes.push(note),
  };
  return { cache: join(cache, 'drydock'), notes, options };
}

test('evaluates a directory that has no tokenizer, for ids need none', async () => {
  const { cache, options } = settings();
  const { modelFile, graphDir } = await locateModel(fixtureFile('kv2'), options);
  const variant = named(references.variants, 'kv2');
  const { ids } = named(references.sequences, variant.sequence);
  await using runner = await openRunner({ modelFile, graphDir, kind: 'portable', contextTokensMax: 64 });
  const { rows } = await evaluateIds(runner, ids);
  expect(rows.map(({ argmax }) => argmax)).toEqual(variant.argmax);
  expect(readdirSync(cache)).toEqual(['graphs']);
});

test('evaluates an ONNX export, and builds nothing', async () => {
  const { cache, options } = settings();
  const located = await locateModel(writeExport(), options);
  const { ids, argmax } = named(references.sequences, 's40');
  await using runner = await openRunner({ ...located, kind: 'portable' });
  const { rows } = await evaluateIds(runner, ids);
  expect(rows.map((row) => row.argmax)).toEqual(argmax);
  expect(existsSync(cache)).toBe(false);
  await expect(locateModel(writeExport(), { ...options, weights: 'float' })).rejects.toMatchObject({
    code: 'WORKER_CONFIG_INVALID',
  });
});

test('leaves what workers serve as it is', async () => {
  const { cache, options } = settings();
  const { modelFile } = await locateModel('tiny', { ...options, weights: '4-bit' });
  expect(modelFile).toBe(join(cache, 'models/tiny/tiny-gemma3.gguf'));
  expect(readdirSync(join(cache, 'models/tiny'))).toEqual(['tiny-gemma3.gguf']);
});

test('names the terms of a model that it brings, once', async () => {
  const { notes, options } = settings();
  await locateModel('tiny', options);
  await locateModel('tiny', options);
  expect(notes).toEqual([
    'tiny is under the Apache License 2.0: https://www.apache.org/licenses/LICENSE-2.0',
  ]);
});

test('refuses a word that is neither a name nor a path', async () => {
  await expect(locateModel('nothing', settings().options)).rejects.toMatchObject({
    code: 'WORKER_MODEL_UNKNOWN',
  });
});

test.each([
  ['a file', fixtureFile('model.gguf')],
  ['a model of the manifest', 'tiny'],
])('stops on abort, for %s', async (_, word) => {
  const { options } = settings();
  const stopped = locateModel(word, { ...options, signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
});
