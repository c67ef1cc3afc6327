/** Reads the vocabulary of a GGUF file into the worker's own shape, and checks that its parts fit one another. */

import type { Vocabulary } from '../vocabulary.ts';
import type { Gguf } from './gguf-header.ts';
import { modelFileInvalid, modelUnsupported, quoted } from './model-file-error.ts';

/**
 * @throws DrydockError WORKER_MODEL_FILE_INVALID when a part is missing or does not fit,
 *   WORKER_MODEL_UNSUPPORTED when the tokenizer is not SentencePiece's.
 */
export function readVocabulary(gguf: Gguf): Vocabulary {
  const { file, metadata } = gguf;
  const model = metadata.string('tokenizer.ggml.model');
  if (model === undefined) throw modelFileInvalid(file, 'the key tokenizer.ggml.model is missing');
  if (model !== 'llama') throw modelUnsupported(file, `its tokenizer is ${quoted(model)}, not "llama"`);
  const tokens = present(gguf, 'tokenizer.ggml.tokens', metadata.strings('tokenizer.ggml.tokens'));
  const scores = present(gguf, 'tokenizer.ggml.scores', metadata.float32s('tokenizer.ggml.scores'));
  const types = present(gguf, 'tokenizer.ggml.token_type', metadata.int32s('tokenizer.ggml.token_type'));
  if (scores.length !== tokens.length || types.length !== tokens.length) {
    const lengths = `${tokens.length}, ${scores.length}, ${types.length}`;
    throw modelFileInvalid(file, `its tokens, scores and token types differ in number (${lengths})`);
  }
  const rows = gguf.tensors.get('token_embd.weight')?.shape[1];
  if (rows !== undefined && rows !== tokens.length) {
    throw modelFileInvalid(file, `it has ${tokens.length} tokens and ${rows} embeddings`);
  }
  const chatTemplate = metadata.string('tokenizer.chat_template');
  return {
    tokens,
    scores,
    types,
    bosId: tokenId(gguf, 'tokenizer.ggml.bos_token_id', tokens.length),
    eosId: tokenId(gguf, 'tokenizer.ggml.eos_token_id', tokens.length),
    // llama.cpp's defaults for this kind of tokenizer.
    addBos: metadata.boolean('tokenizer.ggml.add_bos_token') ?? true,
    addSpacePrefix: metadata.boolean('tokenizer.ggml.add_space_prefix') ?? true,
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
  };
}

function present<T>(gguf: Gguf, key: string, value: T | undefined): T {
  if (value === undefined) throw modelFileInvalid(gguf.file, `the key ${key} is missing`);
  return value;
}

function tokenId(gguf: Gguf, key: string, count: number): number {
  const id = present(gguf, key, gguf.metadata.number(key));
  if (!Number.isInteger(id) || id < 0 || id >= count) {
    throw modelFileInvalid(gguf.file, `${key} is ${id}, and there are ${count} tokens`);
  }
  return id;
}
