/**
 * Who waits for a provider's word on a trigger. Only a registration by call waits; a provider that says nothing for ten
 * seconds, or goes, has agreed.
 */
import type { Peer } from './peer.ts';
import type { ErrorBody } from './protocol.ts';

/** Calls back once, unless it is cancelled before. */
export type After = (delayMs: number, callback: () => void) => () => void;

interface Waiting {
  readonly provider: Peer;
  readonly resolve: (error: ErrorBody | undefined) => void;
}

const silenceMsMax = 10_000;

export class TriggerAcks {
  readonly #waiting = new Map<string, Waiting>();
  readonly #after: After;

  constructor(after: After) {
    this.#after = after;
  }

  /** @returns the provider's refusal. */
  async ask(provider: Peer, triggerId: string): Promise<ErrorBody | undefined> {
    const { promise, resolve } = Promise.withResolvers<ErrorBody | undefined>();
    this.#waiting.set(triggerId, { provider, resolve });
    const cancel = this.#after(silenceMsMax, () => resolve(undefined));
    try {
      return await promise;
    } finally {
      cancel();
      this.#waiting.delete(triggerId);
    }
  }

  /** @returns whether somebody waited for it. */
  settle(provider: Peer, triggerId: string, error: ErrorBody | undefined): boolean {
    const waiting = this.#waiting.get(triggerId);
    if (waiting?.provider !== provider) return false;
    waiting.resolve(error);
    return true;
  }

  endPeer(peer: Peer): void {
    for (const { provider, resolve } of this.#waiting.values()) {
      if (provider === peer) resolve(undefined);
    }
  }
}
