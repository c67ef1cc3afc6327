/**
 * What the `merges` of a `tokenizer.json` come to: an order of pieces. Gemma-3's list has, for one piece after another, every pair of
 * tokens that makes it; nothing is lost then by joining whatever makes the piece that comes first. Another list is refused, for
 * joining by pieces would give it other ids. Runs of blanks, which stand first and cut up, are left out: `PieceTable` knows them.
 */

import { modelUnsupported } from '../gguf/model-file-error.ts';
import { type JsonCursor, marks, takeAhead } from './json-cursor.ts';
import type { PieceIndex } from './piece-index.ts';
import type { TokenList } from './token-list.ts';

const space = 0x20;
const longestPair = 65_536;

/**
 * @param cursor before the list.
 * @param options.isAdded by token id: whether it is matched whole, before any joining.
 * @returns ids of the pieces that joining gives, the first to be joined first.
 * @throws DrydockError WORKER_MODEL_UNSUPPORTED
 */
export async function readMergeOrder(
  cursor: JsonCursor,
  { index }: TokenList,
  { file, isAdded }: { readonly file: string; readonly isAdded: Uint8Array },
): Promise<number[]> {
  const order: number[] = [];
  const isJoined = new Uint8Array(isAdded.length);
  const splits = createSplits(longestPair);
  const readPair = pairReader(cursor);
  let last = -1;
  const endToken = () => {
    if (last !== -1 && !splits.areAll(last, index)) throw unlike(file, last);
    splits.clear();
  };
  const takePair = () => {
    const { bytes, cut, end } = readPair();
    // Nearly always the token that the pair before made.
    const isSame = last !== -1 && index.isAt(last, bytes, 0, end);
    const id = isSame ? last : index.find(bytes, 0, end);
    if (id === -1 || cut === 0 || cut === end) {
      throw modelUnsupported(file, 'it joins what are no tokens of its own');
    }
    if (isAdded[id] === 1) return;
    if (!isSame) {
      endToken();
      if (isJoined[id] === 1) throw unlike(file, id);
      isJoined[id] = 1;
      order.push(id);
      last = id;
    }
    if (!splits.add(cut)) throw unlike(file, id);
  };
  for (let more = cursor.enter(marks.openList); more; ) {
    if (cursor.isLow) await cursor.refill();
    more = takeAhead(cursor, marks.closeList, takePair);
  }
  endToken();
  for (let id = 0; id < isJoined.length; id++) {
    if (isAdded[id] === 0 && isJoined[id] === 0 && !splits.areAll(id, index)) throw unlike(file, id);
  }
  return order;
}

/** The places at which a file cuts one token, held against those at which it can be cut. */
interface Splits {
  /** @returns false where it has been cut before. */
  add(cut: number): boolean;
  areAll(id: number, index: PieceIndex): boolean;
  clear(): void;
}

function createSplits(longest: number): Splits {
  const isCut = new Uint8Array(longest + 1);
  // No list: one that is emptied loses its room, and half a million of them are garbage.
  const cuts = new Int32Array(longest + 1);
  let count = 0;
  return {
    add(cut) {
      if (isCut[cut] === 1) return false;
      isCut[cut] = 1;
      cuts[count++] = cut;
      return true;
    },
    areAll: (id, index) => index.countSplits(id, isCut) === count,
    clear() {
      while (count > 0) isCut[cuts[--count] ?? 0] = 0;
    },
  };
}

function unlike(file: string, id: number): Error {
  return modelUnsupported(file, `its merges of token ${id} are not all its pairs together, as Gemma-3's are`);
}

interface Pair {
  /** Both texts, one behind the other. */
  readonly bytes: Uint8Array;
  cut: number;
  end: number;
}

/** Reads `["a", "b"]`, or `"a b"` as older files have it; always into the same object. */
function pairReader(cursor: JsonCursor): () => Pair {
  const bytes = new Uint8Array(longestPair);
  const pair: Pair = { bytes, cut: 0, end: 0 };
  const append = () => {
    if (pair.end + cursor.end - cursor.start > longestPair) throw cursor.invalid();
    pair.end += cursor.copyText(bytes, pair.end);
  };
  return () => {
    pair.end = 0;
    if (cursor.peek() !== marks.openList) {
      cursor.string();
      append();
      pair.cut = bytes.subarray(0, pair.end).indexOf(space);
      if (pair.cut < 0) throw cursor.invalid();
      bytes.copyWithin(pair.cut, pair.cut + 1, pair.end--);
      return pair;
    }
    cursor.take(marks.openList);
    cursor.string();
    append();
    pair.cut = pair.end;
    cursor.take(marks.comma);
    cursor.string();
    append();
    cursor.take(marks.closeList);
    return pair;
  };
}
