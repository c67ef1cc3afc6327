import { expect, test } from 'vitest';
import { fitVocabulary } from '../../../../src/worker/hugging-face/fit-vocabulary.ts';
import { tokenTypes, type Vocabulary } from '../../../../src/worker/vocabulary.ts';
import { thrown } from '../thrown.ts';

const vocabulary: Vocabulary = {
  tokens: ['<bos>', '<eos>', 'a', '<picture>'],
  scores: Float32Array.of(0, 0, -1, 0),
  types: Int32Array.of(3, 3, 1, 4),
  bosId: 0,
  eosId: 1,
  addBos: true,
  addSpacePrefix: false,
  chatTemplate: 'x',
};
const fitted = (rows: number, changes: Partial<Vocabulary> = {}) =>
  fitVocabulary({ ...vocabulary, ...changes }, { rows, path: 'here' });

test('a token without embedding goes', () => {
  expect(fitted(3)).toEqual({
    ...vocabulary,
    tokens: ['<bos>', '<eos>', 'a'],
    scores: Float32Array.of(0, 0, -1),
    types: Int32Array.of(3, 3, 1),
  });
});

test('an embedding without token gets one that no text has', () => {
  const { tokens, types, scores } = fitted(6);
  expect(tokens).toEqual(['<bos>', '<eos>', 'a', '<picture>', '[PAD4]', '[PAD5]']);
  expect([...types]).toEqual([3, 3, 1, 4, tokenTypes.unused, tokenTypes.unused]);
  expect(scores[5]).toBeLessThan(-1);
});

test('what fits stays as it is', () => {
  expect(fitted(4)).toEqual(vocabulary);
});

test.each([
  ['has another size altogether', 2000, {}],
  ['ends before its own end token', 1, {}],
  ['begins behind its end', 3, { bosId: 3 }],
])('refuses a tokenizer that %s', (_, rows, changes) => {
  const error = thrown(() => fitted(rows, changes));
  expect(error.code).toBe('WORKER_MODEL_FILE_INVALID');
  expect(error.message).toContain(`its tokenizer has 4 tokens, and there are ${rows} embeddings`);
});
