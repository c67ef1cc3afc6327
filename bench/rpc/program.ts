/** A program of this bench: it prints one JSON line when it is ready and one for each round, and is ended with its scope. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface BenchProgram extends AsyncDisposable {
  /** The next line that it prints. */
  next(): Promise<unknown>;
}

const lineMsMax = 120_000;

export function startProgram(command: string, name: string, args: readonly string[]): BenchProgram {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(command, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async next() {
      const { promise: late, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => reject(new Error(`${name} said nothing for ${lineMsMax} ms`)),
        lineMsMax,
      );
      const { value, done } = await Promise.race([lines.next(), late]).finally(() => clearTimeout(timer));
      if (done === true) throw new Error(`${name} ended with code ${child.exitCode}`);
      return JSON.parse(value);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await ended;
    },
  };
}
