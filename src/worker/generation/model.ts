/** A model that is ready to answer: what runs it, and what turns text into its ids and back. */

import type { Runner } from '../runner.ts';
import { type ChatFormat, type ChatStyle, createChatFormat, detectChatStyle } from '../text/chat-format.ts';
import { endTokenIds } from '../text/control-tokens.ts';
import { createSampler, type Sampler } from '../text/sampler.ts';
import { createTokenizer, type Tokenizer } from '../text/tokenizer.ts';
import type { Vocabulary } from '../vocabulary.ts';

/** The half of a model that needs no weights. */
export interface ModelText {
  readonly vocabulary: Vocabulary;
  readonly tokenizer: Tokenizer;
  readonly chat: ChatFormat;
  readonly endTokenIds: ReadonlySet<number>;
  readonly sampler: Sampler;
}

export interface Model extends ModelText {
  /** The name that requests use. */
  readonly name: string;
  readonly runner: Runner;
}

/**
 * @param chatStyle absent: what the file asks for.
 * @throws DrydockError WORKER_MODEL_UNSUPPORTED
 */
export function createModelText(vocabulary: Vocabulary, chatStyle?: ChatStyle): ModelText {
  const tokenizer = createTokenizer(vocabulary);
  return {
    vocabulary,
    tokenizer,
    chat: createChatFormat(vocabulary, tokenizer, chatStyle ?? detectChatStyle(vocabulary)),
    endTokenIds: endTokenIds(vocabulary),
    sampler: createSampler(vocabulary.tokens.length),
  };
}
