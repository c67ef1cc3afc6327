/** The vocabularies that the tests of text run on. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openGguf } from '../../../../src/worker/gguf/gguf-file-runtime.ts';
import { readVocabulary } from '../../../../src/worker/gguf/gguf-vocabulary.ts';
import { graphCacheDirectory, modelPaths } from '../../../../src/worker/model-files/cache-layout.ts';
import { readModelFilesConfig } from '../../../../src/worker/model-files/config.ts';
import { createDetokenizer } from '../../../../src/worker/text/detokenizer.ts';
import { tokenTypes, type Vocabulary } from '../../../../src/worker/vocabulary.ts';

export const fixtures = join(import.meta.dirname, '../../../fixtures');

/** By file: the real one takes a while. */
const loaded = new Map<string, Promise<Vocabulary>>();

export function loadVocabulary(file: string): Promise<Vocabulary> {
  const vocabulary = loaded.get(file) ?? readVocabularyOf(file);
  loaded.set(file, vocabulary);
  return vocabulary;
}

async function readVocabularyOf(file: string): Promise<Vocabulary> {
  await using gguf = await openGguf(file);
  return readVocabulary(gguf);
}

export const loadTinyVocabulary = () => loadVocabulary(join(fixtures, 'tiny-gemma3/model.gguf'));

const model = { name: 'gemma-3-270m', file: 'gemma-3-270m-q4_k_m.gguf' };

/** The base model where `./drydock` caches it, and its built graphs. Without it the test is left out and says so; where `CI` is set it fails. */
export function needRealModel(skip: (note: string) => void): {
  readonly file: string;
  readonly graphs: string;
} {
  const { cacheDir } = readModelFilesConfig();
  const { file } = modelPaths(cacheDir, model);
  const found = { file, graphs: graphCacheDirectory(cacheDir) };
  if (existsSync(file)) return found;
  const missing = `the model ${model.name} is missing at ${file}; ./drydock up --once --model ${model.name} brings it there`;
  if (process.env.CI) throw new Error(missing);
  skip(missing);
  return found;
}

export function decodeAll(vocabulary: Vocabulary, ids: readonly number[]): string {
  const detokenizer = createDetokenizer(vocabulary);
  return ids.map((id) => detokenizer.push(id)).join('');
}

export function controlIds(vocabulary: Vocabulary): ReadonlySet<number> {
  return new Set(
    vocabulary.tokens.flatMap((_, id) => (vocabulary.types[id] === tokenTypes.control ? [id] : [])),
  );
}

/** 256 byte tokens, then `<bos>`, `<eos>`, then the pieces in merge order. */
export function vocabularyOf(pieces: readonly string[], changes: Partial<Vocabulary> = {}): Vocabulary {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  const tokens = [...bytes, '<bos>', '<eos>', ...pieces];
  const typeOf = (id: number) =>
    id < 256 ? tokenTypes.byte : id < 258 ? tokenTypes.control : tokenTypes.normal;
  return {
    tokens,
    scores: Float32Array.from(tokens, (_, id) => -Math.max(0, id - 258)),
    types: Int32Array.from(tokens, (_, id) => typeOf(id)),
    bosId: 256,
    eosId: 257,
    addBos: true,
    addSpacePrefix: false,
    ...changes,
  };
}
