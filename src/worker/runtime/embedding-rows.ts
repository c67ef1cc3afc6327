/**
 * Reads embeddings straight from the model file, a row at a time as tokens need them, so that the table (two thirds of
 * a small model) is neither in memory nor in the graph.
 */

import { readSync } from 'node:fs';
import { dequantize } from '../gguf/dequantize.ts';
import { bytesOfElements } from '../gguf/ggml-types.ts';
import type { GgufTensor } from '../gguf/gguf-header.ts';

export interface EmbeddingRows {
  /** [ids.length, hidden], multiplied by the square root of hidden as Gemma wants it. */
  read(ids: Int32Array): Float32Array;
}

/** @param table [hidden, vocabSize]; the file descriptor stays the caller's. */
export function embeddingRows(descriptor: number, table: GgufTensor): EmbeddingRows {
  const hidden = table.shape[0] ?? 0;
  const row = new Uint8Array(bytesOfElements(table.type, hidden));
  const scale = Math.fround(Math.sqrt(hidden));
  return {
    read(ids) {
      const out = new Float32Array(ids.length * hidden);
      for (const [index, id] of ids.entries()) {
        const bytesRead = readSync(descriptor, row, 0, row.length, table.offset + id * row.length);
        if (bytesRead !== row.length) throw new Error('the model file ended early');
        dequantize(table.type, row, out.subarray(index * hidden, (index + 1) * hidden));
      }
      for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) * scale;
      return out;
    },
  };
}
