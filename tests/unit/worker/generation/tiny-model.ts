/** The tiny model, put together from its parts on a real runner that tells of each run. */

import { onTestFinished } from 'vitest';
import { createModelText, type Model } from '../../../../src/worker/generation/model.ts';
import type { Runner } from '../../../../src/worker/runner.ts';
import { PrefixCache } from '../../../../src/worker/scheduling/prefix-cache.ts';
import { Scheduler } from '../../../../src/worker/scheduling/scheduler.ts';
import type { ChatStyle } from '../../../../src/worker/text/chat-format.ts';
import { openTinyRunner } from '../open-tiny-runner.ts';
import { fixtureFile } from '../references.ts';
import { type WatchedRun, watchedRunner } from '../scheduling/watched-runner.ts';
import { loadTinyVocabulary } from '../text/vocabularies.ts';

export interface TinyModel extends Model {
  readonly runner: Runner;
  /** The first ones, in order. */
  readonly runs: readonly WatchedRun[];
}

export interface TinyModelOptions {
  readonly contextTokensMax?: number;
  readonly chatStyle?: ChatStyle;
  /** 0 for none. */
  readonly prefixCacheBytes?: number;
  readonly onRun?: (run: WatchedRun, count: number) => Promise<void> | void;
}

const runsMax = 10_000;

/** Chunks of 8 tokens, 4 sequences, a prefix cache. */
export async function openTinyModel({
  contextTokensMax = 256,
  chatStyle,
  prefixCacheBytes = 2 ** 24,
  onRun,
}: TinyModelOptions = {}): Promise<TinyModel> {
  const runs: WatchedRun[] = [];
  const opened = await openTinyRunner(fixtureFile('model.gguf'), {
    chunkTokens: 8,
    sequencesMax: 4,
    contextTokensMax,
  });
  const runner = watchedRunner(opened, (run) => {
    // Long tests want no memory for it.
    if (runs.length < runsMax) runs.push(run);
    return onRun?.(run, runs.length);
  });
  const prefixCache = new PrefixCache({ bytesMax: prefixCacheBytes, chunkTokens: 8 });
  const scheduler = new Scheduler({ runner, prefixCache });
  onTestFinished(async () => {
    await scheduler[Symbol.asyncDispose]();
    prefixCache[Symbol.dispose]();
  });
  const text = createModelText(await loadTinyVocabulary(), chatStyle);
  return { ...text, name: 'tiny', contextTokensMax: runner.contextTokensMax, scheduler, runner, runs };
}
