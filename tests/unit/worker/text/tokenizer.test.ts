import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createTokenizer, type Tokenizer } from '../../../../src/worker/text/tokenizer.ts';
import type { Vocabulary } from '../../../../src/worker/vocabulary.ts';
import { inDepth } from '../../../in-depth.ts';
import {
  controlIds,
  decodeAll,
  fixtures,
  loadTinyVocabulary,
  loadVocabulary,
  needRealModel,
  vocabularyOf,
} from './vocabularies.ts';

// Programs and models start slowly on a machine that does much else.
vi.setConfig({ testTimeout: 30_000 });

interface TokenCase {
  readonly text: string;
  readonly ids: number[];
  /** Where plain mode differs. */
  readonly plain?: number[];
  /** Where decoding does not give the text back. */
  readonly decoded?: string;
}

function readCases(file: string): readonly TokenCase[] {
  return JSON.parse(readFileSync(join(fixtures, file), 'utf8')).cases;
}

const hostile = [
  '<bos>',
  '<eos>',
  '<end_of_turn>',
  '<start_of_turn>',
  '<unused0>',
  '<unused1>',
  '<mask>',
  '<pad>',
];
const odd = [
  '<',
  '>',
  '_',
  ' ',
  '  ',
  '▁',
  '\n',
  '\t',
  '\r',
  'e',
  'end',
  'of',
  'é',
  '🙂',
  '\u0000',
  '\ufeff',
  '\ud83d',
];
const messyText = fc
  .array(fc.oneof(fc.constantFrom(...hostile), fc.constantFrom(...odd), fc.string({ unit: 'binary' })))
  .map((parts) => parts.join(''));

describe('with the tiny vocabulary', () => {
  let vocabulary: Vocabulary;
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    vocabulary = await loadTinyVocabulary();
    tokenizer = createTokenizer(vocabulary);
  });

  test.each(readCases('tiny-gemma3/tokens.json'))('gives the reference ids of $text', ({ text, ids }) => {
    expect(tokenizer.encode(text, { control: 'recognised' })).toEqual(ids);
  });

  test('keeps control text as text in plain mode', () => {
    const text = '<end_of_turn>\n<start_of_turn>model\n';
    const recognised = tokenizer.encode(text, { control: 'recognised' });
    const plain = tokenizer.encode(text, { control: 'plain' });
    expect(recognised).toEqual(expect.arrayContaining([8, 9]));
    expect(plain.filter((id) => controlIds(vocabulary).has(id))).toEqual([]);
    expect(decodeAll(vocabulary, plain)).toBe(text);
  });

  test('never gives a control token in plain mode', () => {
    const control = controlIds(vocabulary);
    fc.assert(
      fc.property(messyText, (text) => {
        expect(tokenizer.encode(text, { control: 'plain' }).filter((id) => control.has(id))).toEqual([]);
      }),
    );
  });

  test('gives every text back, but for the space mark and lone surrogates', () => {
    fc.assert(
      fc.property(messyText, (text) => {
        const back = decodeAll(vocabulary, tokenizer.encode(text, { control: 'plain' }));
        expect(back).toBe(text.replaceAll('▁', ' ').replace(/\p{Surrogate}/gu, '\ufffd'));
      }),
    );
  });

  test.each([
    ['spaces', ' '],
    ['newlines', '\n'],
    ['letters', 'a'],
    ['words', 'the capital of France '],
    ['beginnings of a control token', '<start_of_'],
    ['characters without a piece', '\u{10fff}'],
  ])('encodes 100,000 characters of %s in time that grows with the text', (_, unit) => {
    const text = unit.repeat(100_000).slice(0, 100_000);
    const startedAt = performance.now();
    const ids = tokenizer.encode(text, { control: 'plain' });
    // Linear work takes a tenth of a second; the square of it takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(decodeAll(vocabulary, ids)).toBe(text);
  });

  test('fills a long run of spaces with the longest pieces from the left, and leaves the rest to the next word', () => {
    const ids = tokenizer.encode(`${' '.repeat(9)}the`, { control: 'plain' });
    expect(ids.map((id) => vocabulary.tokens[id])).toEqual(['    ', '    ', '▁the']);
  });
});

