/** The closing line of a run that was skipped in part, broken before its tests, or cut off. */

import { describe, expect, test, vi } from 'vitest';
import { type ClosedRun, closeRun, startRun } from './closing-run.ts';

const runs: readonly ClosedRun[] = [
  [
    'a set-up of the whole run that fails, as failed',
    ['passes'],
    { SET_UP_FAILS: '1' },
    1,
    ['0 passed, 1 failed, 0 skipped'],
  ],
  ['a name that no file has, as failed', ['nowhere'], {}, 1, ['0 passed, 1 failed, 0 skipped']],
  [
    'what was skipped and why',
    ['lacks'],
    {},
    0,
    [
      'skipped: lacks a tool: missing frobnicator: apt-get install frobnicator',
      'skipped: is switched off',
      '1 passed, 0 failed, 2 skipped',
    ],
  ],
  [
    'what is missing, as failed, where CI is set',
    ['lacks'],
    { CI: 'true' },
    1,
    ['1 passed, 1 failed, 1 skipped'],
  ],
  [
    'the reason why skipping alone fails it where CI is set',
    ['switched-off'],
    { CI: 'true' },
    1,
    ['CI is set, so a skipped test fails the run', '1 passed, 0 failed, 1 skipped'],
  ],
];

describe.concurrent('a run ends with', () => {
  test.each(runs.map((run) => [run[0], run] as const))('%s', async (_, run) => {
    const { closed, expected } = await closeRun(run);
    expect(closed).toEqual(expected);
  });

  test('one failed when it is interrupted', async () => {
    const { child, ended, output } = startRun(['hangs']);
    await vi.waitFor(() => expect(output()).toContain('hanging'), { timeout: 10_000, interval: 20 });
    child.kill('SIGINT');
    const { exitCode, lines } = await ended;
    expect(exitCode).not.toBe(0);
    // Whether the test that had passed was reported by then is a matter of moments.
    expect(lines.at(-1)).toMatch(/^[01] passed, 1 failed, 0 skipped$/);
  });
});
