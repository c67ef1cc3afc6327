/**
 * Opens a runner on a model and the graph that was built of it. `native` runs beside the event loop, without copies; `portable` is
 * onnxruntime-node in a thread of its own. They compute the same, to the bit. Where `native` cannot be had, it is told and `portable` takes its place.
 */

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { modelFileInvalid } from '../gguf/model-file-error.ts';
import { modelFileName } from '../graph/graph-entry-runtime.ts';
import { openModelSource } from '../model-source.ts';
import type { Runner } from '../runner.ts';
import { forbidTelemetry } from './config.ts';
import { usualChunkTokens } from './kv-layout.ts';
import { reasonOf } from './reason-of.ts';
import { assembleRunner, type RunnerSettings } from './runner-settings.ts';
import { ThreadLink } from './thread-link.ts';
import { ThreadRunner } from './thread-runner.ts';

export interface OpenRunnerOptions {
  /** What the graph was built of: a GGUF file, or a directory. */
  readonly modelFile: string;
  /** What `buildGraph` made of the same model. */
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
  /** Tokens of each row whose logits are computed anew, from the model file itself. Default 0: those of the graph stand. */
  readonly shortlistTokens?: number;
}

/**
 * @throws DrydockError WORKER_MODEL_FILE_INVALID or WORKER_MODEL_UNSUPPORTED for the model,
 *   WORKER_RUN_FAILED when the graph cannot be loaded; TypeError for options out of range.
 */
export async function openRunner(options: OpenRunnerOptions): Promise<Runner> {
  const settings = await readSettings(options);
  forbidTelemetry();
  try {
    const openNative = await loadNative(options);
    if (openNative === undefined) return await openPortable(settings);
    return await assembleRunner('native', settings, (kv) => openNative({ ...settings, kv }));
  } catch (cause) {
    // The engine's own word for memory that it does not get.
    const next =
      cause instanceof RangeError
        ? 'use fewer slots or a shorter context'
        : 'remove the directory and start again';
    const message = `could not load the graph in ${options.graphDir}: ${reasonOf(cause)}; ${next}`;
    throw new DrydockError<WorkerErrorCode>('WORKER_RUN_FAILED', message, { cause });
  }
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
  const thread = new Worker(new URL('./runner-thread.ts', import.meta.url), { workerData: settings });
  const link = new ThreadLink(thread);
  await link.ready;
  return new ThreadRunner(link, settings);
}

async function readSettings(options: OpenRunnerOptions): Promise<RunnerSettings> {
  await using source = await openModelSource(options.modelFile);
  const { config, tensors } = source;
  const embedding = tensors.get('token_embd.weight');
  if (embedding === undefined) throw modelFileInvalid(options.modelFile, 'it has no embeddings');
  const contextTokensMax = whole(
    'contextTokensMax',
    options.contextTokensMax ?? config.contextTokensMax,
    2 ** 31 - 1,
  );
  return {
    graphFile: join(options.graphDir, modelFileName),
    config,
    embedding,
    head: tensors.get('output.weight') ?? embedding,
    contextTokensMax: Math.min(config.contextTokensMax, contextTokensMax),
    sequencesMax: whole('sequencesMax', options.sequencesMax ?? 1, 1024),
    chunkTokens: whole('chunkTokens', options.chunkTokens ?? usualChunkTokens, 4096),
    threads: whole('threads', options.threads ?? 1, 1024),
    spins: options.spins ?? false,
    executionProvider: options.executionProvider ?? 'cpu',
    shortlistTokens: whole('shortlistTokens', options.shortlistTokens ?? 0, 4096, 0),
  };
}

function whole(name: string, value: number, max: number, min = 1): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new TypeError(`${name} must be a whole number from ${min} to ${max}, and is ${value}`);
  }
  return value;
}
