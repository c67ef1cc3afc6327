/** The synthesized files on disk: written, or compared byte by byte. A folder without an environment is stale too. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Environment } from './environment.ts';
import { DrydockError } from './errors.ts';
import { synthesize } from './synthesize.ts';

const synthNext = 'run `npm run synth` and commit what it writes';

/** @returns the paths written, as seen from the working directory. */
export function writeSynthesis(environments: readonly Environment[], folder: string): string[] {
  return environments.map((environment) => {
    const path = pathOf(folder, environment.name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, synthesize(environment));
    return relative(process.cwd(), path);
  });
}

/** @throws DrydockError INFRA_SYNTH_STALE, which names the first file that is missing, different or left over. */
export function checkSynthesis(environments: readonly Environment[], folder: string): void {
  for (const environment of environments) {
    const path = pathOf(folder, environment.name);
    if (!existsSync(path)) throw stale(path, { reason: 'it is missing', next: synthNext });
    const line = firstDifferentLine(readFileSync(path, 'utf8'), synthesize(environment));
    if (line !== undefined)
      throw stale(path, { reason: `line ${line} is not what the code says`, next: synthNext });
  }
  const known = new Set(environments.map(({ name }) => name));
  const leftOver = readdirSync(folder).find((name) => !known.has(name));
  if (leftOver !== undefined)
    throw stale(join(folder, leftOver), { reason: 'no environment has this name', next: 'delete it' });
}

function pathOf(folder: string, name: string): string {
  return join(folder, name, 'main.tf.json');
}

function firstDifferentLine(committed: string, synthesized: string): number | undefined {
  if (committed === synthesized) return undefined;
  const expected = synthesized.split('\n');
  const index = committed.split('\n').findIndex((line, at) => line !== expected[at]);
  // All its lines agree, so it ends too early.
  return index === -1 ? committed.split('\n').length : index + 1;
}

function stale(path: string, { reason, next }: { reason: string; next: string }) {
  const message = `could not accept ${relative(process.cwd(), path)}: ${reason}; ${next}`;
  return new DrydockError('INFRA_SYNTH_STALE', message);
}
