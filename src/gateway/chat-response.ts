/** OpenAI's shapes of a chat completion, whole and in chunks. Pure. */

import type { FinishReason, Usage } from '../rpc/contract/generate.ts';

/** What all parts of one answer share. */
export interface AnswerHead {
  readonly id: string;
  readonly createdUnixSeconds: number;
  readonly model: string;
}

export interface WholeAnswer {
  readonly text: string;
  readonly finishReason: FinishReason;
  readonly usage: Usage;
}

export function chatCompletion(head: AnswerHead, answer: WholeAnswer) {
  return {
    id: head.id,
    object: 'chat.completion',
    created: head.createdUnixSeconds,
    model: head.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answer.text, refusal: null },
        logprobs: null,
        finish_reason: answer.finishReason,
      },
    ],
    usage: completionUsage(answer.usage),
  };
}

export interface ChunkChoice {
  readonly delta: { readonly role?: 'assistant'; readonly content?: string };
  readonly finishReason: FinishReason | null;
}

/** @param withUsage whether the client asked for usage: then every chunk says that it has none yet. */
export function chatChunk(head: AnswerHead, { delta, finishReason }: ChunkChoice, withUsage: boolean) {
  return {
    ...chunkHead(head),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...(withUsage ? { usage: null } : {}),
  };
}

/** The chunk before the end of a stream whose client asked for usage. It has no choices. */
export function usageChunk(head: AnswerHead, usage: Usage) {
  return { ...chunkHead(head), choices: [], usage: completionUsage(usage) };
}

function chunkHead(head: AnswerHead) {
  return {
    id: head.id,
    object: 'chat.completion.chunk',
    created: head.createdUnixSeconds,
    model: head.model,
  };
}

function completionUsage({ promptTokens, completionTokens }: Usage) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
