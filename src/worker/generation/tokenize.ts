/** The ids of a prompt, as an answer to it would begin with them; it may be longer than the context. */

import type { Tokenization, TokenizeRequest } from '../../rpc/contract/tokenize.ts';
import { DrydockError, isDrydockError, type RpcErrorCode } from '../../rpc/errors.ts';
import type { Model } from './model.ts';
import { idsOf, refuseHopeless } from './prompt.ts';

/** @throws DrydockError RPC_REQUEST_INVALID */
export function tokenize(model: Omit<Model, 'scheduler' | 'name'>, request: TokenizeRequest): Tokenization {
  const { contextTokensMax, tokenizer } = model;
  refuseHopeless(model, request);
  const { prompt, addSpecialTokens } = request;
  if (prompt !== undefined && !addSpecialTokens) {
    return { ids: tokenizer.encode(prompt, { control: 'plain' }), contextTokensMax };
  }
  try {
    return { ids: idsOf(model, request), contextTokensMax };
  } catch (error) {
    if (!isDrydockError(error) || error.code !== 'WORKER_CHAT_INVALID') throw error;
    throw new DrydockError<RpcErrorCode>('RPC_REQUEST_INVALID', error.message, { details: error.details });
  }
}
