/** Opens a model for generation: reads its vocabulary, finds or builds its graph, loads that, and warms it up. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { buildGraph } from '../graph/build-graph-runtime.ts';
import type { GraphOptions } from '../graph/graph-variant.ts';
import { openModelSource } from '../model-source.ts';
import { checkExportOptions } from '../onnx-export/check-export-options.ts';
import { findExport } from '../onnx-export/export-files-runtime.ts';
import type { Runner } from '../runner.ts';
import { type OpenRunnerOptions, openRunner } from '../runtime/open-runner.ts';
import { PrefixCache } from '../scheduling/prefix-cache.ts';
import { Scheduler } from '../scheduling/scheduler.ts';
import type { ChatStyle } from '../text/chat-format.ts';
import { createModelText, type Model, type ModelText } from './model.ts';
import { warmUp } from './warm-up-runtime.ts';

export interface OpenModelOptions
  extends Pick<GraphOptions, 'weights' | 'head'>,
    Pick<OpenRunnerOptions, 'kind' | 'executionProvider' | 'spins' | 'onFallback'> {
  /** The name that requests use. */
  readonly name: string;
  /** A GGUF file, or a directory as Hugging Face lays them out. */
  readonly file: string;
  /** Absent: what the file asks for. */
  readonly chatStyle?: ChatStyle;
  /** Digest of the model, from a caller who has checked it. Absent: it is hashed. */
  readonly sha256?: string;
  readonly cacheDir: string;
  readonly threads: number;
  /** Answers that are generated at once. */
  readonly slots: number;
  /** Tokens of one sequence at most, prompt and completion together: it bounds the memory of a slot. */
  readonly contextTokensMax: number;
  /** Memory for beginnings of prompts; 0 for none. */
  readonly prefixCacheBytes: number;
  /** Told when the graph has to be built, which takes seconds. */
  readonly onBuild: () => void;
  readonly signal?: AbortSignal;
}

export interface OpenModel extends Model, AsyncDisposable {
  readonly runnerKind: Runner['kind'];
  /** How long the first run of a chunk and some tokens took. */
  readonly warmUpMs: number;
}

/**
 * Likeliest tokens of each step whose logits are exact, not those of the rounded output matrix. Each costs time on the thread that
 * also answers, and after 16 little is left to gain; a head of 4 bits needs more to find the best one.
 */
export const shortlistTokens = 16;
export const shortlistTokensOf4BitHead = 64;

/**
 * @throws DrydockError WORKER_MODEL_FILE_INVALID, WORKER_MODEL_UNSUPPORTED, WORKER_GRAPH_BUILD_FAILED,
 *   WORKER_RUN_FAILED, WORKER_CANCELLED
 */
export async function openModel(options: OpenModelOptions): Promise<OpenModel> {
  const [loaded, read] = await Promise.allSettled([loadRunner(options), readText(options)]);
  await using owned = new AsyncDisposableStack();
  if (loaded.status === 'fulfilled') owned.use(loaded.value);
  // The header's own error comes first: the other half only repeats it.
  if (read.status === 'rejected') throw read.reason;
  if (loaded.status === 'rejected') throw loaded.reason;
  const runner = loaded.value;
  checkSizes(options.file, runner, read.value);
  const warmUpMs = await warmUp(runner, { id: read.value.vocabulary.bosId, signal: options.signal });
  const { chunkTokens, contextTokensMax } = runner;
  const prefixCache =
    options.prefixCacheBytes === 0
      ? undefined
      : owned.use(new PrefixCache({ bytesMax: options.prefixCacheBytes, chunkTokens }));
  const scheduler = owned.use(new Scheduler({ runner, prefixCache }));
  const model = { ...read.value, name: options.name, contextTokensMax, scheduler };
  const kept = owned.move();
  return { ...model, runnerKind: runner.kind, warmUpMs, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function loadRunner(options: OpenModelOptions): Promise<Runner> {
  const { file, threads, slots, contextTokensMax, head } = options;
  const graphDir = await graphDirOf(options);
  const { kind, executionProvider, spins, onFallback } = options;
  return openRunner({
    modelFile: file,
    graphDir,
    threads,
    contextTokensMax,
    sequencesMax: slots,
    shortlistTokens: head === '4-bit' ? shortlistTokensOf4BitHead : shortlistTokens,
    ...defined({ kind, executionProvider, spins, onFallback }),
  });
}

async function graphDirOf(options: OpenModelOptions): Promise<string> {
  const { file, cacheDir, sha256, threads, weights, head, signal } = options;
  const exported = await findExport(file);
  if (exported !== undefined) {
    checkExportOptions(exported.graph, options);
    return exported.directory;
  }
  let isTold = false;
  const { dir } = await buildGraph({
    modelFile: file,
    cacheDir,
    threads,
    onProgress() {
      if (!isTold) options.onBuild();
      isTold = true;
    },
    ...defined({ sha256, weights, head, signal }),
  });
  return dir;
}

async function readText({ file, chatStyle }: OpenModelOptions): Promise<ModelText> {
  await using source = await openModelSource(file);
  return createModelText(await source.readVocabulary(), chatStyle);
}

function checkSizes(file: string, runner: Runner, { vocabulary }: ModelText): void {
  if (runner.vocabSize === vocabulary.tokens.length) return;
  throw new DrydockError<WorkerErrorCode>(
    'WORKER_MODEL_FILE_INVALID',
    `could not read ${file}: it has ${vocabulary.tokens.length} tokens and embeddings for ${runner.vocabSize}; get the file again`,
  );
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Optional fields may be absent but not undefined. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
