import { expect, test } from 'vitest';
import { PrefixCache } from '../../../../src/worker/scheduling/prefix-cache.ts';
import { Scheduler } from '../../../../src/worker/scheduling/scheduler.ts';
import { until } from '../../rpc/until.ts';
import { promptOf, startJob } from './greedy-job.ts';
import { expectIdle, open, openRunner } from './open-scheduler.ts';

test('runs all answers together and a chunk of one prompt in between', async () => {
  await using opened = await open();
  const first = startJob(opened.scheduler, { promptIds: promptOf(3), tokensMax: 6 });
  const second = startJob(opened.scheduler, { promptIds: promptOf(20), tokensMax: 3 });
  expect(await Promise.all([first.outcome, second.outcome])).toEqual([undefined, undefined]);
  expect(opened.runs).toEqual([
    'prefill 3',
    'decode 1',
    'prefill 8',
    'decode 1',
    'prefill 8',
    'decode 1',
    'prefill 4',
    'decode 2',
    'decode 2',
    'decode 2',
  ]);
  expect(opened.scheduler.counts).toMatchObject({ decodeSteps: 6, decodedTokens: 9, prefilledTokens: 23 });
  expectIdle(opened);
});

test('ends where the job chooses nothing more, at tokensMax, and at the context', async () => {
  await using opened = await open();
  const { scheduler } = opened;
  let left = 4;
  const ids = [2, 30];
  const base = { promptIds: ids, priority: 0, signal: new AbortController().signal, isSated: () => false };
  await scheduler.run({ ...base, tokensMax: 50, choose: () => (left-- > 0 ? 5 : undefined) });
  expect(left).toBe(-1);
  const short = startJob(scheduler, { tokensMax: 1 });
  const long = startJob(scheduler, { promptIds: promptOf(60), tokensMax: 1_000 });
  expect(await Promise.all([short.outcome, long.outcome])).toEqual([undefined, undefined]);
  // The last position is not followed by another, so its logits are not asked for.
  expect([short.ids.length, long.ids.length]).toEqual([1, 4]);
  expectIdle(opened);
});

test('lets no job in that could outgrow the positions, and none past it that came later', async () => {
  const reserved: number[] = [];
  const order: string[] = [];
  await using opened = await open({ positionsMax: 70, onRun: () => void reserved.push(counts()) });
  const counts = () => opened.scheduler.counts.reservedPositions;
  const start = (name: string, prompt: number, tokensMax: number) =>
    startJob(opened.scheduler, {
      promptIds: promptOf(prompt),
      tokensMax,
      onChoose: (chosen) => void (chosen === 0 && order.push(name)),
    });
  // Together they leave 30 positions; the third needs 40, the fourth would fit.
  const jobs = [start('a', 10, 10), start('b', 10, 10), start('large', 30, 10), start('small', 1, 1)];
  expect(await Promise.all(jobs.map(({ outcome }) => outcome))).toEqual(jobs.map(() => undefined));
  expect(order).toEqual(['a', 'b', 'large', 'small']);
  expect(reserved[0]).toBe(40);
  expect(Math.max(...reserved)).toBeLessThanOrEqual(70);
  expect(reserved).toContain(62);
  expectIdle(opened);
});

test('runs a job alone that is larger than the bound, for it would wait for ever', async () => {
  await using opened = await open({ positionsMax: 10 });
  const jobs = [1, 2].map(() => startJob(opened.scheduler, { promptIds: promptOf(40), tokensMax: 20 }));
  expect(await Promise.all(jobs.map(({ outcome }) => outcome))).toEqual([undefined, undefined]);
  expect(opened.runs).not.toContain('decode 2');
});

test('does not let a stream of small jobs starve a large one', async () => {
  await using opened = await open({ positionsMax: 64, sequencesMax: 4 });
  const { scheduler } = opened;
  const small = () => startJob(scheduler, { promptIds: promptOf(4), tokensMax: 4 });
  let isLargeDone = false;
  const running = [small(), small(), small()];
  const large = startJob(scheduler, { promptIds: promptOf(50), tokensMax: 14 });
  const largeEnd = large.outcome.then((error) => {
    isLargeDone = true;
    return error;
  });
  let smalls = 0;
  // A new one comes for each that ends.
  while (!isLargeDone && smalls < 200) {
    await Promise.race([largeEnd, running.shift()?.outcome]);
    running.push(small());
    smalls += 1;
  }
  expect(await largeEnd).toBeUndefined();
  expect(smalls).toBeLessThan(10);
  await Promise.all(running.map(({ outcome }) => outcome));
});

