/** Which graph of a directory is taken, which files belong to it, and what is no export. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { digestOfModel } from '../../../../src/worker/graph/source-digest-runtime.ts';
import { openModelSource } from '../../../../src/worker/model-source.ts';
import { findExport } from '../../../../src/worker/onnx-export/export-files-runtime.ts';
import { scratchDir } from '../scratch-dir.ts';
import { writeExport } from './write-export.ts';

function directoryOf(files: readonly string[]): string {
  const directory = scratchDir();
  mkdirSync(join(directory, 'onnx'));
  for (const file of files) writeFileSync(join(directory, file), '');
  return directory;
}

it.each([
  ['the full one of several', ['onnx/model_q4.onnx', 'onnx/model.onnx'], 'onnx/model.onnx'],
  ['the only one', ['onnx/model_q4f16.onnx'], 'onnx/model_q4f16.onnx'],
  [
    'the finest that there is',
    ['onnx/model_q4.onnx', 'onnx/model_quantized.onnx'],
    'onnx/model_quantized.onnx',
  ],
  ['one that lies beside the config', ['model.onnx'], 'model.onnx'],
])('takes %s', async (_, graphs, expected) => {
  const directory = directoryOf(['config.json', ...graphs]);
  const found = await findExport(directory);
  expect(relative(directory, found?.graph ?? '')).toBe(expected);
});

it('takes the one that is named, with its own weights and the tokenizer of the directory', async () => {
  const own = ['onnx/model_q4.onnx', 'onnx/model_q4.onnx_data', 'onnx/model_q4.onnx_data_1'];
  const texts = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
  const directory = directoryOf([...texts, ...own, 'onnx/model.onnx', 'onnx/model.onnx_data', 'README.md']);
  const found = await findExport(join(directory, 'onnx/model_q4.onnx'));
  expect(found?.directory).toBe(directory);
  expect(found?.all.map((file) => relative(directory, file)).sort()).toEqual([...texts, ...own].sort());
});

it('leaves directories with safetensors, other files and empty directories to others', async () => {
  const directory = directoryOf(['config.json', 'onnx/model.onnx', 'model.safetensors']);
  await expect(findExport(directory)).resolves.toBeUndefined();
  await expect(findExport(join(directory, 'model.safetensors'))).resolves.toBeUndefined();
  await expect(findExport(scratchDir())).resolves.toBeUndefined();
});

it('refuses a directory whose graphs are parts of a larger model', async () => {
  const parts = ['onnx/decoder_model_merged.onnx', 'onnx/embed_tokens.onnx'];
  await expect(findExport(directoryOf(['config.json', ...parts]))).rejects.toMatchObject({
    code: 'WORKER_MODEL_UNSUPPORTED',
    message: expect.stringContaining(
      'of decoder_model_merged.onnx, embed_tokens.onnx none is a whole text model',
    ),
  });
  await expect(findExport(join(directoryOf(parts), 'onnx/embed_tokens.onnx'))).rejects.toThrow(
    'it has no config.json',
  );
});

it('reads the numbers and the vocabulary of the directory', async () => {
  const directory = writeExport();
  await using source = await openModelSource(directory);
  expect(source).toMatchObject({ kind: 'onnx-export', exportedGraph: join(directory, 'onnx/model.onnx') });
  expect(source.config).toMatchObject({ vocabSize: 512, window: 16, contextTokensMax: 512 });
  expect((await source.readVocabulary()).tokens).toHaveLength(512);
});

it('has another digest when its weights are others', async () => {
  const directory = writeExport();
  const cacheDir = scratchDir();
  const before = await digestOfModel(directory, { cacheDir });
  writeFileSync(join(directory, 'onnx/model.onnx_data'), 'other');
  expect(await digestOfModel(directory, { cacheDir })).not.toBe(before);
});
