import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { PrefixCache } from '../../../../src/worker/scheduling/prefix-cache.ts';
import { Scheduler } from '../../../../src/worker/scheduling/scheduler.ts';
import { until } from '../../rpc/until.ts';
import { promptOf, startJob } from './greedy-job.ts';
import { expectIdle, open, openRunner } from './open-scheduler.ts';
import { watchedRunner } from './watched-runner.ts';

const cancelled = { code: 'WORKER_CANCELLED' };

const stages: [string, { readonly promptTokens: number; readonly answered: number; readonly run: number }][] =
  [
    ['in its prompt', { promptTokens: 40, answered: 0, run: 2 }],
    ['in the last chunk of its prompt', { promptTokens: 40, answered: 0, run: 5 }],
    ['in its answer', { promptTokens: 10, answered: 0, run: 5 }],
    ['while an answer is replayed', { promptTokens: 10, answered: 9, run: 5 }],
  ];

test.each(stages)(
  'ends a job that is cancelled %s within the run',
  async (_, { promptTokens, answered, run }) => {
    const controller = new AbortController();
    await using opened = await open({
      onRun: (_run, count) => {
        if (count === run) controller.abort();
      },
    });
    const job = startJob(opened.scheduler, {
      promptIds: promptOf(promptTokens),
      answeredIds: promptOf(answered),
      tokensMax: 20,
      signal: controller.signal,
    });
    expect(await job.outcome).toMatchObject(cancelled);
    expect(opened.runs).toHaveLength(run);
    expectIdle(opened);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    // And the loop starts again for the next.
    expect(await startJob(opened.scheduler).outcome).toBeUndefined();
  },
);

test('ends a job that is cancelled while it waits, before it costs anything', async () => {
  const controller = new AbortController();
  await using opened = await open({ sequencesMax: 1 });
  const running = startJob(opened.scheduler, { tokensMax: 30 });
  const waiting = startJob(opened.scheduler, { signal: controller.signal });
  await until('the first job to answer', () => running.ids.length > 0);
  controller.abort();
  expect(await waiting.outcome).toMatchObject(cancelled);
  expect(running.ended).toBe(false);
  expect(waiting.starts).toEqual([]);
  expect(opened.scheduler.counts.waiting).toBe(0);
  expect(await running.outcome).toBeUndefined();
  const runs = opened.runs.length;
  const late = startJob(opened.scheduler, { signal: AbortSignal.abort() });
  expect(await late.outcome).toMatchObject(cancelled);
  expect(opened.runs).toHaveLength(runs);
  expectIdle(opened);
});

test('leaves no listener on the signal of a job, however it ended', async () => {
  const { signal } = new AbortController();
  await using opened = await open({ waitingMax: 2 });
  const during: number[] = [];
  const jobs = [
    startJob(opened.scheduler, {
      signal,
      onChoose: () => void during.push(getEventListeners(signal, 'abort').length),
    }),
    startJob(opened.scheduler, { signal, promptIds: [] }),
    startJob(opened.scheduler, { signal }),
  ];
  await Promise.all(jobs.map(({ outcome }) => outcome));
  expect(Math.max(...during)).toBeGreaterThan(0);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a sated consumer that leaves gives its sequence back', async () => {
  const controller = new AbortController();
  await using opened = await open();
  const paused = startJob(opened.scheduler, { signal: controller.signal, isSated: () => true });
  await until('the answer to begin', () => paused.ids.length === 1);
  controller.abort();
  expect(await paused.outcome).toMatchObject(cancelled);
  expectIdle(opened);
});

test('ends all that runs, waits or sleeps when it is disposed, and takes no more', async () => {
  const opened = await open({ sequencesMax: 3 });
  const { scheduler, runner } = opened;
  const jobs = [
    startJob(scheduler, { isSated: () => true }),
    startJob(scheduler, { tokensMax: 50 }),
    startJob(scheduler, { promptIds: promptOf(60) }),
    startJob(scheduler),
  ];
  await until('an answer to go on', () => (jobs[1]?.ids.length ?? 0) > 1);
  expect(jobs.some(({ ended }) => ended)).toBe(false);
  await scheduler[Symbol.asyncDispose]();
  expectIdle(opened);
  for (const { outcome } of jobs) expect(await outcome).toMatchObject(cancelled);
  expect(await startJob(scheduler).outcome).toMatchObject(cancelled);
  await scheduler[Symbol.asyncDispose]();
  // The runner is not its own.
  await using next = new Scheduler({ runner });
  expect(await startJob(next).outcome).toBeUndefined();
});

