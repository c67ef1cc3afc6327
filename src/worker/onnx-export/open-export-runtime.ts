/**
 * An ONNX export as a model source: numbers and vocabulary of its directory, and the path of its graph. What is in the graph is
 * not looked at; `export-interface.ts` does when it is loaded.
 */

import { modelFileInvalid } from '../gguf/model-file-error.ts';
import { readTextFile } from '../hugging-face/directory-files-runtime.ts';
import { fitVocabulary } from '../hugging-face/fit-vocabulary.ts';
import { readDirectoryConfig } from '../hugging-face/read-config.ts';
import type { ModelSource } from '../model-source.ts';
import type { ExportFiles } from './export-files-runtime.ts';

/** @throws DrydockError WORKER_MODEL_FILE_INVALID, WORKER_MODEL_UNSUPPORTED */
export async function openExportSource(path: string, files: ExportFiles): Promise<ModelSource> {
  const { config, vocabSize } = readDirectoryConfig(await readTextFile(files.config), files.config);
  if (vocabSize === undefined) throw modelFileInvalid(files.config, 'vocab_size is missing');
  return {
    path,
    kind: 'onnx-export',
    files: files.all,
    config: { ...config, vocabSize },
    tensors: new Map(),
    exportedGraph: files.graph,
    readBytes: () => Promise.reject(new TypeError('an export has no tensors to read')),
    hasVocabulary: true,
    async readVocabulary() {
      const { readTokenizer } = await import('../hugging-face/read-tokenizer.ts');
      return fitVocabulary(await readTokenizer(files.directory), { rows: vocabSize, path });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
