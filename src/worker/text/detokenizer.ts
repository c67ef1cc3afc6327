/**
 * Token ids to text, one at a time. It never gives half a character: bytes wait until their character is
 * whole. Bytes that can no longer become one give U+FFFD, one for all that could have begun it (WHATWG Encoding §4.1).
 */

import { tokenTypes, type Vocabulary } from '../vocabulary.ts';
import { parseByteToken, spaceMark } from './piece-table.ts';

export interface Detokenizer {
  /** The text that this token adds: empty for a control token and for part of a character. */
  push(id: number): string;
  /** Bytes wait for the rest of their character. */
  readonly isHolding: boolean;
  /** The text when no token follows: U+FFFD where bytes still wait, otherwise empty. It is as new afterwards. */
  finish(): string;
}

export function createDetokenizer(vocabulary: Vocabulary): Detokenizer {
  // A byte order mark in an answer is text like any other.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let isHolding = false;
  return {
    get isHolding() {
      return isHolding;
    },
    push(id) {
      const token = vocabulary.tokens[id];
      if (token === undefined) throw new RangeError(`token ${id} is outside the vocabulary`);
      const type = vocabulary.types[id];
      const byte = type === tokenTypes.byte ? parseByteToken(token) : undefined;
      if (byte !== undefined) {
        const text = decoder.decode(Uint8Array.of(byte), { stream: true });
        // A byte that may begin a character waits, whatever it breaks off; one that gives nothing does too.
        isHolding = text === '' || (byte >= 0xc2 && byte <= 0xf4);
        return text;
      }
      const broken = finish();
      const isSilent =
        type === tokenTypes.control || type === tokenTypes.unknown || type === tokenTypes.unused;
      return isSilent ? broken : broken + token.replaceAll(spaceMark, ' ');
    },
    finish,
  };

  function finish(): string {
    isHolding = false;
    return decoder.decode();
  }
}
