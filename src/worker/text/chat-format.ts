/**
 * How a conversation becomes the ids that a model answers. Both formats encode what people wrote as plain
 * text, so that it cannot end a turn or start one. The turns format marks turns by words alone: a user can imitate
 * those, which is harmless to the program and unavoidable with a model that knows no turns.
 */

import type { ChatMessage } from '../../rpc/contract/generate.ts';
import { stripWhitespace } from '../../rpc/contract/strip-whitespace.ts';
import type { ToolUse } from '../../rpc/contract/tools.ts';
import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import type { Vocabulary } from '../vocabulary.ts';
import { requireControlToken, turnTokens } from './control-tokens.ts';
import { parseConversation } from './conversation.ts';
import { unlikeGemmaTemplate } from './gemma-template.ts';
import type { Tokenizer } from './tokenizer.ts';
import { callMarker } from './tool-call-text.ts';

/** `gemma`: turns between control tokens, as the models were tuned. `turns`: `User:` and `Assistant:`, for base models. */
export type ChatStyle = 'gemma' | 'turns';

export interface ChatFormat {
  readonly style: ChatStyle;
  /** Where an answer ends besides the model's own end tokens. */
  readonly stopStrings: readonly string[];
  /**
   * Ids of the conversation and of the beginning of the answer, `<bos>` first where the file wants it. Where functions must be called, the
   * answer begins behind the marker of calls.
   * @throws DrydockError WORKER_CHAT_INVALID when the roles do not alternate.
   */
  encode(messages: readonly ChatMessage[], tools?: ToolUse): number[];
}

/** @throws DrydockError WORKER_MODEL_UNSUPPORTED when the vocabulary lacks what the style needs. */
export function createChatFormat(vocabulary: Vocabulary, tokenizer: Tokenizer, style: ChatStyle): ChatFormat {
  return style === 'gemma' ? gemmaFormat(vocabulary, tokenizer) : turnsFormat(vocabulary, tokenizer);
}

/**
 * The style that a model file asks for: Gemma's when it carries Gemma's template, `turns` when it carries none.
 * Templates are recognised, not run: a wrong prompt would give bad answers in silence, so an unknown one is refused.
 * @throws DrydockError WORKER_MODEL_UNSUPPORTED
 */
export function detectChatStyle(vocabulary: Vocabulary): ChatStyle {
  const template = vocabulary.chatTemplate;
  if (template === undefined || template.trim() === '') return 'turns';
  const unlike = unlikeGemmaTemplate(template);
  if (unlike.length === 0) return 'gemma';
  throw new DrydockError<WorkerErrorCode>(
    'WORKER_MODEL_UNSUPPORTED',
    `could not use the chat template of the model file: it is not Gemma-3's (${unlike.join(', ')}); ` +
      'set "chatStyle" in model.json to "gemma" or "turns"',
  );
}

function gemmaFormat(vocabulary: Vocabulary, tokenizer: Tokenizer): ChatFormat {
  const start = requireControlToken(vocabulary, turnTokens.start);
  const end = requireControlToken(vocabulary, turnTokens.end);
  const plain = (text: string) => tokenizer.encode(text, { control: 'plain' });
  const newline = plain('\n');
  return {
    style: 'gemma',
    stopStrings: [],
    encode(messages, tools) {
      const { system, turns } = parseConversation(messages, tools);
      const ids = [vocabulary.bosId];
      for (const [at, { role, content }] of turns.entries()) {
        const prefix = at === 0 && system !== undefined ? `${system}\n\n` : '';
        const name = role === 'assistant' ? 'model' : 'user';
        append(ids, [start], plain(`${name}\n${prefix}${stripWhitespace(content)}`), [end], newline);
      }
      return append(ids, [start], plain(`model\n${tools?.isRequired ? callMarker : ''}`));
    },
  };
}

function turnsFormat(vocabulary: Vocabulary, tokenizer: Tokenizer): ChatFormat {
  return {
    style: 'turns',
    stopStrings: ['\nUser:'],
    encode(messages, tools) {
      const { system, turns } = parseConversation(messages, tools);
      const lines = turns.map(
        ({ role, content }) => `${role === 'user' ? 'User' : 'Assistant'}: ${stripWhitespace(content)}`,
      );
      const opening = system === undefined ? [] : [`${stripWhitespace(system)}\n`];
      const answer = tools?.isRequired ? `Assistant: ${callMarker}` : 'Assistant:';
      const text = [...opening, ...lines, answer].join('\n');
      const ids = vocabulary.addBos ? [vocabulary.bosId] : [];
      return append(ids, tokenizer.encode(text, { control: 'plain' }));
    },
  };
}

/** A loop, for a spread of a long text's ids overflows the stack. */
function append(ids: number[], ...parts: readonly (readonly number[])[]): number[] {
  for (const part of parts) for (const id of part) ids.push(id);
  return ids;
}
