/** Messages of a chat completion, with calls of functions and what these gave, into the worker's terms. No refusal quotes a client's text. */

import { z } from 'zod';
import type { ChatMessage } from '../rpc/contract/generate.ts';
import { stripWhitespace } from '../rpc/contract/strip-whitespace.ts';
import { callIdSchema, toolCallsMax } from '../rpc/contract/tools.ts';
import { invalidParam } from './invalid-param.ts';
import { functionName } from './tool-parameters.ts';
import { wellFormedText } from './well-formed-text.ts';

const textPart = z.looseObject({
  type: z.literal('text', { error: 'is not a text part; only text is served' }),
  text: wellFormedText,
});

const contentError = 'must be a string or a list of text parts';
const content = z.union([wellFormedText, z.array(textPart).min(1).max(1024)], { error: contentError });

const asksForNothing = z.union([z.null(), z.array(z.never()).max(0)], { error: 'is not served' }).optional();

const toolCall = z.looseObject({
  id: callIdSchema.pipe(wellFormedText),
  type: z.literal('function', { error: 'must be function; nothing else can be called here' }),
  function: z.looseObject({ name: functionName, arguments: wellFormedText }),
});

const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool'], {
    error: 'must be system, developer, user, assistant or tool',
  }),
  content: content.nullish(),
  tool_calls: z.array(toolCall).max(toolCallsMax).nullish(),
  tool_call_id: callIdSchema.nullish(),
  function_call: z.null({ error: 'is deprecated and not served; use tool_calls' }).optional(),
  audio: asksForNothing,
  refusal: asksForNothing,
});

type Message = z.infer<typeof message>;

export const messagesField = z.array(message).min(1).max(1024);

/** @throws DrydockError GATEWAY_PARAM_INVALID where a message lacks something, or calls and results do not belong together. */
export function toChatMessages(messages: readonly Message[]): ChatMessage[] {
  const open = new OpenCalls();
  const read = messages.map((given, at): ChatMessage => {
    const param = `messages[${at}]`;
    const calls = given.tool_calls ?? [];
    if (given.role === 'tool') {
      const toolCallId = open.answer(given, at);
      return { role: 'tool', content: contentOf(given, param), toolCallId };
    }
    open.refuseUnanswered();
    if (calls.length === 0) {
      return {
        role: given.role === 'developer' ? 'system' : given.role,
        content: contentOf(given, param),
      };
    }
    if (given.role !== 'assistant')
      throw invalidParam(`${param}.tool_calls`, 'is of a message that is not from the assistant');
    open.call(calls, at);
    return {
      role: 'assistant',
      content: given.content ? contentOf(given, param) : '',
      toolCalls: calls.map(({ id, function: { name, arguments: given } }) => ({
        id,
        name,
        arguments: given,
      })),
    };
  });
  open.refuseUnanswered();
  return read;
}

/** Calls of the last message that had any, and which of them have their result. */
class OpenCalls {
  #waiting = new Set<string>();
  /** Place of the message that called. */
  #caller = 0;
  /** Place at which a result may stand. */
  #next = -1;

  call(calls: readonly z.infer<typeof toolCall>[], at: number): void {
    this.#waiting = new Set(calls.map(({ id }) => id));
    if (this.#waiting.size < calls.length)
      throw invalidParam(`messages[${at}].tool_calls`, 'has two calls with one id; give each its own');
    this.#caller = at;
    this.#next = at + 1;
  }

  /** @returns the id of the call. */
  answer({ tool_call_id: id }: Message, at: number): string {
    const param = `messages[${at}]`;
    if (at !== this.#next)
      throw invalidParam(`${param}.role`, 'is tool where nothing was called; put it behind the call');
    if (typeof id !== 'string' || !this.#waiting.delete(id))
      throw invalidParam(`${param}.tool_call_id`, 'is the id of no call that waits for its result');
    this.#next += 1;
    return id;
  }

  refuseUnanswered(): void {
    if (this.#waiting.size > 0)
      throw invalidParam(
        `messages[${this.#caller}].tool_calls`,
        'has a call without its result; send a message of role tool for each behind it',
      );
  }
}

/**
 * Gemma's template strips each part of a turn and sets nothing between them; a system message's text it takes as it is. Of that one it reads
 * the first part alone, where we lose nothing that was sent.
 */
function contentOf({ role, content: parts }: Message, param: string): string {
  if (parts === null || parts === undefined) throw invalidParam(`${param}.content`, contentError);
  if (typeof parts === 'string') return parts;
  const isSystem = role === 'system' || role === 'developer';
  return parts.map(({ text }) => (isSystem ? text : stripWhitespace(text))).join('');
}
