/** A real runner that tells of each run before it happens: a test can count runs, cancel in the middle, or make one fail. */

import type { DecodeToken, PrefillOptions, Runner, Sequence } from '../../../../src/worker/runner.ts';

export interface WatchedRun {
  readonly kind: 'prefill' | 'decode';
  /** Tokens of the prompt, or sequences that decode. */
  readonly size: number;
  readonly signal?: AbortSignal | undefined;
}

/** The run begins when `onRun` has ended; what it throws is the run's failure. */
export function watchedRunner(runner: Runner, onRun: (run: WatchedRun) => Promise<void> | void): Runner {
  return {
    kind: runner.kind,
    vocabSize: runner.vocabSize,
    contextTokensMax: runner.contextTokensMax,
    sequencesMax: runner.sequencesMax,
    chunkTokens: runner.chunkTokens,
    positionBytes: runner.positionBytes,
    openSequence: () => runner.openSequence(),
    async prefill(sequence: Sequence, ids: readonly number[], options: PrefillOptions) {
      await onRun({ kind: 'prefill', size: ids.length, signal: options.signal });
      return await runner.prefill(sequence, ids, options);
    },
    async decode(tokens: readonly DecodeToken[]) {
      await onRun({ kind: 'decode', size: tokens.length });
      return await runner.decode(tokens);
    },
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  };
}

/** How many sequences could be opened now: all of them, unless one was not given back. */
export function freeSequences(runner: Runner): number {
  using opened = new DisposableStack();
  for (let count = 0; ; count++) {
    try {
      opened.use(runner.openSequence());
    } catch (error) {
      if (error instanceof TypeError) return count;
      throw error;
    }
  }
}
