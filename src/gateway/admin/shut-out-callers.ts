/**
 * Callers whom an administrator has shut out, by whatever they prove themselves: from the next request on, until they are let in again or
 * the program ends. In the memory of one gateway; what is to last belongs into the file of the keys.
 */

import { invalidParam } from '../invalid-param.ts';

export interface ShutOutCallers {
  has(callerId: string): boolean;
  /** @throws DrydockError GATEWAY_PARAM_INVALID where too many are. */
  add(callerId: string): void;
  delete(callerId: string): void;
  all(): readonly string[];
}

const callersMax = 10_000;

export function createShutOutCallers(): ShutOutCallers {
  const callers = new Set<string>();
  return {
    has: (callerId) => callers.has(callerId),
    add(callerId) {
      if (!callers.has(callerId) && callers.size >= callersMax) {
        throw invalidParam(
          'caller',
          `cannot be shut out: ${callersMax} already are; disable keys in their file and let these in again`,
        );
      }
      callers.add(callerId);
    },
    delete: (callerId) => void callers.delete(callerId),
    all: () => [...callers].sort(),
  };
}
