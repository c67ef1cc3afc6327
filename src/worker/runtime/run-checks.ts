/** What both kinds of runner refuse before anything runs. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import type { DecodeToken, Runner, Sequence } from '../runner.ts';

type Sizes = Pick<Runner, 'vocabSize' | 'contextTokensMax' | 'chunkTokens'>;

/** @throws TypeError for a mistake of the caller's, DrydockError WORKER_CONTEXT_EXCEEDED. */
export function checkPrefill(sequence: Sequence, ids: readonly number[], sizes: Sizes): void {
  checkIds(sequence, ids, sizes);
  const left = sizes.chunkTokens - (sequence.length % sizes.chunkTokens);
  if (ids.length > left) throw new TypeError('tokens of a prompt may not cross the border of a chunk');
}

/** As `checkPrefill`. */
export function checkDecode(tokens: readonly DecodeToken[], sizes: Sizes): void {
  if (new Set(tokens.map(({ sequence }) => sequence)).size !== tokens.length) {
    throw new TypeError('a sequence decodes one token at a time');
  }
  for (const { sequence, id } of tokens) checkIds(sequence, [id], sizes);
}

function checkIds(
  { length }: Sequence,
  ids: readonly number[],
  { vocabSize, contextTokensMax }: Sizes,
): void {
  if (ids.length === 0) throw new TypeError('a run needs at least one token');
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (wrong !== undefined) throw new TypeError(`${wrong} is no token id of this model`);
  if (length + ids.length <= contextTokensMax) return;
  throw new DrydockError<WorkerErrorCode>(
    'WORKER_CONTEXT_EXCEEDED',
    `could not append ${ids.length} tokens: the context holds ${contextTokensMax} and has ${length}; send a shorter prompt`,
    { details: { contextTokensMax, length, added: ids.length } },
  );
}

/** For a run that its signal ended. */
export function runCancelled(cause?: unknown): DrydockError<WorkerErrorCode> {
  return new DrydockError(
    'WORKER_CANCELLED',
    'could not run the model: the request was cancelled; send it again',
    cause === undefined ? {} : { cause },
  );
}

export function runFailed(reason: string, cause?: unknown): DrydockError<WorkerErrorCode> {
  return new DrydockError(
    'WORKER_RUN_FAILED',
    `could not run the model: ${reason}; restart the worker if it happens again`,
    cause === undefined ? {} : { cause },
  );
}
