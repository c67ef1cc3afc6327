/** Turns a request's messages into ids and refuses what this model cannot take, with the numbers. */

import type { GenerateRequest } from '../../rpc/contract/generate.ts';
import { requestTexts } from '../../rpc/contract/request-texts.ts';
import { DrydockError, type RpcErrorCode } from '../../rpc/errors.ts';
import { encodePlain } from '../text/encode-plain.ts';
import type { Model, ModelText } from './model.ts';

/**
 * @returns fewer ids than the context holds, so that at least one token can be answered.
 * @throws DrydockError RPC_MODEL_UNKNOWN, RPC_REQUEST_INVALID, WORKER_CHAT_INVALID
 */
export function encodePrompt(model: Model, request: GenerateRequest): number[] {
  if (request.model !== model.name) {
    throw new DrydockError<RpcErrorCode>(
      'RPC_MODEL_UNKNOWN',
      `could not start the answer: this worker serves "${model.name}" alone; ask for that model`,
    );
  }
  const { contextTokensMax } = model;
  refuseHopeless(model, request);
  const ids = idsOf(model, request);
  if (ids.length >= contextTokensMax) {
    throw tooLong(
      `the conversation takes ${ids.length} tokens and the context holds ${contextTokensMax}, answer included`,
      { promptTokens: ids.length, contextTokensMax },
    );
  }
  return ids;
}

type Prompt = Pick<GenerateRequest, 'messages' | 'prompt' | 'tools'>;

/** @throws DrydockError RPC_REQUEST_INVALID */
export function refuseHopeless(
  { contextTokensMax, tokenizer }: Pick<Model, 'contextTokensMax' | 'tokenizer'>,
  request: Prompt,
): void {
  // Encoding takes time in proportion to the text, in which nobody else is served: hopeless texts are refused unread.
  const characters = requestTexts(request).reduce((sum, text) => sum + text.length, 0);
  const charactersMax = contextTokensMax * tokenizer.tokenLengthMax;
  if (characters > charactersMax) {
    throw tooLong(
      `${characters} characters are more than the ${contextTokensMax} tokens of its context can hold`,
      {
        characters,
        contextTokensMax,
      },
    );
  }
}

/** @throws DrydockError WORKER_CHAT_INVALID */
export function idsOf(
  { chat, tokenizer, vocabulary }: ModelText,
  { prompt, messages, tools }: Prompt,
): number[] {
  return prompt === undefined ? chat.encode(messages, tools) : encodePlain(prompt, { tokenizer, vocabulary });
}

function tooLong(reason: string, details: Readonly<Record<string, number>>): DrydockError {
  return new DrydockError<RpcErrorCode>(
    'RPC_REQUEST_INVALID',
    `could not start the answer: ${reason}; shorten the conversation`,
    { details },
  );
}
