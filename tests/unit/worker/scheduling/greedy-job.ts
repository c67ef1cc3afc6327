/** Jobs that take the likeliest token, and remember every row of logits they saw, to the bit. */

import { createHash } from 'node:crypto';
import type { Job, JobStart } from '../../../../src/worker/scheduling/job.ts';
import type { Scheduler } from '../../../../src/worker/scheduling/scheduler.ts';

export interface JobChanges extends Partial<Omit<Job, 'choose'>> {
  /** Called with the number of tokens chosen before, when one more is to be. */
  readonly onChoose?: (chosen: number) => void;
}

export interface Started {
  /** Digests of the rows that it chose from. */
  readonly rows: readonly string[];
  readonly ids: readonly number[];
  readonly starts: readonly JobStart[];
  /** Undefined when it went to its end, otherwise the error. */
  readonly outcome: Promise<unknown>;
  /** As `outcome`, once it is known. */
  readonly ended: boolean;
}

export function startJob(scheduler: Scheduler, { onChoose, ...changes }: JobChanges = {}): Started {
  const rows: string[] = [];
  const ids: number[] = [];
  const starts: JobStart[] = [];
  let ended = false;
  const job: Job = {
    promptIds: [2, 40, 41],
    tokensMax: 6,
    priority: 0,
    signal: new AbortController().signal,
    isSated: () => false,
    ...changes,
    choose(logits) {
      onChoose?.(ids.length);
      rows.push(digest(logits));
      const id = likeliest(logits);
      ids.push(id);
      // As a careless job would: what is not its own any more must not reach anybody.
      logits.fill(Number.NaN);
      return id;
    },
  };
  const outcome = scheduler
    .run(job, (start) => starts.push(start))
    .then(
      () => undefined,
      (error: unknown) => error,
    )
    .finally(() => {
      ended = true;
    });
  return {
    rows,
    ids,
    starts,
    outcome,
    get ended() {
      return ended;
    },
  };
}

export const promptOf = (length: number, first = 30): number[] =>
  Array.from({ length }, (_, at) => (at === 0 ? 2 : first + ((at * 7) % 200)));

function digest(logits: Float32Array): string {
  const bytes = new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength);
  return createHash('sha1').update(bytes).digest('base64');
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (const [id, logit] of logits.entries()) if (logit > (logits[best] ?? logit)) best = id;
  return best;
}
