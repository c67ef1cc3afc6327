/**
 * Turns events into a response body. It takes the next event only when the client has room for it, puts a comment
 * between two events where nothing happens for a while, and always runs the events to their end, so that what they
 * hold is released: also when the client leaves, or stops reading and the time is over.
 */

import { settlesWithin } from './abortable.ts';

export interface SseBodyOptions {
  readonly heartbeatMs: number;
  /** Its abort must end `events` soon: what is left of them is then taken without waiting for the client. */
  readonly signal: AbortSignal;
  /** The client reads no further. Must abort the signal. */
  onCancel(): void;
  /** The events have ended. Called once. */
  onEnd(): void;
}

export function sseBody(events: AsyncIterator<string>, options: SseBodyOptions): ReadableStream<Uint8Array> {
  const { heartbeatMs, signal, onCancel, onEnd } = options;
  const encoder = new TextEncoder();
  let pending: Promise<IteratorResult<string>> | undefined;
  let isEnded = false;
  let isCancelled = false;

  async function step(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (isEnded) return;
    pending ??= events.next();
    if (!(await settlesWithin(pending, heartbeatMs))) {
      if (!isCancelled) controller.enqueue(encoder.encode(': keep-alive\n\n'));
      return;
    }
    const { done, value } = await pending;
    pending = undefined;
    if (!done) {
      if (!isCancelled) controller.enqueue(encoder.encode(value));
      return;
    }
    isEnded = true;
    onEnd();
    if (!isCancelled) controller.close();
  }

  // A pull and an abort may meet; steps run one after the other.
  let turn = Promise.resolve();
  function takeTurn(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    turn = turn.then(() => step(controller));
    return turn;
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const runToEnd = async () => {
          while (!isEnded) await takeTurn(controller);
        };
        signal.addEventListener('abort', () => void runToEnd(), { once: true });
        if (signal.aborted) void runToEnd();
      },
      pull: takeTurn,
      cancel() {
        isCancelled = true;
        onCancel();
      },
    },
    { highWaterMark: 0 },
  );
}
