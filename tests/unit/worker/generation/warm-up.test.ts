import { expect, test } from 'vitest';
import { warmUp } from '../../../../src/worker/generation/warm-up-runtime.ts';
import { until } from '../../../support/until.ts';
import { openTinyRunner } from '../open-tiny-runner.ts';
import { fixtureFile } from '../references.ts';
import { freeSequences, type WatchedRun, watchedRunner } from '../scheduling/watched-runner.ts';

async function openWatched(
  contextTokensMax: number,
  onRun: (count: number) => Promise<void> | void = () => {},
) {
  const runs: WatchedRun[] = [];
  const opened = await openTinyRunner(fixtureFile('model.gguf'), {
    chunkTokens: 8,
    sequencesMax: 2,
    contextTokensMax,
  });
  const runner = watchedRunner(opened, (run) => {
    runs.push(run);
    return onRun(runs.length);
  });
  return { runner, sizes: () => runs.map(({ kind, size }) => [kind, size]) };
}

test.each([
  [
    'a whole chunk and two tokens',
    64,
    [
      ['prefill', 8],
      ['decode', 1],
      ['decode', 1],
    ],
  ],
  [
    'as much as a small context holds',
    6,
    [
      ['prefill', 4],
      ['decode', 1],
      ['decode', 1],
    ],
  ],
  ['one token where there is no room for more', 1, [['prefill', 1]]],
])('runs %s, and gives everything back', async (_, contextTokensMax, sizes) => {
  const watched = await openWatched(contextTokensMax);
  expect(await warmUp(watched.runner, { id: 2 })).toBeGreaterThan(0);
  expect(watched.sizes()).toEqual(sizes);
  expect(freeSequences(watched.runner)).toBe(2);
});

test('is refused what cannot run, and gives everything back', async () => {
  const watched = await openWatched(64, (count) => {
    if (count === 2) throw new Error('it cannot');
  });
  await expect(warmUp(watched.runner, { id: 2 })).rejects.toThrow('it cannot');
  expect(freeSequences(watched.runner)).toBe(2);
});

test('takes no longer than it may', async () => {
  const watched = await openWatched(64, async (count) => {
    const endMs = performance.now() + 50;
    const isOver = () => count > 1 || performance.now() >= endMs || undefined;
    await until(isOver, { what: 'a slow run', budgetMs: 5000 });
  });
  await expect(warmUp(watched.runner, { id: 2, timeoutMs: 10 })).rejects.toMatchObject({
    code: 'WORKER_RUN_FAILED',
    message: expect.stringContaining('was not warm after 10 ms'),
  });
  expect(watched.sizes()).toEqual([['prefill', 8]]);
});

test('ends when it is told to', async () => {
  const watched = await openWatched(64);
  const reason = new Error('enough');
  await expect(warmUp(watched.runner, { id: 2, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
