/**
 * The closing line of a run, and its exit code, over small runs of vitest with the reporter: the commonest ends. The others
 * are in closing-line.deep.test.ts.
 */

import { describe, expect, test } from 'vitest';
import { type ClosedRun, closeRun } from './closing-run.ts';

const runs: readonly ClosedRun[] = [
  [
    'what passed, after its set-up is torn down',
    ['passes'],
    {},
    0,
    ['torn down', '2 passed, 0 failed, 0 skipped'],
  ],
  [
    'what failed: a test, a suite’s set-up, a file that does not load, an error outside of any test',
    ['fails', 'breaks', 'rejects'],
    {},
    1,
    ['1 passed, 4 failed, 1 skipped'],
  ],
  [
    'what it should not have said, as failed',
    ['leaks'],
    {},
    1,
    ['a canary was printed: key, prompt, token', '1 passed, 1 failed, 0 skipped'],
  ],
];

describe.concurrent('a run ends with', () => {
  test.each(runs.map((run) => [run[0], run] as const))('%s', async (_, run) => {
    const { closed, expected } = await closeRun(run);
    expect(closed).toEqual(expected);
  });
});
