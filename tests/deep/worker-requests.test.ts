import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManyRequests } from '../unit/worker/generation/many-requests.ts';
import { openTinyModel } from '../unit/worker/generation/tiny-model.ts';
import { openScheduleRunner, ScheduleCheck, schedules } from '../unit/worker/scheduling/schedules.ts';

const mebibyte = 2 ** 20;

test('20,000 requests, a third of them given up, leave no memory behind', async () => {
  const collectGarbage = garbageCollector();
  const model = await openTinyModel();
  const requests = await ManyRequests.open(model, 11);
  const memory = () => {
    for (let round = 0; round < 3; round++) collectGarbage();
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    return { resident: rss / mebibyte, heap: (heapUsed + arrayBuffers) / mebibyte };
  };
  await requests.run(6_000);
  const warm = memory();
  const grown = [];
  for (let part = 0; part < 7; part++) {
    await requests.run(2_000);
    const now = memory();
    grown.push({ resident: now.resident - warm.resident, heap: now.heap - warm.heap });
  }
  expect(requests.counts.answered + requests.counts.givenUp).toBe(20_000);
  expect(requests.counts.givenUp).toBeGreaterThan(6_000);
  // 1 KB kept of each request would be 14 MB.
  const last = grown.at(-1);
  expect(last?.heap, JSON.stringify(grown)).toBeLessThan(4);
  expect(last?.resident, JSON.stringify(grown)).toBeLessThan(24);
});

test('2,000 random schedules: each job computes what it computes alone', async () => {
  const check = new ScheduleCheck(await openScheduleRunner());
  await fc.assert(
    fc.asyncProperty(schedules, (schedule) => check.run(schedule)),
    { numRuns: 2_000 },
  );
});

/** Where the program was not started with `--expose-gc`. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('there is no garbage collector to call');
  return () => void collect();
}
