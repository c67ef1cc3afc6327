/** Builds and opens a model file for one test, and takes everything away after it. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { buildGraph } from '../../../src/worker/graph/build-graph-runtime.ts';
import type { Runner } from '../../../src/worker/runner.ts';
import { type OpenRunnerOptions, openRunner } from '../../../src/worker/runtime/open-runner.ts';
import { scratchDir } from './scratch-dir.ts';

export async function openTinyRunner(
  model: string | Uint8Array,
  options: Omit<OpenRunnerOptions, 'modelFile' | 'graphDir'> = {},
): Promise<Runner> {
  const cacheDir = scratchDir();
  const modelFile = typeof model === 'string' ? model : join(cacheDir, 'model.gguf');
  if (typeof model !== 'string') writeFileSync(modelFile, model);
  const { dir } = await buildGraph({ modelFile, cacheDir });
  const runner = await openRunner({ modelFile, graphDir: dir, ...options });
  onTestFinished(() => runner[Symbol.asyncDispose]());
  return runner;
}
