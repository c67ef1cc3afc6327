/** OpenAI's `Response`, its one output message, and the parts of that. Pure. */

import type { ChosenLogprob, FinishReason, TokenLogprob, Usage } from '../../rpc/contract/generate.ts';
import type { AnswerHead } from '../answer-shape.ts';
import type { ErrorEnvelope } from '../http-errors.ts';

export interface ResponseOptions {
  readonly head: AnswerHead;
  readonly echo: Readonly<Record<string, unknown>>;
  /** Whether the client asked for log probabilities. */
  readonly withLogprobs: boolean;
}

/** What there is of an answer's text. */
export interface TextSoFar {
  readonly text: string;
  readonly logprobs: readonly ChosenLogprob[];
}

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export function textPart({ text, logprobs }: TextSoFar, { withLogprobs }: ResponseOptions) {
  return {
    type: 'output_text',
    text,
    annotations: [],
    logprobs: withLogprobs ? logprobs.map(chosenLogprob) : [],
  } as const;
}

/** @param answer absent: its content has not begun. */
export function messageItem(status: ItemStatus, options: ResponseOptions, answer?: TextSoFar) {
  const content = answer === undefined ? [] : [textPart(answer, options)];
  return { id: itemId(options), type: 'message', status, role: 'assistant', content } as const;
}

/** One answer has one message. */
export function itemId({ head }: ResponseOptions): string {
  return head.id.replace(/^resp_/, 'msg_');
}

export function begunResponse(options: ResponseOptions) {
  return response('in_progress', options);
}

export function endedResponse(
  answer: TextSoFar & { readonly finishReason: FinishReason; readonly usage: Usage },
  options: ResponseOptions,
) {
  const isWhole = answer.finishReason === 'stop';
  const status = isWhole ? 'completed' : 'incomplete';
  return {
    ...response(status, options),
    incomplete_details: isWhole ? null : { reason: 'max_output_tokens' },
    output: [messageItem(status, options, answer)],
    usage: responseUsage(answer.usage),
  };
}

/** @param answer absent: it broke off before it had begun. */
export function failedResponse({ error }: ErrorEnvelope, options: ResponseOptions, answer?: TextSoFar) {
  return {
    ...response('failed', options),
    error: { code: errorCode(error.type), message: error.message },
    output: answer === undefined ? [] : [messageItem('incomplete', options, answer)],
  };
}

function response(status: string, { head, echo }: ResponseOptions) {
  const { id, createdUnixSeconds, model } = head;
  return {
    id,
    object: 'response',
    created_at: createdUnixSeconds,
    status,
    error: null,
    incomplete_details: null,
    model,
    output: [],
    ...echo,
  };
}

/** OpenAI has a closed list of codes here; the `error` event that follows has our own. */
function errorCode(type: string): string {
  if (type === 'rate_limit_error') return 'rate_limit_exceeded';
  return type === 'invalid_request_error' ? 'invalid_prompt' : 'server_error';
}

function responseUsage({ promptTokens, completionTokens, cachedTokens = 0 }: Usage) {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens, cache_write_tokens: 0 },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: promptTokens + completionTokens,
  };
}

function chosenLogprob(chosen: ChosenLogprob) {
  return { ...tokenLogprob(chosen), top_logprobs: chosen.top.map(tokenLogprob) };
}

function tokenLogprob({ text, bytes, logprob }: TokenLogprob) {
  return { token: text, logprob, bytes };
}
