/** A cache of its own for the running test, a model made of arbitrary bytes, and a record of what was told. */

import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelEntry, ModelSource } from '../../../../src/worker/model-files/manifest.ts';
import type { PreparationStep } from '../../../../src/worker/model-files/preparation-step.ts';
import type { FetchModelOptions } from '../../../../src/worker/model-files/runtime/fetch-model.ts';
import { scratchDir } from '../scratch-dir.ts';

export const licence = { name: 'Some Terms', url: 'https://terms.test/' };

export interface Workshop extends FetchModelOptions {
  readonly notes: string[];
  readonly steps: PreparationStep[];
}

export function workshop(overrides: Partial<FetchModelOptions> = {}): Workshop {
  const notes: string[] = [];
  const steps: PreparationStep[] = [];
  return {
    cacheDir: join(scratchDir(), 'drydock'),
    repositoryDir: scratchDir(),
    environment: { PATH: '' },
    // The name of a host in a test leads nowhere, so nothing may try to reach it.
    network: { fetch, reach: async () => undefined },
    onNote: (message) => notes.push(message),
    onProgress: (step) => steps.push(step),
    signal: new AbortController().signal,
    notes,
    steps,
    ...overrides,
  };
}

/** Bytes that do not compress and never repeat, the same for the same seed. */
export function noise(length: number, seed = 1): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
    createHash('sha256').update(`${seed}:${at}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export function entry(name: string, content: Uint8Array, sources: readonly ModelSource[]): ModelEntry {
  return {
    name,
    file: `${name}.gguf`,
    bytes: content.length,
    sha256: sha256(content),
    licence,
    chatStyle: 'gemma',
    random: false,
    sources: [...sources],
  };
}

export const https = (...urls: string[]): ModelSource => ({ kind: 'https', urls });

/** Every file below a folder, without the locks, which stay. */
export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((found) => !found.isDirectory() && found.name !== 'lock')
    .map((found) => join(found.parentPath, found.name).slice(directory.length + 1))
    .sort();
}

export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: unknown }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it was not rejected');
}
