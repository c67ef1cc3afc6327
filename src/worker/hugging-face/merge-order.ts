/**
 * What the `merges` of a `tokenizer.json` come to: an order of pieces. Gemma-3's list has, for one piece after another, every pair of
 * tokens that makes it; nothing is lost then by joining whatever makes the piece that comes first. Another list is refused, for
 * joining by pieces would give it other ids. Runs of blanks, which stand first and cut up, are left out: `PieceTable` knows them.
 */

import { modelUnsupported } from '../gguf/model-file-error.ts';
import { type JsonCursor, marks, takeAhead } from './json-cursor.ts';
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
  const pairs = new Int32Array(isAdded.length);
  const readPair = pairReader(cursor);
  let last = -1;
  const takePair = () => {
    const { bytes, cut, end } = readPair();
    const id = index.find(bytes, 0, end);
    if (id === -1 || index.find(bytes, 0, cut) === -1 || index.find(bytes, cut, end) === -1) {
      throw modelUnsupported(file, 'it joins what are no tokens of its own');
    }
    if (isAdded[id] === 1) return;
    if (id !== last && pairs[id] !== 0) throw unlike(file, id);
    if (id !== last) order.push(id);
    pairs[id] = (pairs[id] ?? 0) + 1;
    last = id;
  };
  for (let more = cursor.enter(marks.openList); more; ) {
    if (cursor.isLow) await cursor.refill();
    more = takeAhead(cursor, marks.closeList, takePair);
  }
  for (let id = 0; id < pairs.length; id++) {
    if (isAdded[id] === 0 && pairs[id] !== index.countSplits(id)) throw unlike(file, id);
  }
  return order;
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
