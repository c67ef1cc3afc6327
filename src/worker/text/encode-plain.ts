/** A prompt that is text and no conversation: its ids as they are, which is how a base model continues it. */

import type { Vocabulary } from '../vocabulary.ts';
import type { Tokenizer } from './tokenizer.ts';

/**
 * Ids of the text behind `<bos>`, where the model file wants one. Text that looks like a control token stays text, and nothing is
 * stripped.
 */
export function encodePlain(
  text: string,
  { tokenizer, vocabulary }: { readonly tokenizer: Tokenizer; readonly vocabulary: Vocabulary },
): number[] {
  const ids = tokenizer.encode(text, { control: 'plain' });
  if (vocabulary.addBos) ids.unshift(vocabulary.bosId);
  return ids;
}
