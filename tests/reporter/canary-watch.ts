/** A vitest reporter that fails a run whose output holds a canary: a key, a token or a prompt that a program should have kept to itself. */

import type { Reporter } from 'vitest/node';
import { canaries, saidCanaries } from '../canaries.ts';

/** A canary may come in two writes. */
const overlap = Math.max(...Object.values(canaries).map(({ length }) => length));

export function canaryWatch(): Reporter {
  const said = new Set<string>();

  function watch(stream: NodeJS.WriteStream): void {
    let tail = '';
    stream.write = new Proxy(stream.write, {
      apply(write, self, args: unknown[]) {
        const text =
          tail + (args[0] instanceof Uint8Array ? Buffer.from(args[0]).toString() : String(args[0]));
        tail = text.slice(-overlap);
        for (const name of saidCanaries(text)) said.add(name);
        // Before the run ends, for its exit code is told then.
        if (said.size > 0) process.exitCode = 1;
        return Reflect.apply(write, self, args);
      },
    });
  }

  return {
    onInit() {
      watch(process.stdout);
      watch(process.stderr);
      process.once('exit', () => {
        if (said.size > 0) process.stdout.write(`a canary was printed: ${[...said].toSorted().join(', ')}\n`);
      });
    },
  };
}
