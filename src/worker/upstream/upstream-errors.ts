/**
 * What a server's refusal or silence means for a request. A server's own text may quote the prompt, so nothing of it is passed
 * on but its numbers and the words by which it names kinds of errors and fields.
 */

import { z } from 'zod';
import { DrydockError, type RpcErrorCode } from '../../rpc/errors.ts';

const word = z
  .string()
  .regex(/^[A-Za-z][\w.-]{0,63}$/)
  .optional()
  .catch(undefined);
const count = z.int().min(0).optional().catch(undefined);

const detailSchema = z.object({
  type: word,
  param: word,
  code: z.union([z.int(), z.string()]).optional().catch(undefined),
  n_prompt_tokens: count,
  n_ctx: count,
});

/** vLLM and llama-server wrap it in `error`, SGLang and older vLLM do not. */
const bodySchema = z.union([z.object({ error: detailSchema }).transform(({ error }) => error), detailSchema]);

export type UpstreamErrorDetail = z.infer<typeof detailSchema>;

/** @param body JSON of an answer or of an event; anything else says nothing. */
export function parseErrorDetail(body: unknown): UpstreamErrorDetail {
  return bodySchema.safeParse(body).data ?? {};
}

/**
 * @param status of HTTP, or the like of it in an event.
 * @param detail what the server says of it.
 */
export function refusalOf(status: number, detail: UpstreamErrorDetail): DrydockError<RpcErrorCode> {
  const code = word.parse(detail.code);
  const named = [detail.type, code, detail.param].filter((part) => part !== undefined).join(', ');
  const what = `${status}${named === '' ? '' : ` (${named})`}`;
  if (status === 404) {
    return failure('RPC_MODEL_UNKNOWN', `its server does not know the model, ${what}`, 'check upstreamModel');
  }
  if (status === 401 || status === 403) {
    return failure(
      'RPC_GENERATION_FAILED',
      `its server refuses the worker's key, ${what}`,
      'check apiKeyFile',
    );
  }
  if (status === 429 || status === 503) {
    return failure('RPC_WORKER_BUSY', `its server has no room, ${what}`, 'send it elsewhere or later');
  }
  if (detail.n_prompt_tokens !== undefined && detail.n_ctx !== undefined) {
    return promptTooLong(detail.n_prompt_tokens, detail.n_ctx);
  }
  if (status >= 400 && status < 500) {
    return failure(
      'RPC_REQUEST_INVALID',
      `its server refuses the request, ${what}`,
      'change what it asks for',
    );
  }
  return upstreamFailed(`it answered ${what}`);
}

export function promptTooLong(promptTokens: number, contextTokensMax: number): DrydockError<RpcErrorCode> {
  return failure(
    'RPC_REQUEST_INVALID',
    `the prompt takes ${promptTokens} tokens and the context holds ${contextTokensMax}, answer included`,
    'shorten it',
    { promptTokens, contextTokensMax },
  );
}

/** The server answered, but not as it has to. */
export function upstreamFailed(reason: string, cause?: unknown): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_GENERATION_FAILED',
    `could not generate the answer: the server behind this worker failed: ${reason}; look into its log`,
    { cause },
  );
}

/** The server is not there, or not any more: another worker may do. */
export function upstreamLost(reason: string, cause?: unknown): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_WORKER_LOST',
    `could not finish the answer: the server behind this worker is lost: ${reason}; send the request again`,
    { cause },
  );
}

function failure(
  code: RpcErrorCode,
  reason: string,
  nextStep: string,
  details: Readonly<Record<string, number>> = {},
): DrydockError<RpcErrorCode> {
  return new DrydockError(code, `could not start the answer: ${reason}; ${nextStep}`, { details });
}
