/** A model that is ready to answer: what runs it, and what turns text into its ids and back. */

import { createGrammarCompiler } from '../sampling/grammar-compiler.ts';
import type { SamplingContext } from '../sampling/token-chooser.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { type ChatFormat, type ChatStyle, createChatFormat, detectChatStyle } from '../text/chat-format.ts';
import { endTokenIds } from '../text/control-tokens.ts';
import { createTokenizer, type Tokenizer } from '../text/tokenizer.ts';
import type { Vocabulary } from '../vocabulary.ts';

/** The half of a model that needs no weights. */
export interface ModelText extends SamplingContext {
  readonly tokenizer: Tokenizer;
  readonly chat: ChatFormat;
}

export interface Model extends ModelText {
  /** The name that requests use. */
  readonly name: string;
  /** Prompt and completion tokens of one answer at most. */
  readonly contextTokensMax: number;
  readonly scheduler: Scheduler;
}

/**
 * @param chatStyle absent: what the file asks for.
 * @throws DrydockError WORKER_MODEL_UNSUPPORTED
 */
export function createModelText(vocabulary: Vocabulary, chatStyle?: ChatStyle): ModelText {
  const tokenizer = createTokenizer(vocabulary);
  const ends = endTokenIds(vocabulary);
  return {
    vocabulary,
    tokenizer,
    chat: createChatFormat(vocabulary, tokenizer, chatStyle ?? detectChatStyle(vocabulary)),
    endTokenIds: ends,
    grammars: createGrammarCompiler(vocabulary, ends),
  };
}
