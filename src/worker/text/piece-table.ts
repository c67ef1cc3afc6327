/**
 * The part of a vocabulary that ordinary text can become, arranged for merging. Control tokens are left out
 * here, so no amount of merging can produce one.
 */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { tokenTypes, type Vocabulary } from '../vocabulary.ts';

/** SentencePiece's stand-in for a space. */
export const spaceMark = '▁';

export interface PieceTable {
  /** Token id of each piece that text can become, spaces written as `spaceMark`. */
  readonly idOf: ReadonlyMap<string, number>;
  /** By token id: pieces of lower rank are merged first. Meaningless for ids that `idOf` does not hold. */
  readonly rankOf: Int32Array;
  /** Token id of each of the 256 bytes. */
  readonly byteIds: Int32Array;
  /** UTF-16 code units that stand before a space mark inside some piece: behind any other, no piece goes on with one. */
  readonly unitsBeforeMark: ReadonlySet<number>;
}

/** @throws DrydockError WORKER_MODEL_UNSUPPORTED when a byte has no token, for then some text has no ids. */
export function createPieceTable(vocabulary: Vocabulary): PieceTable {
  const { tokens, scores } = vocabulary;
  const idOf = new Map<string, number>();
  const rankOf = new Int32Array(tokens.length);
  let rank = 0;
  // Runs of spaces come before every other merge, the longest first, whatever their score says.
  for (const { id, length } of spaceRuns(vocabulary)) {
    idOf.set(spaceMark.repeat(length), id);
    rankOf[id] = rank++;
  }
  const normal = idsOfType(vocabulary, tokenTypes.normal);
  normal.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  for (const id of normal) {
    idOf.set(tokens[id] ?? '', id);
    rankOf[id] = rank++;
  }
  return { idOf, rankOf, byteIds: byteIds(vocabulary), unitsBeforeMark: unitsBeforeMark(idOf.keys()) };
}

function unitsBeforeMark(pieces: Iterable<string>): ReadonlySet<number> {
  const units = new Set<number>();
  for (const piece of pieces) {
    for (let at = piece.indexOf(spaceMark, 1); at !== -1; at = piece.indexOf(spaceMark, at + 1)) {
      units.add(piece.charCodeAt(at - 1));
    }
  }
  return units;
}

/** Ids of one token type, rising. */
export function idsOfType({ types }: Vocabulary, type: number): Int32Array {
  const ids = new Int32Array(types.length);
  let count = 0;
  for (let id = 0; id < types.length; id++) if (types[id] === type) ids[count++] = id;
  return ids.subarray(0, count);
}

function spaceRuns(vocabulary: Vocabulary): { readonly id: number; readonly length: number }[] {
  return [...idsOfType(vocabulary, tokenTypes.userDefined)]
    .map((id) => ({ id, text: vocabulary.tokens[id] ?? '' }))
    .filter(({ text }) => /^[ ▁]+$/.test(text))
    .map(({ id, text }) => ({ id, length: text.length }))
    .sort((a, b) => b.length - a.length);
}

function byteIds(vocabulary: Vocabulary): Int32Array {
  const ids = new Int32Array(256).fill(-1);
  for (const id of idsOfType(vocabulary, tokenTypes.byte)) {
    const byte = parseByteToken(vocabulary.tokens[id] ?? '');
    if (byte !== undefined) ids[byte] = id;
  }
  const missing = ids.indexOf(-1);
  if (missing !== -1) {
    throw new DrydockError<WorkerErrorCode>(
      'WORKER_MODEL_UNSUPPORTED',
      `could not read the vocabulary: it has no token for byte ${missing}; use a Gemma-3 file with byte fallback`,
    );
  }
  return ids;
}

/** The byte that a token such as `<0x0A>` stands for. */
export function parseByteToken(token: string): number | undefined {
  const hex = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
  return hex === undefined ? undefined : Number.parseInt(hex, 16);
}
