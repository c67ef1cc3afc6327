/**
 * Opens a runner on a model and the graph that was built of it. `native` runs beside the event loop, without copies; `portable` is
 * onnxruntime-node in a thread of its own. They compute the same, to the bit. Where `native` cannot be had, it is told and `portable` takes its place.
 */

import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DrydockError, isDrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import type { Gemma3Config } from '../gemma3-config.ts';
import { modelFileInvalid } from '../gguf/model-file-error.ts';
import { dataFileName, modelFileName } from '../graph/graph-entry-runtime.ts';
import { type ModelSource, openModelSource } from '../model-source.ts';
import { exportPositionBytes } from '../onnx-export/export-rows.ts';
import type { ExportSettings } from '../onnx-export/export-runner-runtime.ts';
import { exportUnusable } from '../onnx-export/export-unusable.ts';
import type { Runner } from '../runner.ts';
import { forbidTelemetry } from './config.ts';
import { kvLayout, positionBytes, usualChunkTokens } from './kv-layout.ts';
import { reasonOf } from './reason-of.ts';
import { assembleRunner, type RunnerSettings } from './runner-settings.ts';
import { ThreadLink } from './thread-link.ts';
import { type RunnerSizes, ThreadRunner } from './thread-runner.ts';

export interface OpenRunnerOptions {
  /** What the graph was built of: a GGUF file, or a directory; or an export, which has its own. */
  readonly modelFile: string;
  /** What `buildGraph` made of the same model; not looked at for an export. */
  readonly graphDir: string;
  /** Default `native`, on Linux; `portable` elsewhere, and for every execution provider but the CPU. */
  readonly kind?: Runner['kind'];
  /** Told once, with the reason, when `native` was wanted and cannot be had. */
  readonly onFallback?: (reason: string) => void;
  /** Threads of one step. Default 1. */
  readonly threads?: number;
  /** Sequences that may be open at once: memory is set aside for each, and taken as it is used. Default 1. */
  readonly sequencesMax?: number;
  /** Tokens of a sequence at most. Never more than the model was made for, which is the default. */
  readonly contextTokensMax?: number;
  /** Whether idle threads spin: about a tenth faster on an idle machine, ruinous where cores are shared. Default false. */
  readonly spins?: boolean;
  /** Positions of a prompt that run at once. Default 128. */
  readonly chunkTokens?: number;
  /** `cuda` wants onnxruntime's CUDA libraries, which its package does not bring along. Default `cpu`. */
  readonly executionProvider?: 'cpu' | 'cuda';
  /** Memory that can be had. Default: what the system or the control group says, whichever is less. */
  readonly availableBytes?: number;
  /** Tokens of each row whose logits are computed anew, from the model file itself. Default 0: those of the graph stand. */
  readonly shortlistTokens?: number;
}

/**
 * @throws DrydockError WORKER_MODEL_FILE_INVALID or WORKER_MODEL_UNSUPPORTED for the model,
 *   WORKER_RUN_FAILED when the graph cannot be loaded; TypeError for options out of range.
 */
export async function openRunner(options: OpenRunnerOptions): Promise<Runner> {
  await using source = await openModelSource(options.modelFile);
  forbidTelemetry();
  const { exportedGraph } = source;
  if (exportedGraph !== undefined) return await openExport({ ...options, exportedGraph }, source);
  const settings = readSettings(options, source);
  try {
    await checkMemory(settings.graphFile, options.availableBytes);
    const openNative = await loadNative(options);
    if (openNative === undefined) return await openPortable(settings);
    return await assembleRunner('native', settings, (kv) => openNative({ ...settings, kv }));
  } catch (cause) {
    if (isDrydockError(cause)) throw cause;
    // The engine's own word for memory that it does not get.
    const next =
      cause instanceof RangeError
        ? 'use fewer slots or a shorter context'
        : 'remove the directory and start again';
    const message = `could not load the graph in ${options.graphDir}: ${reasonOf(cause)}; ${next}`;
    throw new DrydockError<WorkerErrorCode>('WORKER_RUN_FAILED', message, { cause });
  }
}

/**
 * Linux gives memory that it does not have and kills whoever uses it, here the worker with all its other models. The weights are used as soon
 * as they are loaded, so their size is what can be told before.
 */
