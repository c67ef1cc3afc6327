import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDetokenizer } from '../../../../src/worker/text/detokenizer.ts';
import { decodeAll, vocabularyOf } from './vocabularies.ts';

const vocabulary = vocabularyOf(['▁hello', '▁', 'é']);
const [bos, hello, space, accented] = [256, 258, 259, 260] as const;
const bytesOf = (text: string) => Array.from(new TextEncoder().encode(text));

function pushEach(ids: readonly number[]): string[] {
  const detokenizer = createDetokenizer(vocabulary);
  return ids.map((id) => detokenizer.push(id));
}

test.each<[string, readonly number[], readonly string[]]>([
  ['writes the space mark as a space', [hello, space, accented], [' hello', ' ', 'é']],
  ['gives no text for a control token', [bos, hello, bos], ['', ' hello', '']],
  ['waits until a character is whole', bytesOf('🙂é'), ['', '', '', '🙂', '', 'é']],
  [
    'gives U+FFFD for bytes that a whole token breaks off',
    [...bytesOf('🙂').slice(0, 3), hello],
    ['', '', '', '\ufffd hello'],
  ],
  ['gives U+FFFD for bytes that a control token breaks off', [0xc3, bos, 0xa9], ['', '\ufffd', '\ufffd']],
  ['keeps a byte order mark', bytesOf('\ufeffa'), ['', '', '\ufeff', 'a']],
  ['gives nothing for bytes that wait at the end', bytesOf('a🙂').slice(0, 4), ['a', '', '', '']],
])('%s', (_, ids, texts) => {
  expect(pushEach(ids)).toEqual(texts);
});

test('never gives half a character, and all of them together', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const parts = pushEach(bytesOf(text));
      expect(parts.filter((part) => /\p{Surrogate}/u.test(part))).toEqual([]);
      expect(parts.join('')).toBe(text);
    }),
  );
});

test('refuses an id outside the vocabulary', () => {
  expect(() => decodeAll(vocabulary, [261])).toThrow('token 261 is outside the vocabulary');
});
