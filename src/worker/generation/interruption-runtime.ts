/** One signal and one check for the two things that end a generation early: its caller's abort and its deadline. */

import { DrydockError, type RpcErrorCode } from '../../rpc/errors.ts';

export interface Interruption extends Disposable {
  /** Aborts on either. */
  readonly signal: AbortSignal;
  /**
   * @param state what has been reached, for the error.
   * @throws DrydockError RPC_CANCELLED or RPC_DEADLINE_EXCEEDED when it is time to end.
   */
  check(state: string): void;
  /** The error for work that `signal` ended. */
  reason(state: string): DrydockError;
}

export interface InterruptionOptions {
  readonly signal: AbortSignal;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

/** Longest delay of a timer; a later deadline is still seen by `check`. */
const timerMsMax = 2 ** 31 - 1;

export function startInterruption(
  deadlineUnixMs: number,
  { signal, now }: InterruptionOptions,
): Interruption {
  const budgetMs = deadlineUnixMs - now();
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, Math.min(Math.max(budgetMs, 0), timerMsMax));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const reason = (state: string) => (signal.aborted ? cancelled(state) : deadlineExceeded(budgetMs, state));
  return {
    signal: controller.signal,
    reason,
    check(state) {
      if (signal.aborted || now() >= deadlineUnixMs) throw reason(state);
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}

function cancelled(state: string): DrydockError {
  return new DrydockError<RpcErrorCode>(
    'RPC_CANCELLED',
    `could not finish the answer: its caller cancelled it (${state}); send the request again if it is still wanted`,
  );
}

function deadlineExceeded(budgetMs: number, state: string): DrydockError {
  return new DrydockError<RpcErrorCode>(
    'RPC_DEADLINE_EXCEEDED',
    `could not finish the answer: its deadline, ${Math.round(budgetMs)} ms from its arrival, has passed (${state}); ` +
      'allow more time or ask for fewer tokens',
  );
}
