/**
 * Scores every position of a list of token ids. It holds the logits of one chunk at a time, whatever the length of the list. The
 * ids are taken as they are: no token for the beginning is put before them.
 */

import type { Runner } from '../runner.ts';
import { type RowScore, scoreRow } from './score-row.ts';

export interface Evaluation {
  readonly ids: readonly number[];
  /**
   * As many as ids. `rows[i]` is what the model makes of `ids[0…i]`: `nll` is the negative log-likelihood of `ids[i + 1]` (null in the
   * last row), `argmax` and `top` are its own guesses at that token.
   */
  readonly rows: readonly RowScore[];
  /** Over the `ids.length - 1` likelihoods. */
  readonly meanNll: number;
}

export interface EvaluateOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * @param ids at least two, within the runner's vocabulary and context.
 * @throws DrydockError WORKER_CONTEXT_EXCEEDED, WORKER_RUN_FAILED, WORKER_CANCELLED
 */
export async function evaluateIds(
  runner: Runner,
  ids: readonly number[],
  { signal, onProgress }: EvaluateOptions = {},
): Promise<Evaluation> {
  if (ids.length < 2) throw new TypeError('the likelihood of a next token needs two ids');
  const rows: RowScore[] = [];
  const prefill = { logits: 'all', ...(signal === undefined ? {} : { signal }) } as const;
  using sequence = runner.openSequence();
  for (let start = 0; start < ids.length; start += runner.chunkTokens) {
    const chunk = ids.slice(start, start + runner.chunkTokens);
    const logits = await runner.prefill(sequence, chunk, prefill);
    for (let i = 0; i < chunk.length; i++) {
      const row = logits.subarray(i * runner.vocabSize, (i + 1) * runner.vocabSize);
      rows.push(scoreRow(row, ids[start + i + 1]));
    }
    onProgress?.(rows.length, ids.length);
  }
  const sum = rows.reduce((total, { nll }) => total + (nll ?? 0), 0);
  return { ids, rows, meanNll: sum / (ids.length - 1) };
}
