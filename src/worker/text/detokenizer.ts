/**
 * Token ids to text, one at a time. It never gives half a character: bytes wait until their character is
 * whole. Bytes that can no longer become one give U+FFFD; those still waiting at the end give nothing.
 */

import { tokenTypes, type Vocabulary } from '../vocabulary.ts';
import { parseByteToken, spaceMark } from './piece-table.ts';

export interface Detokenizer {
  /** The text that this token adds: empty for a control token and for part of a character. */
  push(id: number): string;
}

export function createDetokenizer(vocabulary: Vocabulary): Detokenizer {
  // A byte order mark in an answer is text like any other.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push(id) {
      const token = vocabulary.tokens[id];
      if (token === undefined) throw new RangeError(`token ${id} is outside the vocabulary`);
      const type = vocabulary.types[id];
      const byte = type === tokenTypes.byte ? parseByteToken(token) : undefined;
      if (byte !== undefined) return decoder.decode(Uint8Array.of(byte), { stream: true });
      const broken = decoder.decode();
      const isSilent =
        type === tokenTypes.control || type === tokenTypes.unknown || type === tokenTypes.unused;
      return isSilent ? broken : broken + token.replaceAll(spaceMark, ' ');
    },
  };
}
