/** The `vocab` of a `tokenizer.json`: its texts by id, and an index of their bytes. */

import { modelFileInvalid } from '../gguf/model-file-error.ts';
import { type JsonCursor, marks, takeAhead } from './json-cursor.ts';
import { createPieceIndex, type PieceIndex } from './piece-index.ts';

export interface TokenList {
  readonly tokens: string[];
  readonly index: PieceIndex;
}

export const tokensMax = 1 << 20;
/** More than Gemma-3's needs: memory that is not touched costs nothing, and what is outgrown stays until it is collected. */
const poolBytesMin = 8 * 1024 * 1024;
const countMin = 1 << 19;

/**
 * @param cursor before the object; afterwards behind it.
 * @throws DrydockError WORKER_MODEL_FILE_INVALID when an id or a text is there twice, or an id is missing.
 */
export async function readTokenList(cursor: JsonCursor, file: string): Promise<TokenList> {
  const tokens: string[] = [];
  let starts = new Int32Array(countMin);
  let ends = new Int32Array(countMin);
  let pool = new Uint8Array(poolBytesMin);
  let used = 0;
  let count = 0;
  const takeToken = () => {
    cursor.string();
    const text = cursor.text();
    // What is written in escapes is shorter without them.
    const bytesMax = cursor.end - cursor.start;
    if (used + bytesMax > pool.length) pool = grown(pool, bytesMax);
    const bytes = cursor.copyText(pool, used);
    cursor.take(marks.colon);
    const id = cursor.wholeNumber();
    if (id >= tokensMax) throw modelFileInvalid(file, `it has a token of the id ${id}`);
    if (tokens[id] !== undefined) throw modelFileInvalid(file, `it has two tokens of the id ${id}`);
    tokens[id] = text;
    if (id >= starts.length) {
      starts = lengthened(starts, id + 1);
      ends = lengthened(ends, id + 1);
    }
    starts[id] = used;
    used += bytes;
    ends[id] = used;
    count++;
  };
  for (let more = cursor.enter(marks.open); more; ) {
    if (cursor.isLow) await cursor.refill();
    more = takeAhead(cursor, marks.close, takeToken);
  }
  if (tokens.length !== count) {
    throw modelFileInvalid(file, `it has ${count} tokens, and ids up to ${tokens.length - 1}`);
  }
  const index = createPieceIndex({ pool, starts, ends, count });
  if (index.repeated !== -1) throw modelFileInvalid(file, `it has the text of token ${index.repeated} twice`);
  return { tokens, index };
}

function grown(pool: Uint8Array<ArrayBuffer>, more: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * pool.length + more);
  larger.set(pool);
  return larger;
}

function lengthened(numbers: Int32Array<ArrayBuffer>, least: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(2 * least);
  longer.set(numbers);
  return longer;
}
