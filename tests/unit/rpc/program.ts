/** Child processes of these tests. They are killed when their scope ends, whatever happened. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { compileCache } from '../../compile-cache.ts';
import { until } from './until.ts';

export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  /** What it printed on standard output, and on standard error. */
  readonly output: () => string;
  readonly errors: () => string;
  printed(text: string): Promise<void>;
  /** The exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals | null>;
}

/** Where Bun's package puts its binary on every platform; on PATH, a shim of npm's stands before it. */
export const bunPath = resolve('node_modules/bun/bin/bun.exe');

export function startProgram(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Program {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...compileCache, ...environment },
  });
  const text = { output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text.output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    text.errors += chunk;
  });
  const closed = once(child, 'close');
  return {
    child,
    output: () => text.output,
    errors: () => text.errors,
    printed: (wanted) =>
      until(
        `"${wanted}" from ${args[0]}`,
        () => `${text.output}${text.errors}`.includes(wanted),
        () => text,
      ),
    async ended() {
      await closed;
      return child.exitCode ?? child.signalCode;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

export function programPath(name: string): string {
  return resolve('tests/unit/rpc/programs', name);
}
