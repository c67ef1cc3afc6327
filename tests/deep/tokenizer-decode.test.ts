/**
 * Ten thousand texts to ids and back. Hugging Face's decoder (`tokenizers` 0.23.3) gives the same of their ids: each text, with a literal
 * U+2581 as a space.
 */
import { expect, test } from 'vitest';
import { createDetokenizer } from '../../src/worker/text/detokenizer.ts';
import { createTokenizer } from '../../src/worker/text/tokenizer.ts';
import { corpusSize, tokenizerCorpus } from '../support/tokenizer-corpus.ts';
import { loadVocabulary, needRealModel } from '../unit/worker/text/vocabularies.ts';

test('gives every text back, token by token, in whole characters', async ({ skip }) => {
  const vocabulary = await loadVocabulary(needRealModel(skip).file);
  const { encode } = createTokenizer(vocabulary);
  const texts = tokenizerCorpus();
  const different = texts.flatMap((text, at) => {
    const detokenizer = createDetokenizer(vocabulary);
    const parts = encode(text, { control: 'plain' }).map((id) => detokenizer.push(id));
    const back = [...parts, detokenizer.finish()];
    const isWhole = back.every((part) => part.isWellFormed());
    return isWhole && back.join('') === text.replaceAll('▁', ' ') ? [] : [{ at, text, back }];
  });
  expect(texts).toHaveLength(corpusSize);
  expect(different.slice(0, 5)).toEqual([]);
});
