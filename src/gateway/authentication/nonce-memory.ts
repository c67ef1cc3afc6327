/**
 * Remembers which nonces were used, for at least one window each, in memory: another gateway does not know of them. It forgets
 * nothing early: where it is full, it says so, and one signer cannot fill it for the others.
 */

import type { Clock } from '../clock.ts';

/** Where gateways share theirs, it is behind this interface. */
export interface NonceMemory {
  /** `full`: whether it was used cannot be remembered, so the request must not be served. */
  remember(keyId: string, nonce: string): 'new' | 'seen' | 'full' | Promise<'new' | 'seen' | 'full'>;
}

export interface NonceMemoryOptions {
  readonly clock: Clock;
  /** Milliseconds for which a signature can be good at most. */
  readonly windowMs: number;
  readonly noncesOfKeyMax?: number;
  readonly noncesMax?: number;
}

interface Generation {
  readonly startedUnixMs: number;
  readonly nonces: Map<string, Set<string>>;
  size: number;
}

/** Holds two generations: what was put into the older one is younger than two windows, and what was dropped older than one. */
export function createNonceMemory(options: NonceMemoryOptions): NonceMemory {
  const { clock, windowMs, noncesOfKeyMax = 20_000, noncesMax = 200_000 } = options;
  const begin = (): Generation => ({ startedUnixMs: clock.nowUnixMs(), nonces: new Map(), size: 0 });
  let [current, previous] = [begin(), begin()];
  return {
    remember(keyId, nonce) {
      const age = clock.nowUnixMs() - current.startedUnixMs;
      if (age >= windowMs) [current, previous] = [begin(), age >= 2 * windowMs ? begin() : current];
      if (previous.nonces.get(keyId)?.has(nonce)) return 'seen';
      const used = current.nonces.get(keyId) ?? new Set<string>();
      if (used.has(nonce)) return 'seen';
      if (used.size >= noncesOfKeyMax || current.size >= noncesMax) return 'full';
      current.nonces.set(keyId, used.add(nonce));
      current.size += 1;
      return 'new';
    },
  };
}