async function checkMemory(graphFile: string, availableBytes = process.availableMemory()): Promise<void> {
  const weights = await stat(join(dirname(graphFile), dataFileName)).catch(() => undefined);
  const bytes = weights?.size ?? 0;
  if (bytes <= availableBytes) return;
  const mebibytes = (count: number) => `${Math.ceil(count / 2 ** 20)} MiB`;
  throw new DrydockError<WorkerErrorCode>(
    'WORKER_RUN_FAILED',
    `could not load the graph ${graphFile}: its weights take ${mebibytes(bytes)} and ${mebibytes(availableBytes)} of memory can be had; unload another model, or give the worker more`,
    { details: { bytes, availableBytes } },
  );
}

/** Loaded only where it is wanted: koffi throws already when it is imported on a system for which it has no binary. */
async function loadNative({ kind = 'native', executionProvider = 'cpu', onFallback }: OpenRunnerOptions) {
  if (kind !== 'native' || executionProvider !== 'cpu') return undefined;
  try {
    const { loadNativeLibrary, openNativeSession } = await import('./native-session-runtime.ts');
    loadNativeLibrary();
    return openNativeSession;
  } catch (error) {
    onFallback?.(reasonOf(error));
    return undefined;
  }
}

async function openPortable(settings: RunnerSettings): Promise<Runner> {
  const bytes = positionBytes(kvLayout(settings.config, settings));
  return await openThread(settings, { ...settings, positionBytes: bytes });
}

async function openThread(
  settings: RunnerSettings | ExportSettings,
  sizes: Omit<RunnerSizes, 'vocabSize'>,
): Promise<Runner> {
  const thread = new Worker(new URL('./runner-thread.ts', import.meta.url), { workerData: settings });
  const link = new ThreadLink(thread);
  await link.ready;
  return new ThreadRunner(link, { ...sizes, vocabSize: settings.config.vocabSize });
}

/**
 * Positions of a prompt that run at once in an export. It gives the logits of them all, a megabyte each, and copies them.
 */
const exportChunkTokens = 32;

async function openExport(
  options: OpenRunnerOptions & Pick<ExportSettings, 'exportedGraph'>,
  { config }: ModelSource,
): Promise<Runner> {
  const { exportedGraph, kind = 'native', onFallback } = options;
  if (kind === 'native') onFallback?.('an ONNX export runs in a thread alone');
  const settings: ExportSettings = {
    ...{ exportedGraph, config },
    ...readSizes({ ...options, chunkTokens: options.chunkTokens ?? exportChunkTokens }, config),
  };
  try {
    return await openThread(settings, { ...settings, positionBytes: exportPositionBytes(config) });
  } catch (cause) {
    throw exportUnusable(exportedGraph, cause);
  }
}

function readSettings(options: OpenRunnerOptions, { config, tensors }: ModelSource): RunnerSettings {
  const embedding = tensors.get('token_embd.weight');
  if (embedding === undefined) throw modelFileInvalid(options.modelFile, 'it has no embeddings');
  return {
    graphFile: join(options.graphDir, modelFileName),
    config,
    embedding,
    head: tensors.get('output.weight') ?? embedding,
    ...readSizes(options, config),
    shortlistTokens: whole('shortlistTokens', options.shortlistTokens ?? 0, 4096, 0),
  };
}

function readSizes(options: OpenRunnerOptions, config: Gemma3Config) {
  const contextTokensMax = whole(
    'contextTokensMax',
    options.contextTokensMax ?? config.contextTokensMax,
    2 ** 31 - 1,
  );
  return {
    contextTokensMax: Math.min(config.contextTokensMax, contextTokensMax),
    sequencesMax: whole('sequencesMax', options.sequencesMax ?? 1, 1024),
    chunkTokens: whole('chunkTokens', options.chunkTokens ?? usualChunkTokens, 4096),
    threads: whole('threads', options.threads ?? 1, 1024),
    spins: options.spins ?? false,
    executionProvider: options.executionProvider ?? ('cpu' as const),
  };
}

function whole(name: string, value: number, max: number, min = 1): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new TypeError(`${name} must be a whole number from ${min} to ${max}, and is ${value}`);
  }
  return value;
}
