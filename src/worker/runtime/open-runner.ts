/**
 * The portable runner: onnxruntime in a thread of its own, so that the caller's event loop never waits for the model. The
 * caller's array of logits is its own; a thread that dies fails what was running and everything after, and nothing else.
 */

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { readGemma3Config } from '../gguf/gemma3-config.ts';
import { openGguf } from '../gguf/gguf-file-runtime.ts';
import { modelFileInvalid } from '../gguf/model-file-error.ts';
import { modelFileName } from '../graph/graph-entry-runtime.ts';
import type { Runner } from '../runner.ts';
import { forbidTelemetry } from './config.ts';
import { reasonOf } from './reason-of.ts';
import { ThreadLink } from './thread-link.ts';
import type { RunnerThreadSettings } from './thread-messages.ts';
import { ThreadSequence } from './thread-sequence.ts';

export interface OpenRunnerOptions {
  readonly modelFile: string;
  /** What `buildGraph` made of the same file. */
  readonly graphDir: string;
  /** Threads of one step. Default 1. */
  readonly threads?: number;
  /** Tokens of a sequence at most. Never more than the model was made for, which is the default. */
  readonly contextTokensMax?: number;
  /** Whether idle threads spin: about a tenth faster on an idle machine, ruinous where cores are shared. Default false. */
  readonly spins?: boolean;
  /** Positions that run at once. Default 128. */
  readonly chunkTokens?: number;
}

/**
 * @throws DrydockError WORKER_MODEL_FILE_INVALID or WORKER_MODEL_UNSUPPORTED for the model file,
 *   WORKER_RUN_FAILED when the graph cannot be loaded; TypeError for options out of range.
 */
export async function openRunner(options: OpenRunnerOptions): Promise<Runner> {
  const settings = await readSettings(options);
  forbidTelemetry();
  const link = new ThreadLink(
    new Worker(new URL('./runner-thread.ts', import.meta.url), { workerData: settings }),
  );
  try {
    await link.ready;
  } catch (cause) {
    const message = `could not load the graph in ${options.graphDir}: ${reasonOf(cause)}; remove the directory and start again`;
    throw new DrydockError<WorkerErrorCode>('WORKER_RUN_FAILED', message, { cause });
  }
  let sequences = 0;
  const { contextTokensMax } = settings;
  const { vocabSize } = settings.config;
  return {
    vocabSize,
    contextTokensMax,
    openSequence: () => new ThreadSequence(link, { id: sequences++, vocabSize, contextTokensMax }),
    [Symbol.asyncDispose]: () => link.stop(),
  };
}

async function readSettings(options: OpenRunnerOptions): Promise<RunnerThreadSettings> {
  await using gguf = await openGguf(options.modelFile);
  const config = readGemma3Config(gguf);
  const embedding = gguf.tensors.get('token_embd.weight');
  if (embedding === undefined) throw modelFileInvalid(options.modelFile, 'it has no embeddings');
  return {
    modelFile: options.modelFile,
    graphFile: join(options.graphDir, modelFileName),
    config,
    embedding,
    contextTokensMax: Math.min(
      config.contextTokensMax,
      whole('contextTokensMax', options.contextTokensMax ?? config.contextTokensMax, { max: 2 ** 31 - 1 }),
    ),
    threads: whole('threads', options.threads ?? 1, { max: 1024 }),
    spins: options.spins ?? false,
    chunkTokens: whole('chunkTokens', options.chunkTokens ?? 128, { max: 4096 }),
  };
}

function whole(name: string, value: number, { max }: { readonly max: number }): number {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new TypeError(`${name} must be a whole number from 1 to ${max}, and is ${value}`);
  }
  return value;
}
