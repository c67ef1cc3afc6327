/** Our ids beside Hugging Face's, on ten thousand texts. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { createTokenizer } from '../../src/worker/text/tokenizer.ts';
import { corpusSize, tokenizerCorpus } from '../support/tokenizer-corpus.ts';
import { loadVocabulary, needRealModel } from '../unit/worker/text/vocabularies.ts';

interface Expected {
  readonly corpusSha256: string;
  readonly ids: readonly number[][];
  /** By the text's place, where it differs. */
  readonly plain: Readonly<Record<string, number[]>>;
}

const file = join(import.meta.dirname, '../vectors/tokenizer/gemma3-ids.json.br');
let expected: Expected;
let texts: readonly string[];
beforeAll(() => {
  expected = JSON.parse(brotliDecompressSync(readFileSync(file)).toString());
  texts = tokenizerCorpus();
});

test('the texts are those that the ids were made from', () => {
  expect(createHash('sha256').update(JSON.stringify(texts)).digest('hex')).toBe(expected.corpusSha256);
  expect(new Set(texts).size).toBe(corpusSize);
  expect(expected.ids).toHaveLength(corpusSize);
  expect(Object.keys(expected.plain).length).toBeGreaterThan(400);
});

test.for(['recognised', 'plain'] as const)(
  'gives the ids of Hugging Face, control text %s',
  async (control, { skip }) => {
    const { encode } = createTokenizer(await loadVocabulary(needRealModel(skip).file));
    const different = texts.flatMap((text, at) => {
      const given = encode(text, { control });
      const wanted = (control === 'plain' ? expected.plain[at] : undefined) ?? expected.ids[at] ?? [];
      return given.join() === wanted.join() ? [] : [{ at, text, given, wanted }];
    });
    expect(different.slice(0, 5)).toEqual([]);
  },
);