describe('with the real vocabulary', () => {
  test('gives the reference ids of 300 texts in both modes, and the texts back', async ({ skip }) => {
    const vocabulary = await loadVocabulary(needRealModel(skip).file);
    const tokenizer = createTokenizer(vocabulary);
    const cases = readCases('tokenizer/cases.json');
    expect(cases).toHaveLength(300);
    const ours = cases.map(({ text }) => ({
      text,
      ids: tokenizer.encode(text, { control: 'recognised' }),
      plain: tokenizer.encode(text, { control: 'plain' }),
    }));
    expect(ours).toEqual(cases.map(({ text, ids, plain }) => ({ text, ids, plain: plain ?? ids })));
    const backs = cases.map(({ plain, ids }) => decodeAll(vocabulary, plain ?? ids));
    expect(backs).toEqual(cases.map(({ text, decoded }) => decoded ?? text));
  });

  test('never gives a control token in plain mode', async ({ skip }) => {
    const vocabulary = await loadVocabulary(needRealModel(skip).file);
    const tokenizer = createTokenizer(vocabulary);
    const control = controlIds(vocabulary);
    expect(control.size).toBe(6_249);
    for (const id of control) {
      const ids = tokenizer.encode(`a${vocabulary.tokens[id]}b`, { control: 'plain' });
      expect(ids.filter((given) => control.has(given))).toEqual([]);
    }
  });
});

test('joins the pair of the best score first, the left one among equals', () => {
  const pieces = ['bc', 'ab', 'abc', 'a', 'b', 'c'];
  const vocabulary = vocabularyOf(pieces);
  const names = (text: string) =>
    createTokenizer(vocabulary)
      .encode(text, { control: 'plain' })
      .map((id) => vocabulary.tokens[id]);
  expect(names('abc')).toEqual(['abc']);
  expect(names('abbc')).toEqual(['ab', 'bc']);
  expect(names('ababc')).toEqual(['ab', 'abc']);
});

test('gives a lone surrogate the ids of U+FFFD', () => {
  const tokenizer = createTokenizer(vocabularyOf(['a', '\u{fffd}']));
  expect(tokenizer.encode('a\ud83da', { control: 'plain' })).toEqual([258, 259, 258]);
  expect(tokenizer.encode('a\ufffda', { control: 'plain' })).toEqual([258, 259, 258]);
});

test('joins as the plain quadratic algorithm does', () => {
  const word = (size: { readonly minLength: number; readonly maxLength: number }) =>
    fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), ...size });
  const pieces = fc.uniqueArray(word({ minLength: 2, maxLength: 6 }), { maxLength: 16 });
  fc.assert(
    fc.property(pieces, word({ minLength: 0, maxLength: 60 }), (longer, text) => {
      // Spaces are written as marks in pieces, and `c` has no piece of its own, so it is bytes and merges with nothing.
      const all = [...longer, 'a', 'b', ' '].map((piece) => piece.replaceAll(' ', '▁'));
      const vocabulary = vocabularyOf(all);
      const ids = createTokenizer(vocabulary).encode(text, { control: 'plain' });
      const expected = joinQuadratically(Array.from(text.replaceAll(' ', '▁')), all);
      expect(ids.map((id) => vocabulary.tokens[id])).toEqual(
        expected.map((it) => (it === 'c' ? '<0x63>' : it)),
      );
    }),
    { numRuns: inDepth(1_000) },
  );
});

function joinQuadratically(symbols: string[], pieces: readonly string[]): string[] {
  const known = new Set(pieces);
  for (;;) {
    const ranks = symbols.slice(1).map((right, at) => {
      const left = symbols[at] ?? '';
      return known.has(left) && known.has(right) ? pieces.indexOf(left + right) : -1;
    });
    const best = Math.min(...ranks.filter((rank) => rank !== -1));
    if (best === Number.POSITIVE_INFINITY) return symbols;
    const at = ranks.indexOf(best);
    symbols.splice(at, 2, `${symbols[at]}${symbols[at + 1]}`);
  }
}

test.each([
  [
    'a space before every text',
    { addSpacePrefix: true },
    /could not read the vocabulary: it wants a space before/,
  ],
  [
    'a byte without token',
    { types: new Int32Array(300).fill(1) },
    /it has no token for byte 0; use a Gemma-3 file/,
  ],
])('refuses a vocabulary with %s', (_, changes, message) => {
  const create = () => createTokenizer(vocabularyOf(['a'], changes));
  expect(create).toThrow(message);
  expect(create).toThrow(expect.objectContaining({ code: 'WORKER_MODEL_UNSUPPORTED' }));
});
