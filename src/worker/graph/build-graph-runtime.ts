/**
 * Builds the graph of a model once, and finds it again by the model's content. A build that stops half-way, for whatever reason,
 * leaves no entry. Several processes may build the same one at once: each ends with a sound graph.
 */

import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DrydockError, isDrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { type ModelSource, openModelSource } from '../model-source.ts';
import { calibrate } from './calibrate-runtime.ts';
import { calibrationBytes } from './calibration-graph.ts';
import { describeWeights } from './describe-weights.ts';
import { isEntryDirName } from './entry-manifest.ts';
import { planGemma3Graph } from './gemma3-graph.ts';
import type { GraphPlan } from './graph-builder.ts';
import {
  dataFileName,
  dirNamesInManifests,
  type Entry,
  findEntry,
  modelFileName,
  newEntryDir,
  publishEntry,
  removeDir,
} from './graph-entry-runtime.ts';
import { type GraphOptions, graphVariant } from './graph-variant.ts';
import { smoothedInputs } from './matrix-targets.ts';
import { encodeOnnxModel } from './onnx-model.ts';
import { noSmoothing } from './smoothing.ts';
import { digestOfModel, knownDigest } from './source-digest-runtime.ts';
import { writeDurably } from './write-file-runtime.ts';
import { writeWeights } from './write-weights-runtime.ts';

export interface BuildGraphOptions extends GraphOptions {
  /** A GGUF file, or a directory as Hugging Face lays them out. */
  readonly modelFile: string;
  readonly cacheDir: string;
  /**
   * Digest of the model in hexadecimal (`digestOfModel`), from a caller who has checked it. Default: the files are
   * hashed, unless they look as they did when they last were.
   */
  readonly sha256?: string;
  /** That may compute at once. Default: as many as the machine has, which is right where nobody is answered meanwhile. */
  readonly threads?: number;
  /** Bytes of weights repacked so far, and in all. Not called when the cache has the graph. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface BuiltGraph extends Entry {
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
  const known = options.sha256 ?? (await knownDigest(modelFile, { cacheDir }));
  if (known !== undefined) {
    // Most starts end here, and have opened neither the model nor a large file.
    const found = await findEntry(cacheDir, keyOf(known, options));
    if (!('fault' in found)) return { ...found, built: false, sha256: known };
  }
  await using source = await openModelSource(modelFile);
  // A model that no graph can be planned of is refused before it is hashed.
  planGemma3Graph(source, options);
  const sha256 = known ?? (await digestOfModel(modelFile, { cacheDir, signal }));
  return { ...(await buildUnlessFound({ source, sha256 }, options)), sha256 };
}

interface Build {
  readonly source: ModelSource;
  readonly sha256: string;
}

async function buildUnlessFound(
  build: Build,
  options: BuildGraphOptions,
): Promise<Entry & { readonly built: boolean }> {
  const { cacheDir } = options;
  const key = keyOf(build.sha256, options);
  const before = await findEntry(cacheDir, key);
  if (!('fault' in before)) return { ...before, built: false };
  await mkdir(cacheDir, { recursive: true });
  await removeLeftovers(cacheDir);
  const dir = newEntryDir(cacheDir, key);
  let entry: Entry | undefined;
  try {
    const plan = await writeEntryFiles(dir, build.source, options);
    entry = await publishEntry(cacheDir, key, { dir, weights: describeWeights(plan) });
  } finally {
    if (entry?.dir !== dir) await removeDir(dir);
  }
  if (before.damagedDir !== undefined) await removeDir(before.damagedDir);
  return { ...entry, built: true };
}

const keyOf = (sourceSha256: string, options: GraphOptions) => ({
  sourceSha256,
  variant: graphVariant(options),
});

async function writeEntryFiles(
  dir: string,
  source: ModelSource,
  { signal, onProgress, threads = availableParallelism(), ...options }: BuildGraphOptions,
): Promise<GraphPlan> {
  await mkdir(dir);
  const { sourceBytes } = planGemma3Graph(source, options);
  const inputs = smoothedInputs(source, options);
  const before = inputs.length === 0 ? 0 : calibrationBytes(source);
  const tell = (doneBytes: number) => onProgress?.(doneBytes, before + sourceBytes);
  const order = { modelFile: source.path, inputs, scratchDir: join(dir, 'calibration'), threads };
  const factors = inputs.length === 0 ? noSmoothing : await calibrate(order, { signal, onProgress: tell });
  const plan = planGemma3Graph(source, options, factors);
  await writeDurably(join(dir, modelFileName), encodeOnnxModel(plan.model));
  await using data = await open(join(dir, dataFileName), 'w');
  await writeWeights(source, plan, { data, signal, onProgress: (doneBytes) => tell(before + doneBytes) });
  await data.sync();
  return plan;
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
