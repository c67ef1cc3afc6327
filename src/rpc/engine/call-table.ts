/**
 * Calls that wait for a result. As in iii there is no timeout and no cancel here: a call ends by a result from any
 * connection that knows its id, by its executor's end, or by its caller's.
 */
import type { Peer } from './peer.ts';
import type { ErrorBody } from './protocol.ts';

export interface CallOutcome {
  readonly result?: unknown;
  readonly error?: ErrorBody | undefined;
}

export interface PendingCall {
  readonly id: string;
  readonly functionId: string;
  readonly target: Peer;
  /** undefined: the engine itself calls. */
  readonly caller: Peer | undefined;
  readonly settle: (outcome: CallOutcome) => void;
}

/** The real engine has no bound. Far above what two gateways can have in flight, far below what fills the memory. */
export const pendingCallsMax = 65_536;

export class CallTable {
  readonly #calls = new Map<string, PendingCall>();
  /** Their executors count as done: only another result, or the end of the caller, ends them. */
  readonly #lost = new Set<PendingCall>();

  get isFull(): boolean {
    return this.#calls.size >= pendingCallsMax;
  }

  get size(): number {
    return this.#calls.size;
  }

  get(id: string): PendingCall | undefined {
    return this.#calls.get(id);
  }

  /** A second call under an id that is in flight takes the id over, and the first one fails. */
  start(call: PendingCall): void {
    const earlier = this.#calls.get(call.id);
    if (earlier !== undefined) {
      this.#lost.delete(earlier);
      earlier.settle({ error: { code: 'invocation_error', message: 'channel closed' } });
    }
    this.#calls.set(call.id, call);
  }

  /** Results for ids that nobody waits for are dropped. */
  settle(id: string, outcome: CallOutcome): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#forget(call);
    call.settle(outcome);
  }

  /** The call's result came and was lost. */
  lose(call: PendingCall): void {
    if (call.caller === undefined) this.#forget(call);
    else this.#lost.add(call);
  }

  /** Calls that a connection executes or has issued. */
  countOf(peer: Peer): number {
    let count = 0;
    for (const call of this.#calls.values()) {
      if (call.target === peer && !this.#lost.has(call)) count += 1;
      if (call.caller === peer) count += 1;
    }
    return count;
  }

  /** A connection ended: its callers learn it at once, its own calls are forgotten, and their executors hear nothing. */
  endPeer(peer: Peer): void {
    const unsent = peer.unsentCalls();
    for (const call of this.#calls.values()) {
      if (call.caller === peer) {
        this.#forget(call);
      } else if (call.target === peer && !this.#lost.has(call)) {
        this.settle(call.id, {
          error: unsent.has(call.id)
            ? { code: 'channel_send_failed', message: 'channel closed' }
            : { code: 'invocation_stopped', message: 'Invocation stopped' },
        });
      }
    }
  }

  #forget(call: PendingCall): void {
    this.#calls.delete(call.id);
    this.#lost.delete(call);
  }
}
