/** The `input` of a response: text, or messages. Items of other kinds (calls of tools, reasoning, references) are refused by their place. */

import { z } from 'zod';
import type { ChatMessage } from '../../rpc/contract/generate.ts';
import { wellFormedText } from '../well-formed-text.ts';

const textPart = z.looseObject({
  type: z.enum(['input_text', 'output_text'], { error: 'is not a text part; only text is served' }),
  text: wellFormedText,
});

const messageItem = z.looseObject({
  type: z.literal('message', { error: 'must be "message"; items of other kinds are not served' }).optional(),
  role: z.enum(['system', 'developer', 'user', 'assistant'], {
    error: 'must be system, developer, user or assistant',
  }),
  content: z.union([wellFormedText, z.array(textPart).min(1).max(1024)], {
    error: 'must be a string or a list of text parts',
  }),
});

export const inputField = z.union([wellFormedText, z.array(messageItem).min(1).max(1024)], {
  error: 'must be a string or a list of messages',
});

/**
 * Instructions and what the system says before anybody speaks become one message: models know one.
 * @param instructions empty: none.
 */
export function toMessages(instructions: string, input: z.infer<typeof inputField>): ChatMessage[] {
  const given =
    typeof input === 'string' ? [{ role: 'user' as const, content: input }] : input.map(toMessage);
  const firstTurn = given.findIndex(({ role }) => role !== 'system');
  const leading = given.slice(0, firstTurn === -1 ? given.length : firstTurn);
  const system = [instructions, ...leading.map(({ content }) => content)].filter((text) => text !== '');
  return [
    ...(system.length === 0 ? [] : [{ role: 'system' as const, content: system.join('\n\n') }]),
    ...given.slice(leading.length),
  ];
}

function toMessage({ role, content }: z.infer<typeof messageItem>): ChatMessage {
  return {
    role: role === 'developer' ? 'system' : role,
    content: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
  };
}
