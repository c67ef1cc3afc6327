/** What one row of logits says of the next token, in natural logarithms. Sums are in double precision; the logits are what they are. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';

export interface TokenLogprob {
  readonly id: number;
  readonly logprob: number;
}

export interface RowScore {
  /** Negative log-likelihood of the token that follows; null where none does. */
  readonly nll: number | null;
  /** The likeliest token; of equals, the one with the lowest id. */
  readonly argmax: number;
  /** The five likeliest, best first; fewer in a smaller vocabulary. */
  readonly top: readonly TokenLogprob[];
}

const topCount = 5;

/**
 * @param logits float32 [vocabSize].
 * @param nextId the token that follows in the text, undefined at its end.
 * @throws DrydockError WORKER_RUN_FAILED when a logit is no finite number.
 */
export function scoreRow(logits: Float32Array, nextId: number | undefined): RowScore {
  const best = indexesOfLargest(logits, topCount);
  const [argmax = 0] = best;
  const total = logSumExp(logits, logits[argmax] ?? 0);
  const logprob = (id: number) => (logits[id] ?? Number.NaN) - total;
  return {
    nll: nextId === undefined ? null : -logprob(nextId),
    argmax,
    top: best.map((id) => ({ id, logprob: logprob(id) })),
  };
}

function logSumExp(logits: Float32Array, largest: number): number {
  let sum = 0;
  for (let id = 0; id < logits.length; id++) sum += Math.exp((logits[id] ?? 0) - largest);
  const total = largest + Math.log(sum);
  if (Number.isFinite(total)) return total;
  throw new DrydockError<WorkerErrorCode>(
    'WORKER_RUN_FAILED',
    'could not score a position: the model answered with numbers that are not finite; prepare its graph again',
  );
}

/** Best first. Of equals the lower index stands first. */
function indexesOfLargest(values: Float32Array, count: number): number[] {
  const best: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? Number.NaN;
    if (best.length === count && !(value > least)) continue;
    let at = best.length;
    while (at > 0 && value > (values[best[at - 1] ?? 0] ?? 0)) at -= 1;
    best.splice(at, 0, index);
    if (best.length > count) best.pop();
    least = values[best.at(-1) ?? 0] ?? Number.NaN;
  }
  return best;
}
