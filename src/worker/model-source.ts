/**
 * A model's files behind one shape, whatever their format: its numbers, its tensors under the names that GGUF gives them, their
 * bytes and the vocabulary. The files are not locked: whoever changes one while it is open gets wrong weights.
 */

import { stat } from 'node:fs/promises';
import type { Gemma3Config } from './gemma3-config.ts';
import type { GgmlType } from './gguf/ggml-types.ts';
import { modelFileInvalid } from './gguf/model-file-error.ts';
import { openGgufSource } from './gguf/open-gguf-source-runtime.ts';
import { openDirectorySource } from './hugging-face/open-directory-runtime.ts';
import { findExport } from './onnx-export/export-files-runtime.ts';
import { openExportSource } from './onnx-export/open-export-runtime.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface SourceTensor {
  /** As GGUF names it: `blk.0.attn_q.weight`, `token_embd.weight`, `output_norm.weight`. */
  readonly name: string;
  readonly type: GgmlType;
  /** GGML's order: the innermost dimension (a row's length) first. */
  readonly shape: readonly number[];
  readonly elements: number;
  /** Path of the file that holds its bytes. */
  readonly file: string;
  /** From the start of that file. */
  readonly offset: number;
  /** To be added to every element: Hugging Face keeps Gemma's norm weights without their 1, GGUF with it. */
  readonly added: 0 | 1;
}

export interface ModelSource extends AsyncDisposable {
  /** What the caller named: a GGUF file, a directory, or the graph of an export. */
  readonly path: string;
  readonly kind: 'gguf' | 'hugging-face' | 'onnx-export';
  /** Every file that the model is made of, weights and all. */
  readonly files: readonly string[];
  readonly config: Gemma3Config;
  /** Empty for an export, whose graph has the weights. */
  readonly tensors: ReadonlyMap<string, SourceTensor>;
  /** Path of a graph that came with the model; absent where we build one. */
  readonly exportedGraph?: string;
  /** Fills `into` with the tensor's bytes from the given one on, or throws: never a short read. */
  readBytes(tensor: SourceTensor, into: Uint8Array, from: number): Promise<void>;
  /** False where nothing of one is there, as in a file of weights alone; one that is there may still be broken. */
  readonly hasVocabulary: boolean;
  readVocabulary(): Promise<Vocabulary>;
}

/**
 * @param path a GGUF file, a directory as Hugging Face lays them out, or an ONNX file of such a directory.
 * @throws DrydockError WORKER_MODEL_FILE_INVALID when something is missing, cut off or corrupt,
 *   WORKER_MODEL_UNSUPPORTED for another architecture or a form of it that we do not run.
 */
export async function openModelSource(path: string): Promise<ModelSource> {
  const status = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw modelFileInvalid(path, `it cannot be opened (${cause.code})`, cause);
  });
  const exported = await findExport(path);
  if (exported !== undefined) return openExportSource(path, exported);
  return status.isDirectory() ? openDirectorySource(path) : openGgufSource(path);
}
