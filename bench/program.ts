/** A program of a bench: it prints one JSON line when it is ready and one for whatever it measured, and is ended with its scope. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface BenchProgram extends AsyncDisposable {
  /** The next line that it prints. */
  next(): Promise<unknown>;
}

const lineMsMax = 120_000;

export interface ProgramOptions {
  /** `node` or `bun`, by path. */
  readonly runtime: string;
  readonly args?: readonly string[];
}

/** Where Bun's package puts its binary on every platform. */
export const bun: string = fileURLToPath(new URL('../node_modules/bun/bin/bun.exe', import.meta.url));

/** @param path relative to this folder. */
export function startProgram(path: string, { runtime, args = [] }: ProgramOptions): BenchProgram {
  const file = fileURLToPath(new URL(path, import.meta.url));
  const child = spawn(runtime, [file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async next() {
      const { promise: late, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => reject(new Error(`${path} said nothing for ${lineMsMax} ms`)),
        lineMsMax,
      );
      const { value, done } = await Promise.race([lines.next(), late]).finally(() => clearTimeout(timer));
      if (done === true) throw new Error(`${path} ended with code ${child.exitCode}`);
      return JSON.parse(value);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await ended;
    },
  };
}
