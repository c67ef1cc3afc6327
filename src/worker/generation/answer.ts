/**
 * The tokens of one answer become its frames: text as far as it is certain, no part of a stop string and no half of a character, and with it
 * the ids that it came from. Pure. The end token is neither sent nor counted, so `completionTokens` is the number of ids in the frames, and
 * the last token frame has one. An answer that ends in half a character ends in U+FFFD, as its ids decoded at once do (Hugging Face's
 * streamer gives it too; vLLM and llama.cpp leave it out).
 */

import type { ChosenLogprob, FinishReason, TokenFrame } from '../../rpc/contract/generate.ts';
import type { TokenChoice } from '../sampling/token-chooser.ts';
import type { Detokenizer } from '../text/detokenizer.ts';
import { createStopScanner } from '../text/stop-scanner.ts';

export interface AnswerOptions {
  readonly detokenizer: Detokenizer;
  readonly stopStrings: readonly string[];
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
}

const nothing: Unsent = { choices: [], text: '' };

export function createAnswer({ detokenizer, stopStrings, endIds, tokensMax }: AnswerOptions): Answer {
  const scanner = createStopScanner(stopStrings);
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
      const { text, isStopped } = scanner.push(detokenizer.push(choice.id));
      // While something is held, the last token is too: the frame that brings what was held must bring a token that counts. What was certain
      // only with that token waits with it: whoever has some tokens has the text that they alone give, and can resume there.
      const isHolding = !isStopped && (scanner.isHolding || detokenizer.isHolding);
      const sent = isHolding ? unsent : { choices: [...unsent.choices, choice], text: unsent.text + text };
      unsent = isHolding ? { choices: [choice], text } : nothing;
      const frames = [frameOf(sent)];
      if (isStopped || isComplete) finishReason = 'stop';
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
    const { text, isStopped } = scanner.push(detokenizer.finish());
    if (isStopped) finishReason = 'stop';
    return [frameOf({ ...unsent, text: unsent.text + text + scanner.finish() })];
  }

  function frameOf({ choices, text }: Unsent): TokenFrame {
    const logprobs = choices.flatMap(({ logprob }): readonly ChosenLogprob[] => (logprob ? [logprob] : []));
    const ids = choices.map(({ id }) => id);
    return { seq: seq++, ids, text, ...(logprobs.length === 0 ? {} : { logprobs }) };
  }
}
