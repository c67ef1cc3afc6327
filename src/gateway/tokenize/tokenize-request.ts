/** Reads the body of a tokenization, in vLLM's shape: a prompt or messages. No message quotes a value of the client's. */

import { z } from 'zod';
import type { ChatMessage } from '../../rpc/contract/generate.ts';
import { messagesField, toChatMessages } from '../chat-messages.ts';
import { invalidIssue, invalidParam } from '../invalid-param.ts';
import { type AsksForNothing, isEmpty, isOneOf, never, refuseUnserved } from '../unserved-parameters.ts';
import { wellFormedText } from '../well-formed-text.ts';

export const tokenizeBodySchema = z.looseObject({
  model: wellFormedText.min(1).max(256),
  prompt: wellFormedText.nullish(),
  messages: messagesField.nullish(),
  // Of a prompt: true where it is absent. What marks turns comes with messages either way.
  add_special_tokens: z.boolean().nullish(),
});

export const tokenizeUnserved: ReadonlyMap<string, AsksForNothing> = new Map([
  ['add_generation_prompt', isOneOf(true)],
  ['continue_final_message', isOneOf(false)],
  ['return_token_strs', isOneOf(false)],
  ['chat_template', never],
  ['chat_template_kwargs', isEmpty],
  ['tools', isEmpty],
]);

export interface TokenizeBody {
  readonly model: string;
  /** Empty where there is a `prompt`. */
  readonly messages: ChatMessage[];
  readonly prompt?: string;
  readonly addSpecialTokens: boolean;
}

/** @throws DrydockError GATEWAY_PARAM_INVALID or GATEWAY_PARAM_UNSUPPORTED, with `details.param`. */
export function parseTokenizeRequest(json: unknown): TokenizeBody {
  const parsed = tokenizeBodySchema.safeParse(json);
  if (!parsed.success) throw invalidIssue(parsed.error.issues[0]);
  const { model, prompt, messages, add_special_tokens, ...others } = parsed.data;
  refuseUnserved(others, { table: tokenizeUnserved });
  const addSpecialTokens = add_special_tokens ?? true;
  if (typeof prompt === 'string') {
    if (messages) throw invalidParam('messages', 'must not be there beside a prompt; send one of the two');
    return { model, messages: [], prompt, addSpecialTokens };
  }
  if (!messages) throw invalidParam('prompt', 'is missing; send it, or messages');
  if (add_special_tokens === true) {
    throw invalidParam(
      'add_special_tokens',
      'has no meaning with messages, which bring their own; leave it out',
    );
  }
  return { model, messages: toChatMessages(messages), addSpecialTokens };
}
