/** OpenAI's shapes of a chat completion, whole and in chunks. Pure. */

import type { ChosenLogprob, FinishReason, TokenLogprob } from '../rpc/contract/generate.ts';
import type { CallPiece } from '../rpc/contract/tools.ts';
import type { AnswerShape, ShapeOptions } from './answer-shape.ts';
import { completionUsage } from './completion-usage.ts';

interface ChunkChoice {
  readonly index: number;
  readonly delta: {
    readonly role?: 'assistant';
    readonly content?: string;
    readonly tool_calls?: readonly object[];
  };
  readonly logprobs: ReturnType<typeof chatLogprobs> | null;
  readonly finish_reason: FinishReason | null;
}

export function chatShape({ head, withLogprobs, withUsage }: ShapeOptions): AnswerShape {
  const { id, createdUnixSeconds: created, model } = head;
  const logprobsOf = (logprobs: readonly ChosenLogprob[]) => (withLogprobs ? chatLogprobs(logprobs) : null);

  /** Of a call: no two of all answers are alike, for the answer's own is random. */
  function idOf(choice: number, call: CallPiece): string {
    return `call_${id.slice(id.indexOf('-') + 1)}_${choice}_${call.index}`;
  }

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
      choices: choices.map(({ text, calls, logprobs, finishReason }, index) => ({
        index,
        message: {
          role: 'assistant',
          content: text === '' && calls.length > 0 ? null : text,
          ...(calls.length === 0
            ? {}
            : { tool_calls: calls.map((call) => wholeCall(call, idOf(index, call))) }),
          refusal: null,
        },
        logprobs: logprobsOf(logprobs),
        finish_reason: finishReason,
      })),
      usage: completionUsage(usage),
    }),
    begin: (index) =>
      chunk({ index, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }),
    piece: (index, { text, calls, logprobs }) =>
      chunk({
        index,
        delta: {
          ...(text === '' && calls.length > 0 ? {} : { content: text }),
          ...(calls.length === 0
            ? {}
            : { tool_calls: calls.map((call) => callDelta(call, idOf(index, call))) }),
        },
        logprobs: logprobsOf(logprobs),
        finish_reason: null,
      }),
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

function wholeCall({ name, arguments: given }: CallPiece, id: string) {
  return { id, type: 'function', function: { name, arguments: given } };
}

/** Who and what is called is told once; the arguments come in parts. */
function callDelta({ index, name, arguments: given }: CallPiece, id: string) {
  if (name === undefined) return { index, function: { arguments: given } };
  return { index, id, type: 'function', function: { name, arguments: given } };
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
