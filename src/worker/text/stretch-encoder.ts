/**
 * Ids of a stretch of text that holds no special token. It is cut in front of words, where no piece reaches across, so the ids are those of
 * the stretch as a whole; a word that came before in the same text is not merged again. Nothing is kept from one text to the next.
 */

import { mergePieces } from './merge-pieces.ts';
import { type PieceTable, spaceMark } from './piece-table.ts';

/** Longer words hardly come again. */
const wordLengthMax = 64;
const wordsMax = 16_384;

/**
 * @returns to be used for the stretches of one text. It takes text with spaces written as the space mark and no lone surrogates, and appends
 *   the text's ids.
 */
export function createStretchEncoder(table: PieceTable): (text: string, ids: number[]) => void {
  const known = new Map<string, readonly number[]>();

  function encodeWord(word: string): readonly number[] {
    const before = known.get(word);
    if (before !== undefined) return before;
    const ids = mergePieces(word, table);
    if (word.length <= wordLengthMax && known.size < wordsMax) known.set(word, ids);
    return ids;
  }

  return (text, ids) => {
    let from = 0;
    for (let at = text.indexOf(spaceMark, 1); at !== -1; at = text.indexOf(spaceMark, at + 1)) {
      if (table.unitsBeforeMark.has(text.charCodeAt(at - 1))) continue;
      for (const id of encodeWord(text.slice(from, at))) ids.push(id);
      from = at;
    }
    // A loop, for a spread of a long text's ids overflows the stack.
    for (const id of encodeWord(text.slice(from))) ids.push(id);
  };
}
