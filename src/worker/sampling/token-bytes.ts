/** The UTF-8 bytes that a token adds to a text: what byte tokens, pieces and the space mark stand for. */

import { parseByteToken, spaceMark } from '../text/piece-table.ts';
import { tokenTypes, type Vocabulary } from '../vocabulary.ts';

const encoder = new TextEncoder();
const none = new Uint8Array(0);

/** @returns one byte for a byte token, none for tokens without text (control, unknown, unused). */
export function tokenBytes(vocabulary: Vocabulary, id: number): Uint8Array {
  const token = vocabulary.tokens[id];
  if (token === undefined) throw new RangeError(`token ${id} is outside the vocabulary`);
  const type = vocabulary.types[id];
  if (type === tokenTypes.control || type === tokenTypes.unknown || type === tokenTypes.unused) return none;
  const byte = type === tokenTypes.byte ? parseByteToken(token) : undefined;
  return byte === undefined ? encoder.encode(token.replaceAll(spaceMark, ' ')) : Uint8Array.of(byte);
}
