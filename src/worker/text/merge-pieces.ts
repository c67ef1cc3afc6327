/**
 * Byte-pair encoding of one stretch of text that holds no special token: of all adjacent pairs that form a
 * piece, the one of lowest rank is joined first. O(n log n) for n characters.
 */

import { NumberHeap } from './number-heap.ts';
import type { PieceTable } from './piece-table.ts';

/** A symbol that is no piece: its bytes stand for it, and nothing merges with it. */
const bytesOnly = -1;
const none = -1;

/** The pair that starts at each symbol waits in a heap under one number: rank, then place. No string is longer. */
const placeCount = 2 ** 32;
const noPair = Number.POSITIVE_INFINITY;

/** @param text spaces written as the space mark, no lone surrogates. */
export function mergePieces(text: string, table: PieceTable): number[] {
  const characters = Array.from(text);
  const count = characters.length;
  const symbols = createSymbols(characters, table);
  const heap = new NumberHeap(3 * count);
  for (let at = 0; at < count - 1; at++) pushPair(symbols, heap, at);
  for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
    const left = key % placeCount;
    // A pair that has changed since it was pushed has another key, so the old entry means nothing.
    if (symbols.pairKeys[left] !== key) continue;
    joinPair(symbols, left);
    pushPair(symbols, heap, left);
    const before = symbols.previous[left] ?? none;
    if (before !== none) pushPair(symbols, heap, before);
  }
  return collectIds(symbols);
}

/** A doubly linked list over the characters; a joined symbol lives at the place of its first character. */
interface Symbols {
  readonly table: PieceTable;
  readonly texts: string[];
  readonly ids: Int32Array;
  readonly next: Int32Array;
  readonly previous: Int32Array;
  readonly pairKeys: Float64Array;
  readonly pairIds: Int32Array;
}

function createSymbols(characters: string[], table: PieceTable): Symbols {
  const count = characters.length;
  return {
    table,
    texts: characters,
    ids: Int32Array.from(characters, (character) => table.idOf.get(character) ?? bytesOnly),
    next: Int32Array.from(characters, (_, at) => (at + 1 < count ? at + 1 : none)),
    previous: Int32Array.from(characters, (_, at) => at - 1),
    pairKeys: new Float64Array(count).fill(noPair),
    pairIds: new Int32Array(count).fill(none),
  };
}

function pushPair(symbols: Symbols, heap: NumberHeap, left: number): void {
  symbols.pairKeys[left] = noPair;
  const right = symbols.next[left] ?? none;
  if (right === none || symbols.ids[left] === bytesOnly || symbols.ids[right] === bytesOnly) return;
  const id = symbols.table.idOf.get(`${symbols.texts[left]}${symbols.texts[right]}`);
  if (id === undefined) return;
  const key = (symbols.table.rankOf[id] ?? 0) * placeCount + left;
  symbols.pairKeys[left] = key;
  symbols.pairIds[left] = id;
  heap.push(key);
}

function joinPair(symbols: Symbols, left: number): void {
  const right = symbols.next[left] ?? none;
  const after = symbols.next[right] ?? none;
  symbols.ids[left] = symbols.pairIds[left] ?? none;
  symbols.texts[left] = `${symbols.texts[left]}${symbols.texts[right]}`;
  symbols.pairKeys[right] = noPair;
  symbols.next[left] = after;
  if (after !== none) symbols.previous[after] = left;
}

function collectIds(symbols: Symbols): number[] {
  const ids: number[] = [];
  const encoder = new TextEncoder();
  for (let at = symbols.ids.length > 0 ? 0 : none; at !== none; at = symbols.next[at] ?? none) {
    const id = symbols.ids[at] ?? bytesOnly;
    if (id !== bytesOnly) ids.push(id);
    else for (const byte of encoder.encode(symbols.texts[at])) ids.push(symbols.table.byteIds[byte] ?? none);
  }
  return ids;
}
