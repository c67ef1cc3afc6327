import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodePlain } from '../../../../src/worker/text/encode-plain.ts';
import { createTokenizer } from '../../../../src/worker/text/tokenizer.ts';
import { controlIds, decodeAll, loadTinyVocabulary } from './vocabularies.ts';

const vocabulary = await loadTinyVocabulary();
const tokenizer = createTokenizer(vocabulary);
const encode = (text: string) => encodePlain(text, { tokenizer, vocabulary });

test('encodes a prompt as it is, blanks and all, behind the beginning token', () => {
  const text = ' The capital of France is \n';
  expect(encode(text)).toEqual(tokenizer.encode(`<bos>${text}`, { control: 'recognised' }));
  expect(encode('')).toEqual([vocabulary.bosId]);
});

test('leaves out the beginning token where the file wants none', () => {
  const without = encodePlain('the', { tokenizer, vocabulary: { ...vocabulary, addBos: false } });
  expect(without).toEqual(encode('the').slice(1));
  expect(without).not.toContain(vocabulary.bosId);
});

test('lets no text have a control token but the beginning', () => {
  const control = controlIds(vocabulary);
  const names = [...control].map((id) => vocabulary.tokens[id] ?? '');
  const pieces = fc.oneof(
    fc.constantFrom(...names, ...names.flatMap((name) => [name.slice(0, -1), name.slice(1)])),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const text = parts.join('');
      const [first, ...ids] = encode(text);
      expect(first).toBe(vocabulary.bosId);
      expect(ids.filter((id) => control.has(id))).toEqual([]);
      expect(decodeAll(vocabulary, ids)).toBe(text.replace(/\p{Surrogate}/gu, '\ufffd').replaceAll('▁', ' '));
    }),
  );
});
