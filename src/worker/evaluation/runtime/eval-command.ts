/** What `./drydock eval` does. Standard output is the answer alone; how it goes stands on standard error. */

import { shortlistTokens } from '../../generation/open-model-runtime.ts';
import type { WeightScheme } from '../../graph/weight-scheme.ts';
import { openReport } from '../../model-files/runtime/prepare-report.ts';
import { openModelSource } from '../../model-source.ts';
import type { Runner } from '../../runner.ts';
import { openRunner } from '../../runtime/open-runner.ts';
import { evaluateIds } from '../evaluate-ids.ts';
import { evaluationText } from '../evaluation-text.ts';
import { checkTokenIds } from '../token-ids.ts';
import { locateModel } from './locate-model.ts';
import { readTokenIds } from './read-token-ids.ts';

export interface EvalOptions {
  readonly model: string;
  /** A file. */
  readonly ids: string;
  readonly json: boolean;
  readonly weights: WeightScheme;
  readonly runner: Runner['kind'];
  readonly threads: number;
}

/** @throws DrydockError WORKER_IDS_INVALID, WORKER_RUN_FAILED, WORKER_CANCELLED, and whatever `locateModel` throws. */
export async function evalCommand({ model, ids: file, json, weights, runner: kind, threads }: EvalOptions) {
  const { step, note } = openReport(process, { json: false });
  const stop = new AbortController();
  const { signal } = stop;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stop.abort());
  // First, for it costs nothing: a graph may take a while to build.
  const ids = await readTokenIds(file);
  const { modelFile, graphDir } = await locateModel(model, {
    weights,
    onProgress: step,
    onNote: note,
    signal,
  });
  const contextTokensMax = await contextFor(ids, { origin: file, modelFile });
  await using runner = await openRunner({
    modelFile,
    graphDir,
    kind,
    threads,
    contextTokensMax,
    // What is judged is what answers: logits as a worker sees them.
    shortlistTokens,
    onFallback: (reason) => note(`the portable runner takes the place of the native one: ${reason}`),
  });
  const evaluation = await evaluateIds(runner, ids, { signal });
  process.stdout.write(json ? `${JSON.stringify(evaluation)}\n` : evaluationText(evaluation));
}

/** As much context as the ids need, and no less than the window, which onnxruntime wants room for. */
async function contextFor(
  ids: readonly number[],
  { origin, modelFile }: { readonly origin: string; readonly modelFile: string },
): Promise<number> {
  await using source = await openModelSource(modelFile);
  const { vocabSize, contextTokensMax, window } = source.config;
  checkTokenIds(ids, { origin, vocabSize, contextTokensMax });
  return Math.max(ids.length, window);
}
