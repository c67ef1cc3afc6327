/** Counts what is in work and refuses what is too much. It does not queue: a client waits better than we do. */

import { DrydockError } from '../rpc/errors.ts';
import type { GatewayErrorCode } from './errors.ts';

export interface InFlight {
  /**
   * Takes a place until the result is disposed.
   * @throws DrydockError GATEWAY_BUSY when all are taken.
   */
  enter(): Disposable;
  /** Places that are taken. */
  readonly count: number;
  /** Resolves as soon as none is taken. */
  idle(): Promise<void>;
}

export function createInFlight(requestsMax: number): InFlight {
  let count = 0;
  const waiting: (() => void)[] = [];
  return {
    get count() {
      return count;
    },
    enter() {
      if (count >= requestsMax) {
        throw new DrydockError<GatewayErrorCode>(
          'GATEWAY_BUSY',
          `could not start the answer: this gateway already works on ${requestsMax} requests; retry later`,
        );
      }
      count += 1;
      let isHeld = true;
      return {
        [Symbol.dispose]() {
          if (!isHeld) return;
          isHeld = false;
          count -= 1;
          if (count === 0) for (const resolve of waiting.splice(0)) resolve();
        },
      };
    },
    idle: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve))),
  };
}
