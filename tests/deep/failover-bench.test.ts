/** All of docs/failover-bench.md, with the silences of its full profile: both halves at once, for they mostly wait. */
import { expect, test } from 'vitest';
import { runBench } from '../support/benched.ts';

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `S${String(from + index).padStart(2, '0')}`);

/** What a worker of ours can show of the published scenarios. */
const ofWorkers = ['S01', 'S05', 'S06', 'S07', 'S08', 'S09', 'S12', 'S15', 'S16'];

test('every scenario passes, behind our workers and behind servers that they stand in front of', async () => {
  const [workers, upstreams] = await Promise.all([
    runBench({ profile: 'full', behind: 'worker' }),
    runBench({ profile: 'full', behind: 'upstream' }),
  ]);
  expect(workers).toStrictEqual([...ofWorkers, ...numbered(17, 24)]);
  expect(upstreams).toStrictEqual(numbered(1, 16));
});
