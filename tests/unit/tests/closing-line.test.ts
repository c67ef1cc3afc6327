/** The closing line of a run, and its exit code, over small runs of vitest with the reporter. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';

const root = fileURLToPath(new URL('../../fixtures/closing-line/', import.meta.url));
const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url));

function start(files: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { CI: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [vitest, 'run', '--root', root, ...files], {
    env: { ...inherited, ...environment },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const ended = once(child, 'close').then(([exitCode]) => ({
    exitCode,
    lines: output.trimEnd().split('\n'),
  }));
  return { child, ended, output: () => output };
}

describe.concurrent('a run ends with', () => {
  test.each([
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
      'a set-up of the whole run that fails, as failed',
      ['passes'],
      { SET_UP_FAILS: '1' },
      1,
      ['0 passed, 1 failed, 0 skipped'],
    ],
    [
      'what it should not have said, as failed',
      ['leaks'],
      {},
      1,
      ['a canary was printed: key, prompt, token', '1 passed, 1 failed, 0 skipped'],
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
  ])('%s', async (_, files, environment, exitCode, lastLines) => {
    const run = await start(files, environment).ended;
    expect({ exitCode: run.exitCode, lastLines: run.lines.slice(-lastLines.length) }).toEqual({
      exitCode,
      lastLines,
    });
  });

  test('one failed when it is interrupted', async () => {
    const { child, ended, output } = start(['hangs']);
    await vi.waitFor(() => expect(output()).toContain('hanging'), { timeout: 10_000, interval: 20 });
    child.kill('SIGINT');
    const { exitCode, lines } = await ended;
    expect(exitCode).not.toBe(0);
    // Whether the test that had passed was reported by then is a matter of moments.
    expect(lines.at(-1)).toMatch(/^[01] passed, 1 failed, 0 skipped$/);
  });
});
