/** Prompts alike, at the same time: what they share is computed once, and an answer that goes on keeps nothing of the cache to itself. */

import { expect, test } from 'vitest';
import { PrefixCache } from '../../../../src/worker/scheduling/prefix-cache.ts';
import { Scheduler } from '../../../../src/worker/scheduling/scheduler.ts';
import { until } from '../../rpc/until.ts';
import { openTinyRunner } from '../open-tiny-runner.ts';
import { fixtureFile } from '../references.ts';
import { promptOf, startJob } from './greedy-job.ts';
import { watchedRunner } from './watched-runner.ts';

const openRunner = () =>
  openTinyRunner(fixtureFile('model.gguf'), { chunkTokens: 8, sequencesMax: 4, contextTokensMax: 64 });

test('prompts alike that come at once are computed once', async () => {
  const runner = await openRunner();
  using prefixCache = new PrefixCache({ bytesMax: 10 ** 7, chunkTokens: 8 });
  await using scheduler = new Scheduler({ runner, prefixCache });
  const jobs = [1, 2, 3, 4].map(() => startJob(scheduler, { promptIds: promptOf(40) }));
  await Promise.all(jobs.map(({ outcome }) => outcome));
  // The last chunk is not taken over: the logits of its last token are wanted.
  expect(scheduler.counts).toMatchObject({ prefilledTokens: 40 + 3 * 8, cachedTokens: 3 * 32 });
  const [first, ...others] = jobs;
  for (const { rows } of others) expect(rows).toEqual(first?.rows);
});

test('an answer that goes on holds no chunk of the cache', async () => {
  const runner = await openRunner();
  using prefixCache = new PrefixCache({ bytesMax: 2 * 8 * runner.positionBytes, chunkTokens: 8 });
  await using scheduler = new Scheduler({ runner, prefixCache });
  const long = startJob(scheduler, { promptIds: promptOf(20), tokensMax: 40, isSated: () => true });
  await until('the long answer to begin', () => long.ids.length === 1);
  expect(prefixCache.counts.chunks).toBe(2);
  await startJob(scheduler, { promptIds: promptOf(20, 99) }).outcome;
  const again = startJob(scheduler, { promptIds: promptOf(20, 99) });
  await again.outcome;
  expect(again.starts).toEqual([{ cachedTokens: 16 }]);
});

test('an answer gets a token between what a prompt takes over and its first chunk', async () => {
  const runs: string[] = [];
  const runner = watchedRunner(await openRunner(), ({ kind, size }) => void runs.push(`${kind} ${size}`));
  using prefixCache = new PrefixCache({ bytesMax: 10 ** 7, chunkTokens: 8 });
  await using scheduler = new Scheduler({ runner, prefixCache });
  await startJob(scheduler, { promptIds: promptOf(40), tokensMax: 1 }).outcome;
  runs.length = 0;
  const answering = startJob(scheduler, { tokensMax: 5 });
  const known = startJob(scheduler, { promptIds: promptOf(40), tokensMax: 1 });
  await Promise.all([answering.outcome, known.outcome]);
  expect(known.starts).toEqual([{ cachedTokens: 32 }]);
  expect(runs.slice(0, 4)).toEqual(['prefill 3', 'decode 1', 'decode 1', 'prefill 8']);
});
