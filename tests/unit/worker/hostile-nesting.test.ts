/** No JSON file of a model, and no list of ids, is built when it is nested deeper than any of its kind. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseTokenIds } from '../../../src/worker/evaluation/token-ids.ts';
import { findDirectoryFiles } from '../../../src/worker/hugging-face/directory-files-runtime.ts';
import { readDirectoryConfig } from '../../../src/worker/hugging-face/read-config.ts';
import { parseSafetensorsHeader } from '../../../src/worker/hugging-face/safetensors-header.ts';
import { parseTokenizerConfig } from '../../../src/worker/hugging-face/tokenizer-config.ts';
import { scratchDir } from './scratch-dir.ts';

const deep = `{"model_type":"gemma3_text","bos_token":"a","eos_token":"b","weight_map":{},"x":${'['.repeat(64)}${']'.repeat(64)}}`;

test.each<[string, () => unknown, RegExp]>([
  ['config.json', () => readDirectoryConfig(deep, 'c'), /model file c: it is not JSON/],
  [
    'tokenizer_config.json',
    () => parseTokenizerConfig({ config: { file: 't', text: deep } }),
    /model file t: it is not JSON/,
  ],
  [
    'a safetensors header',
    () => parseSafetensorsHeader({ file: 's', header: Buffer.from(deep), fileBytes: 8 + deep.length }),
    /model file s: its header is not JSON/,
  ],
  ['a list of ids', () => parseTokenIds(deep, 'i'), /token ids from i: it is not JSON/],
])('refuses %s unbuilt', (_, parse, message) => {
  expect(parse).toThrow(message);
});

test('refuses an index of shards unbuilt', async () => {
  const directory = scratchDir();
  writeFileSync(join(directory, 'config.json'), '{}');
  writeFileSync(join(directory, 'model.safetensors.index.json'), deep);
  await expect(findDirectoryFiles(directory)).rejects.toThrow('index.json: it is not JSON');
});