test('lets higher priorities in first, equal ones in the order of their coming', async () => {
  const order: string[] = [];
  await using opened = await open({ sequencesMax: 1 });
  const names: [string, number][] = [
    ['first', 0],
    ['low', -5],
    ['usual', 0],
    ['high', 7],
    ['usual too', 0],
    ['high too', 7],
  ];
  const jobs = names.map(([name, priority]) =>
    startJob(opened.scheduler, { priority, onChoose: (chosen) => void (chosen === 0 && order.push(name)) }),
  );
  await Promise.all(jobs.map(({ outcome }) => outcome));
  // All came in one turn, so the first had no advantage.
  expect(order).toEqual(['high', 'high too', 'first', 'usual', 'usual too', 'low']);
});

test('refuses who comes when too many wait, and harms none of those', async () => {
  await using opened = await open({ sequencesMax: 1, waitingMax: 2 });
  const { scheduler } = opened;
  const running = startJob(scheduler, { tokensMax: 20 });
  await until('the first job to run', () => running.starts.length === 1);
  const waiting = [startJob(scheduler), startJob(scheduler)];
  const refused = startJob(scheduler, { priority: 9 });
  expect(await refused.outcome).toMatchObject({
    code: 'RPC_WORKER_BUSY',
    message: 'could not start the answer: 2 wait before it already; send it elsewhere or later',
  });
  expect(await Promise.all([running, ...waiting].map(({ outcome }) => outcome))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(await startJob(scheduler).outcome).toBeUndefined();
  expectIdle(opened);
});

test('a sated consumer pauses itself alone, and gets the same answer when it reads on', async () => {
  await using opened = await open();
  const { scheduler } = opened;
  const alone = startJob(scheduler, { tokensMax: 12 });
  await alone.outcome;
  let isSated = true;
  const paused = startJob(scheduler, { tokensMax: 12, isSated: () => isSated });
  const other = startJob(scheduler, { promptIds: promptOf(30), tokensMax: 20 });
  expect(await other.outcome).toBeUndefined();
  expect(paused.ids).toHaveLength(1);
  expect(scheduler.counts).toMatchObject({ running: 1, reservedPositions: 15 });
  const { length } = opened.runs;
  // Nobody else is there: the loop sleeps. Somebody who comes wakes it, but not the sated one.
  expect(await startJob(scheduler, { tokensMax: 1 }).outcome).toBeUndefined();
  expect(opened.runs.slice(length)).toEqual(['prefill 3', 'decode 1']);
  isSated = false;
  scheduler.wake();
  expect(await paused.outcome).toBeUndefined();
  expect(paused.rows).toEqual(alone.rows);
  expectIdle(opened);
});

test('takes a job that comes at any moment after the last one has ended', async () => {
  await using opened = await open();
  const { scheduler } = opened;
  const { signal } = new AbortController();
  const job = { promptIds: [2], tokensMax: 1, priority: 0, signal, choose: () => 5, isSated: () => false };
  for (let hops = 0; hops < 16; hops++) {
    // Each `then` is one hop on: the loop looks at its queue for the last time on one of them.
    let last = scheduler.run(job);
    for (let hop = 0; hop < hops; hop++) last = last.then(() => undefined);
    let isDone = false;
    void last
      .then(() => scheduler.run(job))
      .then(() => {
        isDone = true;
      });
    await until(
      `a job that came ${hops} hops later`,
      () => isDone,
      () => scheduler.counts,
    );
  }
});

test('feeds what was answered elsewhere as it was there, and goes on', async () => {
  await using opened = await open();
  const whole = startJob(opened.scheduler, { tokensMax: 10 });
  await whole.outcome;
  for (let answered = 0; answered <= 10; answered++) {
    const answeredIds = whole.ids.slice(0, answered);
    const resumed = startJob(opened.scheduler, { tokensMax: 10, answeredIds });
    expect(await resumed.outcome).toBeUndefined();
    expect(resumed.rows).toEqual(whole.rows.slice(answered));
  }
});

test('tells how much of the prompt was at hand, and computes the rest alone', async () => {
  const runner = await openRunner();
  using prefixCache = new PrefixCache({ bytesMax: 10 ** 7, chunkTokens: 8 });
  await using scheduler = new Scheduler({ runner, prefixCache });
  const cached = [];
  for (const length of [20, 20, 30, 17, 16]) {
    const job = startJob(scheduler, { promptIds: promptOf(length) });
    await job.outcome;
    cached.push(...job.starts);
  }
  expect(cached.map(({ cachedTokens }) => cachedTokens)).toEqual([0, 16, 16, 16, 8]);
  expect(scheduler.counts.prefilledTokens).toBe(20 + 4 + 14 + 1 + 8);
  expect(prefixCache.counts).toMatchObject({ chunks: 3, hitTokens: 56, missedTokens: 103 - 56 });
});
