/** In which chunks, and in which order, feeds run. */

import { describe, expect, it } from 'vitest';
import { type Job, JobQueue, type JobRunner } from '../../../../src/worker/runtime/job-queue.ts';

/** Writes down what runs; a chunk's logits are its wanted rows. */
function recorder(lengths: Map<number, number>) {
  const log: string[] = [];
  const runner: JobRunner = {
    runChunk: (job, { ids, rows }) => {
      log.push(`${job.sequence}: ${ids.join(' ')} wants ${rows.join(' ')}`);
      if (ids.includes(-1)) return Promise.reject(new Error('broken'));
      lengths.set(job.sequence, (lengths.get(job.sequence) ?? 0) + ids.length);
      return Promise.resolve(Float32Array.from(rows));
    },
    lengthOf: (sequence) => lengths.get(sequence) ?? 0,
    onDone: (job, logits) => log.push(`${job.sequence} done [${logits.join(' ')}]`),
    onAborted: (job) => log.push(`${job.sequence} aborted`),
    onFailed: (job, error) => log.push(`${job.sequence} failed: ${String(error)}`),
  };
  return { log, runner };
}

function job(sequence: number, ids: number[], logits: Job['logits'] = 'last'): Job {
  return { request: sequence, sequence, ids: Int32Array.from(ids), logits };
}

describe('JobQueue', () => {
  it('cuts at multiples of the chunk, counted from the start of the sequence', async () => {
    const { log, runner } = recorder(new Map([[1, 3]]));
    const queue = new JobQueue(runner, 4);
    queue.add(job(1, [10, 11, 12, 13, 14, 15, 16]));
    await queue.idle();
    expect(log).toEqual(['1: 10 wants ', '1: 11 12 13 14 wants ', '1: 15 16 wants 1', '1 done [1]']);
  });

  it('joins the rows of all chunks where all are wanted', async () => {
    const { log, runner } = recorder(new Map());
    const queue = new JobQueue(runner, 2);
    queue.add(job(1, [10, 11, 12], 'all'));
    await queue.idle();
    expect(log.at(-1)).toBe('1 done [0 1 0]');
  });

  it('gives each job one chunk in turn, and goes on after a failure', async () => {
    const { log, runner } = recorder(new Map());
    const queue = new JobQueue(runner, 1);
    queue.add(job(1, [10, 11, 12]));
    queue.add(job(2, [20, -1, 22]));
    queue.add(job(3, [30]));
    await queue.idle();
    expect(log).toEqual([
      ...['1: 10 wants ', '2: 20 wants ', '3: 30 wants 0', '3 done [0]'],
      ...['1: 11 wants ', '2: -1 wants ', '2 failed: Error: broken', '1: 12 wants 0', '1 done [0]'],
    ]);
  });

  it('runs no further chunk of what was aborted, and starts again after it was idle', async () => {
    const { log, runner } = recorder(new Map());
    const queue = new JobQueue(runner, 1);
    queue.add(job(1, [10, 11]));
    queue.add(job(2, [20]));
    queue.abort(({ sequence }) => sequence === 1);
    await queue.idle();
    queue.add(job(3, [30]));
    await queue.idle();
    expect(log).toEqual(['1 aborted', '2: 20 wants 0', '2 done [0]', '3: 30 wants 0', '3 done [0]']);
  });
});
