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

test.each<[string, readonly number[], boolean]>([
  ['nothing', [], false],
  ['half a character', [0xf0, 0x9f], true],
  ['a whole character', bytesOf('🙂'), false],
  ['half a character that another breaks off', [0xf0, 0x9f, 0xc3], true],
  ['half a character that a whole token breaks off', [0xf0, hello], false],
  ['half a character that a control token breaks off', [0xf0, bos], false],
  ['a byte that begins none', [0xff], false],
  ['a byte that continues none', [0x80], false],
])('after %s, it says whether bytes wait', (_, ids, isHolding) => {
  const detokenizer = createDetokenizer(vocabulary);
  for (const id of ids) detokenizer.push(id);
  expect(detokenizer.isHolding).toBe(isHolding);
});

test.each<[string, readonly number[], string]>([
  ['U+FFFD for bytes that wait', bytesOf('a🙂').slice(0, 4), '\ufffd'],
  ['U+FFFD for one byte that waits', [hello, 0xc3], '\ufffd'],
  ['nothing behind a whole character', bytesOf('a🙂'), ''],
  ['nothing behind a token', [0xc3, hello], ''],
  ['nothing where nothing came', [], ''],
])('the end gives %s, and forgets them', (_, ids, text) => {
  const detokenizer = createDetokenizer(vocabulary);
  for (const id of ids) detokenizer.push(id);
  expect(detokenizer.finish()).toBe(text);
  expect(detokenizer.finish()).toBe('');
  expect(detokenizer.push(hello)).toBe(' hello');
});

test('gives of any bytes what a decoder gives of all at once, cut anywhere', () => {
  const bytes = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0xe2, 0x96, 0x81, 0xf0, 0x9f, 0x99, 0x82)));
  fc.assert(
    fc.property(bytes, (ids) => {
      const detokenizer = createDetokenizer(vocabulary);
      const parts = ids.map((id, at) => {
        const text = detokenizer.push(id);
        // It waits for more where what came so far, taken for all, would end in something that is not there yet.
        const soFar = ids.slice(0, at + 1);
        expect(detokenizer.isHolding).toBe(decoded(soFar) !== decoded(soFar, { stream: true }));
        return text;
      });
      parts.push(detokenizer.finish());
      expect(detokenizer.isHolding).toBe(false);
      expect(parts.join('')).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(ids)));
      expect(parts.filter((part) => !part.isWellFormed())).toEqual([]);
    }),
  );
});

test('gives the texts of any tokens one after the other, and no part of one twice', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(260)), (ids) => {
      const whole = createDetokenizer(vocabulary);
      const all = `${ids.map((id) => whole.push(id)).join('')}${whole.finish()}`;
      const { text } = ids.reduce<{ text: string; run: number[] }>(
        ({ text, run }, id) =>
          id < 256 ? { text, run: [...run, id] } : { text: text + decoded(run) + nameOf(id), run: [] },
        { text: '', run: [] },
      );
      const last = ids.slice(ids.findLastIndex((id) => id >= 256) + 1);
      expect(all).toBe(text + decoded(last));
    }),
  );
});

function decoded(bytes: readonly number[], options: { readonly stream?: boolean } = {}): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes), options);
}

function nameOf(id: number): string {
  return id < hello ? '' : (vocabulary.tokens[id] ?? '').replaceAll('▁', ' ');
}

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
