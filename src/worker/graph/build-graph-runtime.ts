/**
 * Builds the graph of a model once, and finds it again by the model's content. A build that stops half-way, for whatever reason,
 * leaves no entry. Several processes may build the same one at once: each ends with a sound graph.
 */

import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError, isDrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { readGemma3Config } from '../gguf/gemma3-config.ts';
import { type OpenGguf, openGguf } from '../gguf/gguf-file-runtime.ts';
import { sha256OfFile } from './file-digest-runtime.ts';
import { dataFileName, planGemma3Graph } from './gemma3-graph.ts';
import type { GraphPlan } from './graph-builder.ts';
import {
  dirNamesInManifests,
  findEntry,
  isEntryDirName,
  modelFileName,
  newEntryDir,
  publishEntry,
  removeDir,
  writeDurably,
} from './graph-entry-runtime.ts';
import { encodeOnnxModel } from './onnx-model.ts';
import { writeWeights } from './write-weights-runtime.ts';

export interface BuildGraphOptions {
  readonly modelFile: string;
  readonly cacheDir: string;
  /** SHA-256 of the model file in hexadecimal, from a caller who has checked it. Default: the file is hashed. */
  readonly sha256?: string;
  /** Bytes of weights repacked so far, and in all. Not called when the cache has the graph. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface BuiltGraph {
  readonly dir: string;
  /** False when the cache had it. */
  readonly built: boolean;
  readonly sha256: string;
}

/** No build takes that long, so what is older and no entry was left by one that was killed. */
const unfinishedAgeMaxMs = 60 * 60 * 1000;

/**
 * @throws DrydockError WORKER_MODEL_FILE_INVALID or WORKER_MODEL_UNSUPPORTED for the model file,
 *   WORKER_CANCELLED on abort, WORKER_GRAPH_BUILD_FAILED when the cache cannot be written.
 */
export async function buildGraph(options: BuildGraphOptions): Promise<BuiltGraph> {
  try {
    return await findOrBuild(options);
  } catch (cause) {
    if (options.signal?.aborted === true) {
      const message = `could not build the graph of ${options.modelFile}: it was cancelled; start again`;
      throw new DrydockError<WorkerErrorCode>('WORKER_CANCELLED', message, { cause });
    }
    if (isDrydockError(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DrydockError<WorkerErrorCode>(
      'WORKER_GRAPH_BUILD_FAILED',
      `could not build the graph of ${options.modelFile} in ${options.cacheDir}: ${reason}; check the directory and its free space`,
      { cause },
    );
  }
}

async function findOrBuild(options: BuildGraphOptions): Promise<BuiltGraph> {
  const { cacheDir, modelFile, signal } = options;
  signal?.throwIfAborted();
  await using gguf = await openGguf(modelFile);
  const plan = planGemma3Graph(gguf, readGemma3Config(gguf));
  const sha256 = options.sha256 ?? (await sha256OfFile(modelFile, signal));
  const before = await findEntry(cacheDir, sha256);
  if (!('fault' in before)) return { dir: before.dir, built: false, sha256 };
  await mkdir(cacheDir, { recursive: true });
  await removeLeftovers(cacheDir);
  const dir = newEntryDir(cacheDir, sha256);
  let entryDir: string | undefined;
  try {
    await writeEntryFiles(dir, { gguf, plan, options });
    entryDir = await publishEntry(cacheDir, dir, sha256);
  } finally {
    if (entryDir !== dir) await removeDir(dir);
  }
  if (before.damagedDir !== undefined) await removeDir(before.damagedDir);
  return { dir: entryDir, built: true, sha256 };
}

async function writeEntryFiles(
  dir: string,
  of: { readonly gguf: OpenGguf; readonly plan: GraphPlan; readonly options: BuildGraphOptions },
): Promise<void> {
  const { gguf, plan, options } = of;
  await mkdir(dir);
  await writeDurably(join(dir, modelFileName), encodeOnnxModel(plan.model));
  await using data = await open(join(dir, dataFileName), 'w');
  await writeWeights(gguf, plan, {
    data,
    signal: options.signal,
    onProgress: (doneBytes) => options.onProgress?.(doneBytes, plan.sourceBytes),
  });
  await data.sync();
}

/** What killed builds left. Age tells it from a build that runs; process ids would not, across namespaces. */
async function removeLeftovers(cacheDir: string): Promise<void> {
  const named = await dirNamesInManifests(cacheDir);
  for (const name of await readdir(cacheDir)) {
    if (!isEntryDirName(name) || named.has(name)) continue;
    const status = await stat(join(cacheDir, name)).catch(() => undefined);
    if (status !== undefined && Date.now() - status.mtimeMs > unfinishedAgeMaxMs) {
      await removeDir(join(cacheDir, name));
    }
  }
}
