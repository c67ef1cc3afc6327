/** The best token of a row of logits, and the check that the row holds numbers. One pass, nothing allocated. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';

/**
 * The id of the largest logit, the lowest among equals.
 * @throws DrydockError WORKER_RUN_FAILED when the row holds NaN or +Infinity, or nothing above -Infinity.
 */
export function indexOfLargest(logits: Float32Array): number {
  const length = logits.length;
  const whole = length - (length % 8);
  let largest = Number.NEGATIVE_INFINITY;
  let best = -1;
  let at = 0;
  // One compound condition for eight logits is twice as fast as eight. "Not at most" is true of NaN too, so NaN is seen at once.
  for (; at < whole; at += 8) {
    if (
      !((logits[at] ?? 0) <= largest) ||
      !((logits[at + 1] ?? 0) <= largest) ||
      !((logits[at + 2] ?? 0) <= largest) ||
      !((logits[at + 3] ?? 0) <= largest) ||
      !((logits[at + 4] ?? 0) <= largest) ||
      !((logits[at + 5] ?? 0) <= largest) ||
      !((logits[at + 6] ?? 0) <= largest) ||
      !((logits[at + 7] ?? 0) <= largest)
    ) {
      for (let id = at; id < at + 8; id++) {
        const logit = logits[id] ?? 0;
        if (logit <= largest) continue;
        if (Number.isNaN(logit)) throw badLogits();
        largest = logit;
        best = id;
      }
    }
  }
  for (; at < length; at++) {
    const logit = logits[at] ?? 0;
    if (logit <= largest) continue;
    if (Number.isNaN(logit)) throw badLogits();
    largest = logit;
    best = at;
  }
  if (best === -1 || largest === Number.POSITIVE_INFINITY) throw badLogits();
  return best;
}

function badLogits(): DrydockError {
  return new DrydockError<WorkerErrorCode>(
    'WORKER_RUN_FAILED',
    'could not choose a token: the model gave logits that are no numbers; check the model file',
  );
}
