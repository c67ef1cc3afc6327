/**
 * The one connection of a generation and everything that may end it early: the caller, the deadline, silence, the loss of the
 * server. Whichever comes first is the error that is thrown, and the connection is destroyed at that moment.
 */

import { isDrydockError } from '../../rpc/errors.ts';
import { startInterruption } from '../generation/interruption-runtime.ts';
import type { HealthMonitor } from './health-monitor-runtime.ts';
import { upstreamLost } from './upstream-errors.ts';
import { stateOf } from './upstream-facts-runtime.ts';

export interface ConnectionOptions {
  readonly signal: AbortSignal;
  readonly deadlineUnixMs: number;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly monitor: HealthMonitor;
  /** How long nothing may come once something has. */
  readonly silenceMsMax: number;
}

export interface UpstreamConnection extends Disposable {
  /** For the request: its abort destroys the connection. */
  readonly signal: AbortSignal;
  /** @throws DrydockError RPC_CANCELLED or RPC_DEADLINE_EXCEEDED when it is time to end. */
  check(state: string): void;
  /** The chunks of an answer. Silence is counted only while somebody waits for the next one. */
  read(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined>;
  /** What to throw for an error that was met while this was open. */
  explain(error: unknown, state: string): unknown;
}

export function openConnection(options: ConnectionOptions): UpstreamConnection {
  const { signal, deadlineUnixMs, now, monitor, silenceMsMax } = options;
  const scope = new DisposableStack();
  const interruption = scope.use(startInterruption(deadlineUnixMs, { signal, now }));
  const controller = new AbortController();
  const end = (error: Error) => controller.abort(error);
  const onInterrupted = () => controller.abort();
  interruption.signal.addEventListener('abort', onInterrupted, { once: true });
  scope.defer(() => interruption.signal.removeEventListener('abort', onInterrupted));
  if (interruption.signal.aborted) onInterrupted();
  // A server that is lost while it owes the first byte will not send it; one that sends is not lost.
  const watch = scope.use(
    monitor.onLost((lastState) => end(upstreamLost(`it was not there any more (${lastState})`))),
  );
  scope.defer(() => controller.abort());
  return {
    signal: controller.signal,
    check: interruption.check,
    async *read(chunks) {
      const iterator = chunks[Symbol.asyncIterator]();
      let silence: NodeJS.Timeout | undefined;
      try {
        for (;;) {
          const { done, value } = await iterator.next();
          clearTimeout(silence);
          if (done) return;
          watch[Symbol.dispose]();
          yield value;
          silence = setTimeout(end, silenceMsMax, upstreamLost(`it sent nothing for ${silenceMsMax} ms`));
        }
      } finally {
        clearTimeout(silence);
      }
    },
    explain(error, state) {
      if (interruption.signal.aborted) return interruption.reason(state);
      if (controller.signal.aborted && isDrydockError(controller.signal.reason))
        return controller.signal.reason;
      if (isDrydockError(error)) return error;
      monitor.report(error);
      return upstreamLost(`its connection broke (${stateOf(error)})`, error);
    },
    [Symbol.dispose]: () => scope.dispose(),
  };
}
