/** `npm run mutants [-- --json] [-- --only ID[,ID]]`. Exits with 1 where a defect survived, with 2 where one could not be judged. */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { exitCodeOf, reportJson, reportText } from './report.ts';
import { runMutants } from './run-mutants-runtime.ts';

const INTERRUPTED = 130;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = stopping.signal.aborted ? INTERRUPTED : 2;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' } } });
  const chosen = chosenBy(values.only);
  const start = performance.now();
  let done = 0;
  const rows = await runMutants(chosen, {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    signal: stopping.signal,
    onRow: ({ mutant, outcome }) => {
      done += 1;
      process.stderr.write(`${done}/${chosen.length} ${mutant.id}: ${outcome.kind}\n`);
    },
  });
  const ms = performance.now() - start;
  process.stdout.write(values.json === true ? reportJson(rows) : reportText(rows, { ms }));
  return exitCodeOf(rows);
}

function chosenBy(only: string | undefined): readonly Mutant[] {
  if (only === undefined) return MUTANTS;
  const ids = new Set(only.split(','));
  const chosen = MUTANTS.filter(({ id }) => ids.has(id));
  if (chosen.length === ids.size) return chosen;
  const unknown = [...ids].filter((id) => chosen.every((mutant) => mutant.id !== id));
  throw new TypeError(`could not choose ${unknown.join(', ')}: no mutant is called so; see tests/mutants`);
}
