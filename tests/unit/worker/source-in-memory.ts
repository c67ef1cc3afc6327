/** A model source over the bytes of a GGUF file that are at hand, for what needs no file. */

import { readGemma3Config } from '../../../src/worker/gguf/gemma3-config.ts';
import { type Gguf, parseGgufHeader } from '../../../src/worker/gguf/gguf-header.ts';
import { readVocabulary } from '../../../src/worker/gguf/gguf-vocabulary.ts';
import { sourceTensors } from '../../../src/worker/gguf/open-gguf-source-runtime.ts';
import type { ModelSource } from '../../../src/worker/model-source.ts';

export function sourceInMemory(bytes: Buffer): ModelSource {
  const gguf = parseGgufHeader({ file: 'm.gguf', bytes, fileBytes: bytes.length });
  if (gguf === undefined) throw new Error('asked for more than the whole file');
  return sourceOfParsed(gguf, bytes);
}

export function sourceOfParsed(gguf: Gguf, bytes: Buffer): ModelSource {
  return {
    path: gguf.file,
    kind: 'gguf',
    files: [gguf.file],
    config: readGemma3Config(gguf),
    tensors: sourceTensors(gguf),
    async readBytes({ offset }, into, from) {
      into.set(bytes.subarray(offset + from, offset + from + into.length));
    },
    hasVocabulary: gguf.metadata.hasUnder('tokenizer.ggml.'),
    readVocabulary: async () => readVocabulary(gguf),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
