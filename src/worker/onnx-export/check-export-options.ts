/** Refuses, for an export, what says how a graph of our own is built. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';

/** Options that say how weights come into a graph that we build. */
export interface BuiltGraphOptions {
  readonly weights?: string | undefined;
  readonly head?: string | undefined;
}

/** @throws DrydockError WORKER_CONFIG_INVALID */
export function checkExportOptions(
  graph: string,
  { weights = 'auto', head = 'as-weights' }: BuiltGraphOptions,
): void {
  const wanted =
    weights !== 'auto' ? `weights "${weights}"` : head !== 'as-weights' ? `head "${head}"` : undefined;
  if (wanted === undefined) return;
  throw new DrydockError<WorkerErrorCode>(
    'WORKER_CONFIG_INVALID',
    `could not use ${graph} with ${wanted}: an ONNX export runs with the weights that it has; leave that out`,
  );
}
