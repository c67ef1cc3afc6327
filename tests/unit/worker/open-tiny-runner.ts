/** Builds and opens model files for tests. Each graph is built once in a run. */

import { createHash } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, inject, onTestFinished } from 'vitest';
import { type BuildGraphOptions, buildGraph } from '../../../src/worker/graph/build-graph-runtime.ts';
import type { Runner } from '../../../src/worker/runner.ts';
import { type OpenRunnerOptions, openRunner } from '../../../src/worker/runtime/open-runner.ts';

export const kinds = ['native', 'portable'] as const;

export type TinyOptions = Omit<OpenRunnerOptions, 'modelFile' | 'graphDir'> &
  Pick<BuildGraphOptions, 'weights' | 'block' | 'head'>;

const cacheDir = inject('graphCache');

/** @param model path of a file or a directory, or the bytes of a GGUF file. */
export async function openTinyRunner(model: string | Uint8Array, options: TinyOptions = {}): Promise<Runner> {
  const runner = await openBuilt(model, options);
  onTestFinished(() => runner[Symbol.asyncDispose]());
  return runner;
}

/** One runner for all tests of the `describe` block that this is called in. */
export function tinyRunnerOfBlock(model: string | Uint8Array, options: TinyOptions = {}): () => Runner {
  let opened: Runner | undefined;
  beforeAll(async () => {
    opened = await openBuilt(model, options);
  });
  afterAll(() => opened?.[Symbol.asyncDispose]());
  return () => {
    if (opened === undefined) throw new Error('asked for before the block began');
    return opened;
  };
}

/** The same for the caller to close, and for models of any size. */
export async function openBuilt(
  model: string | Uint8Array,
  { weights, block, head, ...options }: TinyOptions,
): Promise<Runner> {
  const modelFile = typeof model === 'string' ? model : fileOf(model);
  const { dir } = await buildGraph({
    modelFile,
    cacheDir,
    ...(weights === undefined ? {} : { weights }),
    ...(block === undefined ? {} : { block }),
    ...(head === undefined ? {} : { head }),
  });
  return await openRunner({ modelFile, graphDir: dir, ...options });
}

function fileOf(bytes: Uint8Array): string {
  const file = join(cacheDir, `${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.gguf`);
  if (existsSync(file)) return file;
  // Other processes build from the same file.
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, bytes);
  renameSync(unfinished, file);
  return file;
}