test('a failed run fails those in it, and nobody else', async () => {
  const failure = new Error('a test made it fail');
  let isDue = true;
  await using opened = await open({
    onRun: ({ kind, size }) => {
      if (kind !== 'decode' || size !== 2 || !isDue) return;
      isDue = false;
      throw failure;
    },
  });
  const { scheduler } = opened;
  const both = [startJob(scheduler), startJob(scheduler)];
  const behind = startJob(scheduler, { promptIds: promptOf(40) });
  for (const { outcome } of both) expect(await outcome).toBe(failure);
  expect(await behind.outcome).toBeUndefined();
  expect(await startJob(scheduler).outcome).toBeUndefined();
  expectIdle(opened);
});

test('a failed chunk fails its own prompt, and nobody else', async () => {
  const failure = new Error('a test made it fail');
  await using opened = await open({
    onRun: ({ kind }, count) => {
      if (kind === 'prefill' && count === 5) throw failure;
    },
  });
  const first = startJob(opened.scheduler, { tokensMax: 20 });
  const second = startJob(opened.scheduler, { promptIds: promptOf(40) });
  expect(await second.outcome).toBe(failure);
  expect(await first.outcome).toBeUndefined();
  expectIdle(opened);
});

const choosing = new Error('it could not choose');
const fail = (chosen: number) => {
  if (chosen === 2) throw choosing;
};

test.each<[string, Parameters<typeof startJob>[1], unknown]>([
  ['has no prompt', { promptIds: [] }, expect.any(TypeError)],
  ['has a token that there is not', { promptIds: [2, 9_999] }, expect.any(TypeError)],
  [
    'has a prompt over the context',
    { promptIds: promptOf(65) },
    expect.objectContaining({ code: 'WORKER_CONTEXT_EXCEEDED' }),
  ],
  ['was answered a token that there is not', { answeredIds: [5, 512] }, expect.any(TypeError)],
  ['was answered half a token', { answeredIds: [5, 1.5] }, expect.any(TypeError)],
  ['cannot choose', { onChoose: fail }, choosing],
])('a job that %s fails alone', async (_, changes, failure) => {
  await using opened = await open();
  const other = startJob(opened.scheduler, { tokensMax: 20 });
  const wrong = startJob(opened.scheduler, changes);
  expect(await wrong.outcome).toEqual(failure);
  expect(await other.outcome).toBeUndefined();
  expect(other.rows).toHaveLength(20);
  expectIdle(opened);
});

test('a job whose start cannot be told fails alone', async () => {
  await using opened = await open();
  const other = startJob(opened.scheduler, { tokensMax: 9 });
  const signal = new AbortController().signal;
  const job = { promptIds: [2], tokensMax: 3, priority: 0, signal, choose: () => 5, isSated: () => false };
  const deaf = opened.scheduler.run(job, () => {
    throw choosing;
  });
  await expect(deaf).rejects.toBe(choosing);
  expect(await other.outcome).toBeUndefined();
  expectIdle(opened);
});

test('a runner without a sequence to give fails the job, and not the loop', async () => {
  await using opened = await open({ sequencesMax: 2 });
  {
    using _taken = opened.runner.openSequence();
    using _too = opened.runner.openSequence();
    expect(await startJob(opened.scheduler).outcome).toBeInstanceOf(TypeError);
  }
  expect(await startJob(opened.scheduler).outcome).toBeUndefined();
  expectIdle(opened);
});

test('a prompt that is cancelled in the middle leaves its whole chunks, and holds none', async () => {
  const controller = new AbortController();
  let count = 0;
  const runner = watchedRunner(await openRunner(), () => {
    if (++count === 3) controller.abort();
  });
  const { positionBytes } = runner;
  using prefixCache = new PrefixCache({ bytesMax: 2 * 8 * positionBytes, chunkTokens: 8 });
  await using scheduler = new Scheduler({ runner, prefixCache });
  const job = startJob(scheduler, { promptIds: promptOf(40), signal: controller.signal });
  expect(await job.outcome).toMatchObject(cancelled);
  expect(prefixCache.counts.chunks).toBe(2);
  const other = startJob(scheduler, { promptIds: promptOf(17, 99) });
  await other.outcome;
  const again = startJob(scheduler, { promptIds: promptOf(17, 99) });
  await again.outcome;
  expect(again.starts).toEqual([{ cachedTokens: 16 }]);
});
