/** OpenAI's shapes of a text completion, whole and in chunks. */

import type { ChosenLogprob, FinishReason, TokenLogprob } from '../rpc/contract/generate.ts';
import type { AnswerShape, Piece, ShapeOptions } from './answer-shape.ts';
import { completionUsage } from './completion-usage.ts';

export function textCompletionShape({ head, withLogprobs, withUsage }: ShapeOptions): AnswerShape {
  /** Characters so far, by choice. */
  const offsets = new Map<number, number>();

  function base() {
    const { id, createdUnixSeconds, model } = head;
    return { id, object: 'text_completion', created: createdUnixSeconds, model };
  }

  function choiceOf(index: number, { text, logprobs }: Piece, finishReason: FinishReason | null) {
    if (!withLogprobs) return { index, text, logprobs: null, finish_reason: finishReason };
    const { list, end } = textLogprobs(logprobs, offsets.get(index) ?? 0);
    offsets.set(index, end);
    return { index, text, logprobs: list, finish_reason: finishReason };
  }

  function chunk(choice: ReturnType<typeof choiceOf>) {
    return { ...base(), choices: [choice], ...(withUsage ? { usage: null } : {}) };
  }

  return {
    whole: (choices, usage) => ({
      ...base(),
      choices: choices.map((choice, index) => choiceOf(index, choice, choice.finishReason)),
      usage: completionUsage(usage),
    }),
    begin: () => undefined,
    piece: (index, piece) => chunk(choiceOf(index, piece, null)),
    end: (index, finishReason) => chunk({ index, text: '', logprobs: null, finish_reason: finishReason }),
    usage: (usage) => ({ ...base(), choices: [], usage: completionUsage(usage) }),
  };
}

/** @param start characters of the answer before these tokens. `end` counts on. */
function textLogprobs(logprobs: readonly ChosenLogprob[], start: number) {
  let end = start;
  const textOffset = logprobs.map(({ bytes }) => {
    // A token that goes on with a character belongs to where that began.
    const offset = isContinuation(bytes[0]) ? Math.max(end - 1, 0) : end;
    end += bytes.filter((byte) => !isContinuation(byte)).length;
    return offset;
  });
  const list = {
    tokens: logprobs.map(tokenName),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    // OpenAI's always hold the chosen token, whether or not it is among the likeliest.
    top_logprobs: logprobs.map((chosen) =>
      Object.fromEntries([...chosen.top, chosen].map((token) => [tokenName(token), token.logprob])),
    ),
    text_offset: textOffset,
  };
  return { list, end };
}

/** UTF-8: a byte that begins no character. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** The text, or as OpenAI writes what is a part of a character, `bytes:\xf0\x9f`: names are keys here and must differ. */
function tokenName({ text, bytes }: TokenLogprob): string {
  if (!text.includes('\ufffd') || Buffer.from(text).equals(Uint8Array.from(bytes))) return text;
  return `bytes:${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`;
}
