/** Log probabilities of one step: the log softmax of the model's own logits, before any sampling setting. */

import type { ChosenLogprob, TokenLogprob } from '../../rpc/contract/generate.ts';
import type { Vocabulary } from '../vocabulary.ts';
import { indexOfLargest } from './largest-logit.ts';
import { tokenBytes } from './token-bytes.ts';
import { TopLogits } from './top-logits.ts';

export interface LogprobReader {
  /** Keeps what `describe` needs: the row may be overwritten afterwards. @throws DrydockError WORKER_RUN_FAILED */
  read(logits: Float32Array): void;
  /** The chosen token of the row that was read last. */
  describe(id: number): ChosenLogprob;
}

/** @param top how many of the likeliest tokens are told with the chosen one. */
export function createLogprobReader(vocabulary: Vocabulary, top: number): LogprobReader {
  const best = new TopLogits(top);
  const row = new Float32Array(vocabulary.tokens.length);
  let count = 0;
  let normaliser = 0;
  const entry = (id: number, logit: number): TokenLogprob => {
    const bytes = tokenBytes(vocabulary, id);
    // A byte order mark is text like any other.
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    return { text, bytes: Array.from(bytes), logprob: logit - normaliser };
  };
  return {
    read(logits) {
      row.set(logits);
      normaliser = logSumExp(logits);
      count = best.select(logits, top);
    },
    describe(id) {
      const likeliest = Array.from({ length: count }, (_, at) =>
        entry(best.ids[at] ?? 0, best.logits[at] ?? 0),
      );
      return { ...entry(id, row[id] ?? 0), top: likeliest };
    },
  };
}

function logSumExp(logits: Float32Array): number {
  const largest = logits[indexOfLargest(logits)] ?? 0;
  let total = 0;
  for (let id = 0; id < logits.length; id++) total += Math.exp((logits[id] ?? 0) - largest);
  return largest + Math.log(total);
}
