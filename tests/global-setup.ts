/**
 * Has the base model in the cache before any test runs, as `npm start` would: the tests on real weights read it there. A machine
 * that cannot get it runs the other tests; those say what is missing.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../bin/drydock.ts', import.meta.url));
const budgetMs = 300_000;

export function setup(): void {
  for (const model of ['gemma-3-270m', 'tiny']) {
    // Progress goes to standard error, where a person sees it; standard output is the tests'.
    const { status } = spawnSync(process.execPath, [command, 'model', 'prepare', model], {
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: budgetMs,
    });
    if (status !== 0) process.stderr.write(`tests: there is no ${model}; the tests that need it say so\n`);
  }
}
