import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergePieces } from '../../../../src/worker/text/merge-pieces.ts';
import { createPieceTable } from '../../../../src/worker/text/piece-table.ts';
import { createStretchEncoder } from '../../../../src/worker/text/stretch-encoder.ts';
import { inDepth } from '../../../in-depth.ts';
import { vocabularyOf } from './vocabularies.ts';

function encode(pieces: readonly string[], texts: readonly string[]): { ours: number[]; whole: number[] } {
  const table = createPieceTable(vocabularyOf(pieces));
  const encodeStretch = createStretchEncoder(table);
  const ours: number[] = [];
  for (const text of texts) encodeStretch(text, ours);
  return { ours, whole: texts.flatMap((text) => mergePieces(text, table)) };
}

test.each<[string, string[], string]>([
  ['a mark inside a piece', ['b▁', 'b▁c', 'a', 'b', 'c', '▁'], 'ab▁c▁a'],
  ['the second mark inside a piece', ['a▁', 'a▁b', '▁c', 'a▁b▁c', 'a', 'b', 'c', '▁'], 'a▁b▁ca▁b▁c'],
  ['marks side by side', ['▁▁', '▁▁▁', '▁a', 'a', '▁'], '▁▁▁▁a▁▁a'],
  ['a character of two units before a mark', ['🙂▁', '🙂', '▁'], '🙂▁🙂▁'],
  ['a character without a piece before a mark', ['▁a', 'a', '▁'], 'é▁a'],
])('merges as the whole stretch does where there is %s', (_, pieces, text) => {
  const { ours, whole } = encode(pieces, [text]);
  expect(ours).toEqual(whole);
  expect(whole.length).toBeLessThan(new TextEncoder().encode(text).length);
});

test('merges as whole stretches do, one after the other', () => {
  const text = (unit: readonly string[], maxLength: number) =>
    fc.string({ unit: fc.constantFrom(...unit), minLength: 1, maxLength });
  const pieces = fc.uniqueArray(text(['a', 'b', 'é', '▁'], 5), { maxLength: 16 });
  fc.assert(
    fc.property(pieces, fc.array(text(['a', 'b', 'é', '▁', '🙂'], 24), { maxLength: 4 }), (some, texts) => {
      const { ours, whole } = encode(some, texts);
      expect(ours).toEqual(whole);
    }),
    { numRuns: inDepth(1_000) },
  );
});

test('knows a word again that came before, long ones and many of them too', () => {
  const words = Array.from({ length: 20_000 }, (_, at) => `▁${at % 19_000}${'a'.repeat(at % 90)}`);
  const { ours, whole } = encode(['▁', 'a', 'aa', '▁1'], [words.join('')]);
  expect(ours).toEqual(whole);
});
