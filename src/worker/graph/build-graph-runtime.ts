/**
 * Builds the graph of a model once, and finds it again by the model's content. An entry appears in the cache whole or not at
 * all: it is written under another name, sealed, and renamed. Several processes may build the same
 * entry at once; the first to finish wins and the others take its work.
 */

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError, isDrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { readGemma3Config } from '../gguf/gemma3-config.ts';
import { openGguf } from '../gguf/gguf-file-runtime.ts';
import { sha256OfFile } from './file-digest-runtime.ts';
import { dataFileName, planGemma3Graph } from './gemma3-graph.ts';
import {
  builderVersion,
  faultOfEntry,
  modelFileName,
  sealEntry,
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

const unfinishedPrefix = '.building-';
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
  const dir = join(cacheDir, `graph-${sha256.slice(0, 32)}-v${builderVersion}`);
  if ((await faultOfEntry(dir, sha256)) === undefined) return { dir, built: false, sha256 };
  await mkdir(cacheDir, { recursive: true });
  await removeUnfinished(cacheDir);
  const unfinished = join(cacheDir, `${unfinishedPrefix}${randomBytes(8).toString('hex')}`);
  try {
    await mkdir(unfinished);
    await writeDurably(join(unfinished, modelFileName), encodeOnnxModel(plan.model));
    await using data = await open(join(unfinished, dataFileName), 'w');
    const onProgress = (doneBytes: number) => options.onProgress?.(doneBytes, plan.sourceBytes);
    await writeWeights(gguf, plan, { data, signal, onProgress });
    await data.sync();
    await sealEntry(unfinished, sha256);
    await publish(unfinished, dir, sha256);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return { dir, built: true, sha256 };
}

/** A directory cannot be renamed over one that has files: a damaged entry must leave first. */
async function publish(unfinished: string, dir: string, sha256: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rename(unfinished, dir);
      return;
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && isTakenCode(error.code);
      if (!isTaken || attempt === 3) throw error;
    }
    if ((await faultOfEntry(dir, sha256)) === undefined) return;
    // Renamed, then removed: nobody may see half an entry. Another process may have been faster.
    const damaged = `${unfinished}-damaged-${attempt}`;
    await rename(dir, damaged).catch(() => undefined);
    await rm(damaged, { recursive: true, force: true });
  }
}

function isTakenCode(code: unknown): boolean {
  return code === 'ENOTEMPTY' || code === 'EEXIST';
}

/** What a killed build left behind. Its age tells it from one that runs; process ids differ between namespaces. */
async function removeUnfinished(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith(unfinishedPrefix)) continue;
    const path = join(cacheDir, name);
    const status = await stat(path).catch(() => undefined);
    if (status !== undefined && Date.now() - status.mtimeMs > unfinishedAgeMaxMs) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
