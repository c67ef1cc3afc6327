/**
 * Runs a model before anybody asks it: one chunk of a prompt and some tokens of an answer. What is slow the first time is slow here, and what
 * cannot run is refused here. Nothing of it is kept.
 */

import type { Runner } from '../runner.ts';
import { runFailed } from '../runtime/run-checks.ts';

export interface WarmUpOptions {
  /** Any token of the model. */
  readonly id: number;
  readonly signal?: AbortSignal | undefined;
  /** Default a minute. */
  readonly timeoutMs?: number;
}

const answeredTokens = 2;

/**
 * @returns how long it took, in milliseconds.
 * @throws DrydockError as the runner does; WORKER_RUN_FAILED when it takes too long, after the run that does.
 */
export async function warmUp(
  runner: Runner,
  { id, signal: ended, timeoutMs = 60_000 }: WarmUpOptions,
): Promise<number> {
  const startMs = performance.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = ended === undefined ? timeout : AbortSignal.any([timeout, ended]);
  const check = () => {
    if (timeout.aborted) throw runFailed(`it was not warm after ${timeoutMs} ms`);
    ended?.throwIfAborted();
  };
  using sequence = runner.openSequence();
  const room = runner.contextTokensMax - answeredTokens;
  const ids = Array<number>(Math.max(1, Math.min(runner.chunkTokens, room))).fill(id);
  try {
    await runner.prefill(sequence, ids, { logits: 'last', signal });
    for (let token = 0; token < Math.min(answeredTokens, room); token++) {
      check();
      await runner.decode([{ sequence, id }]);
    }
  } catch (error) {
    check();
    throw error;
  }
  return performance.now() - startMs;
}
