/**
 * The tokens of one answer become its frames: text and calls as far as they are certain, no part of a stop string and no half of a character, and with it
 * the ids that it came from. Pure. The end token is neither sent nor counted, so `completionTokens` is the number of ids in the frames, and
 * the last token frame has one. An answer that ends in half a character ends in U+FFFD, as its ids decoded at once do (Hugging Face's
 * streamer gives it too; vLLM and llama.cpp leave it out).
 */

import type { ChosenLogprob, FinishReason, TokenFrame } from '../../rpc/contract/generate.ts';
import type { CallPiece } from '../../rpc/contract/tools.ts';
import type { TokenChoice } from '../sampling/token-chooser.ts';
import type { Detokenizer } from '../text/detokenizer.ts';
import { type AnswerReaderOptions, createAnswerReader } from './answer-reader.ts';

export interface AnswerOptions extends AnswerReaderOptions {
  readonly detokenizer: Detokenizer;
  /** The answer ends before any of these. */
  readonly endIds: ReadonlySet<number>;
  readonly tokensMax: number;
}

export interface Answer {
  /** Tokens so far, the end token not among them. */
  readonly tokens: number;
  /** Why it ended; undefined while it goes on. */
  readonly finishReason: FinishReason | undefined;
  /**
   * Takes the next token.
   * @param isComplete nothing may come after it.
   * @returns the frames that are due.
   */
  push(choice: TokenChoice, isComplete: boolean): TokenFrame[];
  /** What was pushed so far went out elsewhere: no frame brings it any more, and frames count from 0 again. */
  forget(): void;
}

/** What is not in a frame yet: while text or bytes are held, the last token, and the text that was certain only with it. */
interface Unsent {
  readonly choices: readonly TokenChoice[];
  readonly text: string;
  readonly calls: readonly CallPiece[];
}

const nothing: Unsent = { choices: [], text: '', calls: [] };

export function createAnswer({ detokenizer, endIds, tokensMax, ...reading }: AnswerOptions): Answer {
  const reader = createAnswerReader(reading);
  let tokens = 0;
  let seq = 0;
  let finishReason: FinishReason | undefined;
  let unsent = nothing;
  return {
    get tokens() {
      return tokens;
    },
    get finishReason() {
      return finishReason;
    },
    push(choice, isComplete) {
      if (endIds.has(choice.id)) {
        finishReason = 'stop';
        return finish();
      }
      tokens++;
      const { text, calls, isStopped } = reader.push(detokenizer.push(choice.id));
      // While something is held, the last token is too: the frame that brings what was held must bring a token that counts. What was certain
      // only with that token waits with it: whoever has some tokens has the text that they alone give, and can resume there.
      const isHolding = !isStopped && (reader.isHolding || detokenizer.isHolding);
      const all = {
        choices: [...unsent.choices, choice],
        text: unsent.text + text,
        calls: [...unsent.calls, ...calls],
      };
      const sent = isHolding ? unsent : all;
      unsent = isHolding ? { choices: [choice], text, calls } : nothing;
      const frames = [frameOf(sent)];
      if (isStopped || isComplete) finishReason = reader.hasCalls ? 'tool_calls' : 'stop';
      else if (tokens >= tokensMax) finishReason = 'length';
      return finishReason === undefined ? frames : [...frames, ...finish()];
    },
    forget() {
      unsent = nothing;
      seq = 0;
    },
  };

  function finish(): TokenFrame[] {
    // A token whose text is held goes out at the end alone: where it did before, the answer had ended, and the text went with it.
    if (unsent.choices.length === 0) return [];
    const last = reader.push(detokenizer.finish());
    const held = last.isStopped ? last : reader.finish(finishReason === 'length');
    if (held.isStopped) finishReason = 'stop';
    const text = unsent.text + last.text + (last.isStopped ? '' : held.text);
    return [frameOf({ ...unsent, text })];
  }

  function frameOf({ choices, text, calls }: Unsent): TokenFrame {
    const logprobs = choices.flatMap(({ logprob }): readonly ChosenLogprob[] => (logprob ? [logprob] : []));
    const ids = choices.map(({ id }) => id);
    return {
      ...{ seq: seq++, ids, text },
      ...(calls.length === 0 ? {} : { calls: [...calls] }),
      ...(logprobs.length === 0 ? {} : { logprobs }),
    };
  }
}
