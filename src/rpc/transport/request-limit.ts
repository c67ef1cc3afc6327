/** When a request ends whatever happens: its deadline, or whoever cancels it. */
import { DrydockError } from '../errors.ts';

export interface RequestLimit extends Disposable {
  /** Aborts with the DrydockError that the request then ends with. */
  readonly signal: AbortSignal;
}

const timerMsMax = 2 ** 31 - 1;

/** @param leftMs until the deadline, from now. */
export function limitOf(leftMs: number, cancelled: AbortSignal): RequestLimit {
  const controller = new AbortController();
  const onCancelled = () =>
    controller.abort(
      new DrydockError(
        'RPC_CANCELLED',
        'could not finish the generation: it was cancelled; send a new request',
      ),
    );
  const onDeadline = () =>
    controller.abort(
      new DrydockError(
        'RPC_DEADLINE_EXCEEDED',
        'could not finish the generation: its deadline has passed; allow more time or ask for fewer tokens',
      ),
    );
  const timer = setTimeout(onDeadline, Math.min(Math.max(leftMs, 0), timerMsMax));
  if (leftMs <= 0) onDeadline();
  cancelled.addEventListener('abort', onCancelled);
  if (cancelled.aborted) onCancelled();
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      cancelled.removeEventListener('abort', onCancelled);
    },
  };
}
