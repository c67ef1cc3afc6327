/** Keys or values of one layer of a sequence as an export's graph takes and gives them, cut and joined by positions. Pure. */

import type { Gemma3Config } from '../gemma3-config.ts';
import type { FloatType } from './export-interface.ts';

/** [kvHeads, length, headDim]; half floats as their bits. */
export interface CacheRows {
  readonly type: FloatType;
  readonly values: Float32Array | Uint16Array;
  readonly kvHeads: number;
  readonly length: number;
  readonly headDim: number;
}

/** Bytes of the keys and values of one position in all layers, in float32, which is the largest that an export has. */
export function exportPositionBytes({ layers, kvHeads, headDim }: Gemma3Config): number {
  return 4 * 2 * layers.length * kvHeads * headDim;
}

/** Of so many positions, all zeros. */
export function emptyCache(
  type: FloatType,
  { kvHeads, headDim, length }: Pick<CacheRows, 'kvHeads' | 'headDim' | 'length'>,
): CacheRows {
  return { type, values: allocate(type, kvHeads * length * headDim), kvHeads, length, headDim };
}

/** The rows of `count` positions from the one at `start` on, as copies. */
export function copyRows(
  caches: readonly CacheRows[],
  { start, count }: { readonly start: number; readonly count: number },
): readonly CacheRows[] {
  return caches.map((cache) => {
    const { type, kvHeads, length, headDim } = cache;
    const values = allocate(type, kvHeads * count * headDim);
    for (let head = 0; head < kvHeads; head++) {
      const from = (head * length + start) * headDim;
      values.set(cache.values.subarray(from, from + count * headDim), head * count * headDim);
    }
    return { type, values, kvHeads, length: count, headDim };
  });
}

/**
 * Those of `first`, then those of `second`, cache by cache, as copies.
 *
 * @throws TypeError when `second` has fewer caches.
 */
export function appendRows(first: readonly CacheRows[], second: readonly CacheRows[]): readonly CacheRows[] {
  return first.map((before, index) => {
    const after = second[index];
    if (after === undefined) throw new TypeError('both have as many caches as their graph');
    const { type, kvHeads, headDim } = before;
    const length = before.length + after.length;
    const values = allocate(type, kvHeads * length * headDim);
    for (let head = 0; head < kvHeads; head++) {
      const at = head * length * headDim;
      values.set(headOf(before, head), at);
      values.set(headOf(after, head), at + before.length * headDim);
    }
    return { type, values, kvHeads, length, headDim };
  });
}

function headOf({ values, length, headDim }: CacheRows, head: number): Float32Array | Uint16Array {
  return values.subarray(head * length * headDim, (head + 1) * length * headDim);
}

function allocate(type: FloatType, count: number): Float32Array | Uint16Array {
  return type === 'float32' ? new Float32Array(count) : new Uint16Array(count);
}
