/** Bounded waits. A wait that fails names what it waited for and what it saw last. */
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

/** A machine that is busy with others takes its time; nothing waits so long that goes well. */
const waitMsMax = 15_000;

export async function until(
  what: string,
  isTrue: () => boolean,
  lastSeen: () => unknown = () => '',
): Promise<void> {
  const endMs = performance.now() + waitMsMax;
  for (let round = 0; !isTrue(); round += 1) {
    if (performance.now() > endMs) {
      throw new Error(`waited ${waitMsMax} ms for ${what}; last seen: ${JSON.stringify(lastSeen())}`);
    }
    // Most waits are for one turn of the loop.
    await (round < 20 ? nextTurn() : wait(2));
  }
}

export async function within<Value>(
  what: string,
  timeoutMs: number,
  promise: Promise<Value>,
): Promise<Value> {
  const stop = new AbortController();
  try {
    return await Promise.race([
      promise,
      wait(timeoutMs, undefined, { signal: stop.signal }).then(() => {
        throw new Error(`waited ${timeoutMs} ms for ${what}`);
      }),
    ]);
  } finally {
    stop.abort();
  }
}
