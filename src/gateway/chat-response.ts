/** OpenAI's shapes of a chat completion, whole and in chunks. Pure. */

import type { ChosenLogprob, FinishReason, TokenLogprob } from '../rpc/contract/generate.ts';
import type { AnswerShape, ShapeOptions } from './answer-shape.ts';
import { completionUsage } from './completion-usage.ts';

interface ChunkChoice {
  readonly index: number;
  readonly delta: { readonly role?: 'assistant'; readonly content?: string };
  readonly logprobs: ReturnType<typeof chatLogprobs> | null;
  readonly finish_reason: FinishReason | null;
}

export function chatShape({ head, withLogprobs, withUsage }: ShapeOptions): AnswerShape {
  const { id, createdUnixSeconds: created, model } = head;
  const logprobsOf = (logprobs: readonly ChosenLogprob[]) => (withLogprobs ? chatLogprobs(logprobs) : null);

  function chunk(choice: ChunkChoice) {
    return {
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      choices: [choice],
      ...(withUsage ? { usage: null } : {}),
    };
  }

  return {
    whole: (choices, usage) => ({
      id,
      object: 'chat.completion',
      created,
      model,
      choices: choices.map(({ text, logprobs, finishReason }, index) => ({
        index,
        message: { role: 'assistant', content: text, refusal: null },
        logprobs: logprobsOf(logprobs),
        finish_reason: finishReason,
      })),
      usage: completionUsage(usage),
    }),
    begin: (index) =>
      chunk({ index, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }),
    piece: (index, { text, logprobs }) =>
      chunk({ index, delta: { content: text }, logprobs: logprobsOf(logprobs), finish_reason: null }),
    end: (index, finishReason) => chunk({ index, delta: {}, logprobs: null, finish_reason: finishReason }),
    usage: (usage) => ({
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      choices: [],
      usage: completionUsage(usage),
    }),
  };
}

function chatLogprobs(logprobs: readonly ChosenLogprob[]) {
  return {
    content: logprobs.map((chosen) => ({
      ...tokenLogprob(chosen),
      top_logprobs: chosen.top.map(tokenLogprob),
    })),
    refusal: null,
  };
}

function tokenLogprob({ text, bytes, logprob }: TokenLogprob) {
  return { token: text, logprob, bytes };
}
