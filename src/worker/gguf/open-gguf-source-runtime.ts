/** A GGUF file as a model source. */

import type { ModelSource, SourceTensor } from '../model-source.ts';
import { readGemma3Config } from './gemma3-config.ts';
import { openGguf } from './gguf-file-runtime.ts';
import type { Gguf } from './gguf-header.ts';
import { readVocabulary } from './gguf-vocabulary.ts';

/** @throws DrydockError WORKER_MODEL_FILE_INVALID, WORKER_MODEL_UNSUPPORTED */
export async function openGgufSource(file: string): Promise<ModelSource> {
  await using opening = new AsyncDisposableStack();
  const gguf = opening.use(await openGguf(file));
  const config = readGemma3Config(gguf);
  const tensors = sourceTensors(gguf);
  const opened = opening.move();
  return {
    path: file,
    kind: 'gguf',
    files: [file],
    config,
    tensors,
    readBytes: (tensor, into, from) => gguf.readBytes(into, tensor.offset + from),
    hasVocabulary: gguf.metadata.hasUnder('tokenizer.ggml.'),
    readVocabulary: async () => readVocabulary(gguf),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

export function sourceTensors({ file, tensors }: Gguf): ReadonlyMap<string, SourceTensor> {
  return new Map(
    [...tensors.values()].map(({ name, type, shape, elements, offset }) => [
      name,
      { name, type, shape, elements, file, offset, added: 0 },
    ]),
  );
}
