/** Small runs of vitest with our reporter, as programs of their own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../fixtures/closing-line/', import.meta.url));
const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url));

export function startRun(files: readonly string[], environment: Readonly<Record<string, string>> = {}) {
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

/** Files, environment, exit code, last lines of what is printed. */
export type ClosedRun = readonly [
  string,
  readonly string[],
  Readonly<Record<string, string>>,
  number,
  readonly string[],
];

export async function closeRun([, files, environment, exitCode, lastLines]: ClosedRun) {
  const run = await startRun(files, environment).ended;
  return {
    closed: { exitCode: run.exitCode, lastLines: run.lines.slice(-lastLines.length) },
    expected: { exitCode, lastLines },
  };
}
