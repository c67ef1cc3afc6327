/** A scheduler on a real runner of the tiny model: chunks of 8 tokens, a context of 64, 4 sequences. */

import { expect } from 'vitest';
import type { Runner } from '../../../../src/worker/runner.ts';
import { Scheduler, type SchedulerOptions } from '../../../../src/worker/scheduling/scheduler.ts';
import { openTinyRunner } from '../open-tiny-runner.ts';
import { fixtureFile } from '../references.ts';
import { freeSequences, type WatchedRun, watchedRunner } from './watched-runner.ts';

export const openRunner = (sequencesMax = 4) =>
  openTinyRunner(fixtureFile('model.gguf'), { chunkTokens: 8, sequencesMax, contextTokensMax: 64 });

export interface OpenScheduler extends AsyncDisposable {
  readonly scheduler: Scheduler;
  readonly runs: readonly string[];
  readonly runner: Runner;
}

interface OpenChanges extends Partial<SchedulerOptions> {
  readonly sequencesMax?: number;
  readonly onRun?: (run: WatchedRun, count: number) => Promise<void> | void;
}

export async function open({ sequencesMax, onRun, ...changes }: OpenChanges = {}): Promise<OpenScheduler> {
  const runs: string[] = [];
  const runner = await openRunner(sequencesMax);
  const watched = watchedRunner(runner, (run) => {
    runs.push(`${run.kind} ${run.size}`);
    return onRun?.(run, runs.length);
  });
  const scheduler = new Scheduler({ runner: watched, ...changes });
  return { scheduler, runs, runner, [Symbol.asyncDispose]: () => scheduler[Symbol.asyncDispose]() };
}

export function expectIdle({ scheduler, runner }: OpenScheduler): void {
  expect(scheduler.counts).toMatchObject({ running: 0, waiting: 0, reservedPositions: 0 });
  expect(freeSequences(runner)).toBe(runner.sequencesMax);
}
