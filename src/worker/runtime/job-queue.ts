/**
 * Runs feeds a chunk at a time, in turns, so that a long prompt delays a short one by one chunk at most. Chunk
 * borders stand at fixed positions of the sequence: how a prompt is cut does not depend on what else runs.
 */

import { setImmediate } from 'node:timers/promises';

export interface Job {
  readonly request: number;
  readonly sequence: number;
  readonly ids: Int32Array;
  readonly logits: 'last' | 'all';
}

export interface JobRunner {
  /** Runs `ids` as the next positions; `rows` are those that want logits. */
  runChunk(
    job: Job,
    chunk: { readonly ids: Int32Array; readonly rows: readonly number[] },
  ): Promise<Float32Array>;
  /** Tokens that the sequence holds before the job's next chunk. */
  lengthOf(sequence: number): number;
  onDone(job: Job, logits: Float32Array): void;
  onAborted(job: Job): void;
  onFailed(job: Job, error: unknown): void;
}

interface RunningJob {
  readonly job: Job;
  fed: number;
  isAborted: boolean;
  /** Grows only when all logits are wanted. */
  readonly logits: Float32Array[];
}

export class JobQueue {
  readonly #runner: JobRunner;
  readonly #chunkTokens: number;
  readonly #waiting: RunningJob[] = [];
  #current: RunningJob | undefined;
  #drained: Promise<void> = Promise.resolve();

  constructor(runner: JobRunner, chunkTokens: number) {
    this.#runner = runner;
    this.#chunkTokens = chunkTokens;
  }

  add(job: Job): void {
    const isIdle = this.#current === undefined && this.#waiting.length === 0;
    this.#waiting.push({ job, fed: 0, isAborted: false, logits: [] });
    if (isIdle) this.#drained = this.#drained.then(() => this.#drain());
  }

  /** Takes effect before the next chunk of each job that `matches`. */
  abort(matches: (job: Job) => boolean): void {
    for (const running of [this.#current, ...this.#waiting]) {
      if (running !== undefined && matches(running.job)) running.isAborted = true;
    }
  }

  /** Resolves once nothing waits or runs. */
  idle(): Promise<void> {
    return this.#drained;
  }

  async #drain(): Promise<void> {
    for (;;) {
      // Messages arrive only between turns of the event loop: an abort must get its chance before each chunk.
      await setImmediate();
      this.#current = this.#waiting.shift();
      if (this.#current === undefined) return;
      const isUnfinished = await this.#advance(this.#current);
      if (isUnfinished) this.#waiting.push(this.#current);
      this.#current = undefined;
    }
  }

  /** @returns whether the job has more to do. */
  async #advance(running: RunningJob): Promise<boolean> {
    const { job } = running;
    if (running.isAborted) {
      this.#runner.onAborted(job);
      return false;
    }
    try {
      const position = this.#runner.lengthOf(job.sequence);
      const room = this.#chunkTokens - (position % this.#chunkTokens);
      const ids = job.ids.subarray(running.fed, running.fed + room);
      const isLast = running.fed + ids.length === job.ids.length;
      const logits = await this.#runner.runChunk(job, { ids, rows: wantedRows(job, ids.length, isLast) });
      running.fed += ids.length;
      if (job.logits === 'all' || isLast) running.logits.push(logits);
      if (isLast) this.#runner.onDone(job, join(running.logits));
      return !isLast;
    } catch (error) {
      this.#runner.onFailed(job, error);
      return false;
    }
  }
}

function wantedRows(job: Job, count: number, isLast: boolean): number[] {
  if (job.logits === 'all') return Array.from({ length: count }, (_, row) => row);
  return isLast ? [count - 1] : [];
}

function join(parts: readonly Float32Array[]): Float32Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
