/**
 * Random schedules: prompts with common beginnings that arrive, are cancelled and end at any turn. What each computes must be, to the bit, what
 * it computes alone.
 */

import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Runner } from '../../../../src/worker/runner.ts';
import { PrefixCache } from '../../../../src/worker/scheduling/prefix-cache.ts';
import { Scheduler } from '../../../../src/worker/scheduling/scheduler.ts';
import { openTinyRunner } from '../open-tiny-runner.ts';
import { fixtureFile } from '../references.ts';
import { promptOf, startJob } from './greedy-job.ts';
import { freeSequences } from './watched-runner.ts';

export const openScheduleRunner = () =>
  openTinyRunner(fixtureFile('model.gguf'), { chunkTokens: 8, sequencesMax: 8, contextTokensMax: 96 });

interface Arrival {
  readonly beginning: number;
  readonly promptTokens: number;
  readonly tokensMax: number;
  /** Turns of the event loop before it comes. */
  readonly delay: number;
  readonly priority: number;
  /** Turns after its coming until it is cancelled; undefined: it is not. */
  readonly cancelAfter: number | undefined;
  /** Tokens of its answer that were given elsewhere. */
  readonly answered: number;
}

export interface Schedule {
  readonly arrivals: readonly Arrival[];
  /** Undefined: no cache. */
  readonly cacheChunks: number | undefined;
  readonly positionsMax: number;
}

const arrival: fc.Arbitrary<Arrival> = fc.record({
  beginning: fc.integer({ min: 0, max: 2 }),
  promptTokens: fc.constantFrom(1, 3, 8, 9, 16, 17, 23, 30, 47),
  tokensMax: fc.integer({ min: 1, max: 14 }),
  delay: fc.integer({ min: 0, max: 12 }),
  priority: fc.integer({ min: -1, max: 1 }),
  cancelAfter: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined, freq: 3 }),
  answered: fc.constantFrom(0, 0, 0, 1, 4),
});

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  arrivals: fc.array(arrival, { minLength: 2, maxLength: 12 }),
  cacheChunks: fc.constantFrom(undefined, 0, 2, 5, 40),
  positionsMax: fc.constantFrom(1, 120, 200, 10_000),
});

interface Alone {
  readonly rows: readonly string[];
  readonly ids: readonly number[];
}

/** Runs schedules on one runner, and remembers what each prompt gives alone. */
export class ScheduleCheck {
  readonly #runner: Runner;
  readonly #alone = new Map<string, Promise<Alone>>();

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async run({ arrivals, cacheChunks, positionsMax }: Schedule): Promise<void> {
    const runner = this.#runner;
    const alone: Alone[] = [];
    for (const job of arrivals) alone.push(await this.#runAlone(promptOfArrival(job)));
    const { chunkTokens } = runner;
    using prefixCache =
      cacheChunks === undefined
        ? undefined
        : new PrefixCache({ bytesMax: cacheChunks * chunkTokens * runner.positionBytes, chunkTokens });
    await using scheduler = new Scheduler({ runner, prefixCache, positionsMax });
    await Promise.all(
      arrivals.map((job, at) => this.#runAmongOthers(job, { scheduler, alone: alone[at] ?? noAnswer })),
    );
    expect(scheduler.counts).toMatchObject({ running: 0, waiting: 0, reservedPositions: 0 });
    expect(freeSequences(runner)).toBe(runner.sequencesMax);
    expect(prefixCache?.counts.chunks ?? 0).toBeLessThanOrEqual(cacheChunks ?? 0);
  }

  async #runAmongOthers(
    job: Arrival,
    { scheduler, alone }: { readonly scheduler: Scheduler; readonly alone: Alone },
  ): Promise<void> {
    const controller = new AbortController();
    const answered = Math.min(job.answered, job.tokensMax);
    for (let turn = 0; turn < job.delay; turn++) await setImmediate();
    const started = startJob(scheduler, {
      promptIds: promptOfArrival(job),
      answeredIds: alone.ids.slice(0, answered),
      tokensMax: job.tokensMax,
      priority: job.priority,
      signal: controller.signal,
    });
    if (job.cancelAfter !== undefined) {
      for (let turn = 0; turn < job.cancelAfter && !started.ended; turn++) await setImmediate();
      controller.abort();
    }
    const error = await started.outcome;
    if (error !== undefined || started.rows.length < job.tokensMax - answered) {
      expect(job.cancelAfter).toBeDefined();
      expect(error).toMatchObject({ code: 'WORKER_CANCELLED' });
    }
    expect(started.rows).toEqual(alone.rows.slice(answered, answered + started.rows.length));
  }

  #runAlone(promptIds: readonly number[]): Promise<Alone> {
    const key = promptIds.join();
    const known = this.#alone.get(key) ?? this.#answerAlone(promptIds);
    this.#alone.set(key, known);
    return known;
  }

  async #answerAlone(promptIds: readonly number[]): Promise<Alone> {
    await using scheduler = new Scheduler({ runner: this.#runner });
    const started = startJob(scheduler, { promptIds, tokensMax: 14 });
    expect(await started.outcome).toBeUndefined();
    return started;
  }
}

const noAnswer: Alone = { rows: [], ids: [] };

const promptOfArrival = ({ beginning, promptTokens }: Arrival) => promptOf(promptTokens, 30 + beginning);
