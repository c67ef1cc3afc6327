/** Starts a TypeScript program of a test, and ends it with the test. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface StartedProgram {
  readonly child: ChildProcess;
  /** Its first line; rejects when it ends without one. */
  readonly firstLine: Promise<string>;
}

export function startProgram(program: URL, words: readonly string[] = []): StartedProgram {
  const child = spawn(process.execPath, [fileURLToPath(program), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  const firstLine = Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    once(child, 'exit').then(() => Promise.reject(new Error(`${program.pathname} ended without a word`))),
  ]);
  firstLine.catch(() => undefined);
  return { child, firstLine };
}
