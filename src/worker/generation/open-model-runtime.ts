/** Opens a model file for generation: reads its vocabulary, finds or builds its graph, and loads that, side by side. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { openGguf } from '../gguf/gguf-file-runtime.ts';
import { readVocabulary } from '../gguf/gguf-vocabulary.ts';
import { buildGraph } from '../graph/build-graph-runtime.ts';
import type { Runner } from '../runner.ts';
import { openRunner } from '../runtime/open-runner.ts';
import type { ChatStyle } from '../text/chat-format.ts';
import { createModelText, type Model, type ModelText } from './model.ts';

export interface OpenModelOptions {
  /** The name that requests use. */
  readonly name: string;
  readonly file: string;
  /** Absent: what the file asks for. */
  readonly chatStyle?: ChatStyle;
  /** SHA-256 of the file, from a caller who has checked it. Absent: the file is hashed. */
  readonly sha256?: string;
  readonly cacheDir: string;
  readonly threads: number;
  /** Tokens of one sequence at most, prompt and completion together: it bounds the memory of a slot. */
  readonly contextTokensMax: number;
  /** Told when the graph has to be built, which takes seconds. */
  readonly onBuild: () => void;
  readonly signal?: AbortSignal;
}

export interface OpenModel extends Model, AsyncDisposable {}

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
  const kept = owned.move();
  return {
    ...read.value,
    name: options.name,
    runner,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function loadRunner({
  file,
  cacheDir,
  threads,
  contextTokensMax,
  sha256,
  onBuild,
  signal,
}: OpenModelOptions): Promise<Runner> {
  let isTold = false;
  const { dir } = await buildGraph({
    modelFile: file,
    cacheDir,
    onProgress() {
      if (!isTold) onBuild();
      isTold = true;
    },
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(signal === undefined ? {} : { signal }),
  });
  return openRunner({ modelFile: file, graphDir: dir, threads, contextTokensMax });
}

async function readText({ file, chatStyle }: OpenModelOptions): Promise<ModelText> {
  await using gguf = await openGguf(file);
  return createModelText(readVocabulary(gguf), chatStyle);
}

function checkSizes(file: string, runner: Runner, { vocabulary }: ModelText): void {
  if (runner.vocabSize === vocabulary.tokens.length) return;
  throw new DrydockError<WorkerErrorCode>(
    'WORKER_MODEL_FILE_INVALID',
    `could not read ${file}: it has ${vocabulary.tokens.length} tokens and embeddings for ${runner.vocabSize}; get the file again`,
  );
}
