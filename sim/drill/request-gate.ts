/**
 * Hands out the requests of a drill in order, as far as the gate is open. The driver opens it step by step, so that each fault meets its share of
 * the load however fast the machine is, and the number of requests is what was asked for. No clock: who waits, waits for the driver.
 */

export interface RequestGate {
  /** The next index; undefined when all have been handed out. Waits while the gate is shut. */
  next(): Promise<number | undefined>;
  /** Requests up to this many, at most all. Never closes. */
  openTo(count: number): void;
  /** Resolves when so many have been handed out. */
  reached(count: number): Promise<void>;
  readonly handedOut: number;
}

export function openRequestGate(total: number): RequestGate {
  let open = 0;
  let handedOut = 0;
  let waiting: (() => void)[] = [];
  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const each of woken) each();
  };
  const change = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    return promise;
  };
  return {
    get handedOut() {
      return handedOut;
    },
    async next() {
      while (handedOut >= open && handedOut < total) await change();
      if (handedOut >= total) return undefined;
      handedOut += 1;
      wake();
      return handedOut - 1;
    },
    openTo(count) {
      open = Math.min(total, Math.max(open, count));
      wake();
    },
    async reached(count) {
      while (handedOut < count) await change();
    },
  };
}
