/**
 * One process at a time. The kernel holds the lock (through SQLite, which locks a file on every system that Node runs
 * on) and drops it when the holder dies, however it dies: nothing has to be judged stale.
 */

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { DrydockError } from '../../../rpc/errors.ts';
import type { WorkerErrorCode } from '../../errors.ts';

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Told once, when another process has it. */
  readonly onWait: () => void;
  /** Default: an hour, for a download over a slow line. */
  readonly waitMsMax?: number;
}

const pollMs = 100;
const sqliteBusy = 5;

/**
 * Disposing it lets go.
 * @throws DrydockError WORKER_MODEL_UNAVAILABLE when the wait is over; the signal's reason on abort.
 */
export async function takeLock(path: string, options: LockOptions): Promise<Disposable> {
  const { signal, onWait, waitMsMax = 3_600_000 } = options;
  await mkdir(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    for (let waitedMs = 0; !tryBegin(database); waitedMs += pollMs) {
      if (waitedMs === 0) onWait();
      if (waitedMs >= waitMsMax) {
        throw new DrydockError<WorkerErrorCode>(
          'WORKER_MODEL_UNAVAILABLE',
          `could not lock ${path}: another process has had it for ${waitMsMax / 1000} s; wait for its download, or end it`,
        );
      }
      await wait(pollMs, undefined, { signal });
    }
  } catch (error) {
    database.close();
    throw error;
  }
  return { [Symbol.dispose]: () => database.close() };
}

function tryBegin(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return false;
    throw error;
  }
}
