/**
 * Checks a conversation's roles as Gemma's template does, before either chat format turns it into ids. Gemma knows no tools: what
 * functions gave is a turn of the user, or the beginning of one.
 */

import type { ChatMessage } from '../../rpc/contract/generate.ts';
import type { ToolUse } from '../../rpc/contract/tools.ts';
import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { describeTools, resultBlock, turnWithCalls } from './tool-call-text.ts';

export interface Conversation {
  /** Text of the system message that opened the conversation, and of the functions that there are; absent without either. */
  readonly system?: string;
  /** `user`, `assistant`, `user`, …; empty where there was a system message alone. */
  readonly turns: readonly Turn[];
}

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** @throws DrydockError WORKER_CHAT_INVALID, naming the place and the roles, never the text. */
export function parseConversation(messages: readonly ChatMessage[], tools?: ToolUse): Conversation {
  const [first, ...rest] = messages;
  const opening = first?.role === 'system' ? [first.content] : [];
  const system = [...opening, ...(tools === undefined ? [] : [describeTools(tools)])];
  const turns = opening.length > 0 ? parseTurns(rest, 1) : parseTurns(messages, 0);
  return system.length === 0 ? { turns } : { system: system.join('\n\n'), turns };
}

function parseTurns(messages: readonly ChatMessage[], before: number): Conversation['turns'] {
  const turns: Turn[] = [];
  const names = new Map<string, string>();
  let isAfterResult = false;
  for (const [at, message] of messages.entries()) {
    const { role } = message;
    const last = turns.at(-1);
    const expected = last?.role === 'user' ? 'assistant' : 'user';
    const speaker = role === 'tool' ? 'user' : role;
    // What comes behind a function's result belongs to the same turn, another result or the user's own words.
    const isMore = isAfterResult && speaker === 'user' && last !== undefined;
    if (speaker !== expected && !isMore) throw rolesError(at + before, role, expected);
    const content = contentOf(message, names);
    if (isMore) turns[turns.length - 1] = { role: 'user', content: `${last.content}\n\n${content}` };
    else turns.push({ role: expected, content });
    for (const { id, name } of message.toolCalls ?? []) names.set(id, name);
    isAfterResult = role === 'tool';
  }
  return turns;
}

/** @param names of functions, by the ids of their calls. */
function contentOf(message: ChatMessage, names: ReadonlyMap<string, string>): string {
  const { role, content, toolCalls, toolCallId } = message;
  if (role === 'tool') return resultBlock(names.get(toolCallId ?? '') ?? '', content);
  return toolCalls === undefined ? content : turnWithCalls(content, toolCalls);
}

function rolesError(at: number, role: string, expected: string): DrydockError {
  return new DrydockError<WorkerErrorCode>(
    'WORKER_CHAT_INVALID',
    `could not read the conversation: message ${at + 1} is from "${role}" where "${expected}" is due; ` +
      'roles must alternate user/assistant after an optional system message',
    { details: { message: at, role, expected } },
  );
}
