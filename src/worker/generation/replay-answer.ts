/** Brings the beginning of an answer that was given out before to where it was cut, without running the model. Pure. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import type { TokenChooser } from '../sampling/token-chooser.ts';
import type { Answer } from './answer.ts';

export interface ReplayOptions {
  readonly chooser: TokenChooser;
  readonly answer: Answer;
  readonly vocabSize: number;
}

/**
 * Chooser and answer are then as they were when these had been chosen and their frames had gone out; the answer may have ended with the
 * last one.
 * @throws DrydockError WORKER_IDS_INVALID for what is no beginning of this answer. It names places and no token, for these are its text.
 */
export function replayAnswer(ids: readonly number[], { chooser, answer, vocabSize }: ReplayOptions): void {
  for (const [at, id] of ids.entries()) {
    if (answer.finishReason !== undefined) throw invalid(at, 'comes after the end of the answer');
    if (id >= vocabSize) throw invalid(at, 'is none of the model');
    if (!chooser.accept(id)) throw invalid(at, 'is not what the response format allows there');
    answer.push({ id }, chooser.isComplete);
    if (answer.tokens !== at + 1) throw invalid(at, 'ends an answer, and is no part of one');
  }
  answer.forget();
}

function invalid(at: number, reason: string): DrydockError<WorkerErrorCode> {
  return new DrydockError(
    'WORKER_IDS_INVALID',
    `could not go on with the answer: of the tokens that it is to begin with, number ${at + 1} ${reason}; send the request anew`,
    { details: { position: at } },
  );
}
