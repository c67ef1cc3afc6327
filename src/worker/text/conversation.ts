/** Checks a conversation's roles as Gemma's template does, before either chat format turns it into ids. */

import type { ChatMessage } from '../../rpc/contract/generate.ts';
import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';

export interface Conversation {
  /** Text of the system message that opened the conversation, absent without one. */
  readonly system?: string;
  /** `user`, `assistant`, `user`, …; empty where there was a system message alone. */
  readonly turns: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[];
}

/** @throws DrydockError WORKER_CHAT_INVALID, naming the place and the roles, never the text. */
export function parseConversation(messages: readonly ChatMessage[]): Conversation {
  const [first, ...rest] = messages;
  if (first?.role === 'system') return { system: first.content, turns: parseTurns(rest, 1) };
  return { turns: parseTurns(messages, 0) };
}

function parseTurns(messages: readonly ChatMessage[], before: number): Conversation['turns'] {
  return messages.map(({ role, content }, at) => {
    const expected = at % 2 === 0 ? 'user' : 'assistant';
    if (role !== expected) throw rolesError(at + before, role, expected);
    return { role: expected, content };
  });
}

function rolesError(at: number, role: string, expected: string): DrydockError {
  return new DrydockError<WorkerErrorCode>(
    'WORKER_CHAT_INVALID',
    `could not read the conversation: message ${at + 1} is from "${role}" where "${expected}" is due; ` +
      'roles must alternate user/assistant after an optional system message',
    { details: { message: at, role, expected } },
  );
}
