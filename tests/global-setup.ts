/**
 * Has the base model in the cache before any test runs, as `npm start` would: the tests on real weights read it there. A machine
 * that cannot get it runs the other tests; those say what is missing. What all of a run shares is made here too: where Node
 * keeps what it has compiled (`compile-cache.ts`), and the graphs of small models, which are built once.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A directory, gone after the run. */
    graphCache: string;
  }
}

const root = fileURLToPath(new URL('..', import.meta.url));
const command = fileURLToPath(new URL('../bin/drydock.ts', import.meta.url));
const budgetMs = 300_000;

/** @returns what takes away what lives no longer than the run. */
export function setup({ provide }: Pick<TestProject, 'provide'>): () => void {
  process.env.NODE_COMPILE_CACHE ??= join(root, '.drydock', 'compiled');
  const graphs = mkdtempSync(join(tmpdir(), 'drydock-graphs-'));
  provide('graphCache', graphs);
  for (const model of ['gemma-3-270m', 'tiny']) {
    // Progress goes to standard error, where a person sees it; standard output is the tests'.
    const { status } = spawnSync(process.execPath, [command, 'model', 'prepare', model], {
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: budgetMs,
    });
    if (status !== 0) process.stderr.write(`tests: there is no ${model}; the tests that need it say so\n`);
  }
  return () => rmSync(graphs, { recursive: true, force: true });
}
