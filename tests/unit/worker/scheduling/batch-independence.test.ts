import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PrefixCache } from '../../../../src/worker/scheduling/prefix-cache.ts';
import { Scheduler } from '../../../../src/worker/scheduling/scheduler.ts';
import { promptOf, startJob } from './greedy-job.ts';
import { openScheduleRunner, ScheduleCheck, schedules } from './schedules.ts';

test('computes for each job what it computes alone, whoever comes, goes and is cancelled beside it', async () => {
  const check = new ScheduleCheck(await openScheduleRunner());
  await fc.assert(
    fc.asyncProperty(schedules, (schedule) => check.run(schedule)),
    { numRuns: 15 },
  );
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('gives the same bits in a batch of %i', async (size) => {
  const runner = await openScheduleRunner();
  const prompts = Array.from({ length: size }, (_, at) => promptOf(3 + 4 * at, 30 + at));
  await using apart = new Scheduler({ runner });
  const alone = [];
  for (const promptIds of prompts) {
    const started = startJob(apart, { promptIds, tokensMax: 8 });
    await started.outcome;
    alone.push(started.rows);
  }
  await using together = new Scheduler({ runner });
  const jobs = prompts.map((promptIds) => startJob(together, { promptIds, tokensMax: 8 }));
  await Promise.all(jobs.map(({ outcome }) => outcome));
  expect(jobs.map(({ rows }) => rows)).toEqual(alone);
  expect(alone.every((rows) => rows.length === 8)).toBe(true);
  expect(new Set(alone.flat()).size).toBe(8 * size);
  // They did run together, but for the first tokens, as prompts run one after the other.
  if (size > 2) expect(together.counts.decodeSteps).toBeLessThan(0.8 * apart.counts.decodeSteps);
});

test('gives the same bits with a cached beginning as without, also past the window', async () => {
  const runner = await openScheduleRunner();
  const { chunkTokens, positionBytes } = runner;
  using prefixCache = new PrefixCache({ bytesMax: 100 * chunkTokens * positionBytes, chunkTokens });
  await using cold = new Scheduler({ runner });
  await using warm = new Scheduler({ runner, prefixCache });
  const system = promptOf(64);
  // Another answer leaves the beginning behind.
  await startJob(warm, { promptIds: [...system, 77] }).outcome;
  const promptIds = [...system, 50, 51, 52];
  const first = startJob(cold, { promptIds, tokensMax: 20 });
  await first.outcome;
  const second = startJob(warm, { promptIds, tokensMax: 20 });
  await second.outcome;
  expect(second.starts).toEqual([{ cachedTokens: 64 }]);
  expect(second.rows).toEqual(first.rows);
  expect(second.rows).toHaveLength(20);
  expect(warm.counts.prefilledTokens).toBe(65 + 3);
});
