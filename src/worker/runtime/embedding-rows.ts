/**
 * Reads rows of the embedding table, or of the output matrix, straight from the model file, as tokens need them: the table (two
 * thirds of a small model) is neither in memory nor in the graph.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { dequantize } from '../gguf/dequantize.ts';
import { bytesOfElements } from '../gguf/ggml-types.ts';
import type { SourceTensor } from '../model-source.ts';

export interface EmbeddingRows extends Disposable {
  /** [ids.length, hidden], multiplied by `scale`. */
  read(ids: ArrayLike<number>): Float32Array;
}

/**
 * @param table [hidden, vocabSize].
 * @throws the system's error when its file cannot be opened.
 */
export function embeddingRows(table: SourceTensor, { scale }: { readonly scale: number }): EmbeddingRows {
  const descriptor = openSync(table.file, 'r');
  const hidden = table.shape[0] ?? 0;
  const row = new Uint8Array(bytesOfElements(table.type, hidden));
  return {
    read(ids) {
      const out = new Float32Array(new ArrayBuffer(4 * ids.length * hidden));
      for (let index = 0; index < ids.length; index++) {
        const position = table.offset + (ids[index] ?? 0) * row.length;
        if (readSync(descriptor, row, 0, row.length, position) !== row.length) {
          throw new Error('the model file ended early');
        }
        dequantize(table.type, row, out.subarray(index * hidden, (index + 1) * hidden));
      }
      if (scale !== 1) for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) * scale;
      return out;
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}

/** What Gemma multiplies embeddings by: the square root of their length, in float32. */
export function embeddingScale(hidden: number): number {
  return Math.fround(Math.sqrt(hidden));
}
