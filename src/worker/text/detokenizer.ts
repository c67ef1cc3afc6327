/**
 * Token ids to text, one at a time. It never gives half a character: bytes wait until their character is
 * whole. Bytes that can no longer become one give U+FFFD, one for all that could have begun it (WHATWG Encoding §4.1).
 */

import { tokenTypes, type Vocabulary } from '../vocabulary.ts';
import { parseByteToken, spaceMark } from './piece-table.ts';

export interface Detokenizer {
  /** The text that this token adds: empty for a control token and for part of a character. */
  push(id: number): string;
  /** The text when no token follows: U+FFFD where bytes still wait, otherwise empty. It is as new afterwards. */
  finish(): string;
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
    finish: () => decoder.decode(),
  };
}
