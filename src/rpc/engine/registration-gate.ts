/**
 * iii 0.23 puts what a connection registers into the connection's namespace, and that comes with
 * `engine::workers::register`. Until then, or for five seconds, registrations wait here in their order.
 */
import type { Peer } from './peer.ts';
import type { PeerFrame } from './protocol.ts';
import type { After } from './trigger-acks.ts';

const held: ReadonlySet<PeerFrame['type']> = new Set([
  'registerfunction',
  'unregisterfunction',
  'registertrigger',
  'unregistertrigger',
  'registertriggertype',
]);

/** The real engine has no bound. */
const framesMax = 16_384;

interface Closed {
  readonly frames: PeerFrame[];
  readonly cancel: () => void;
  isOpening: boolean;
}

export class RegistrationGate {
  readonly #closed = new Map<Peer, Closed>();
  readonly #after: After;
  readonly #graceMs: number;

  /** @param options.graceMs 0: nothing is ever held. */
  constructor(options: { readonly after: After; readonly graceMs: number }) {
    this.#after = options.after;
    this.#graceMs = options.graceMs;
  }

  /** @param onTimeout the connection has not said who it is in time. */
  close(peer: Peer, onTimeout: () => void): void {
    if (this.#graceMs === 0) return;
    const cancel = this.#after(this.#graceMs, onTimeout);
    this.#closed.set(peer, { frames: [], cancel, isOpening: false });
  }

  /** @returns whether the frame waits. */
  holds(peer: Peer, frame: PeerFrame): boolean {
    const closed = this.#closed.get(peer);
    if (closed === undefined || !held.has(frame.type)) return false;
    if (closed.frames.length < framesMax) closed.frames.push(frame);
    return true;
  }

  /** Applies what waited, in its order, and what comes meanwhile behind it. */
  open(peer: Peer, apply: (frame: PeerFrame) => Promise<void> | undefined): void {
    const closed = this.#closed.get(peer);
    if (closed === undefined || closed.isOpening) return;
    closed.isOpening = true;
    closed.cancel();
    const next = (): void => {
      for (let frame = closed.frames.shift(); frame !== undefined; frame = closed.frames.shift()) {
        const pending = apply(frame);
        if (pending !== undefined) {
          void pending.then(next);
          return;
        }
      }
      this.#closed.delete(peer);
    };
    next();
  }

  /** What waits is dropped. */
  forget(peer: Peer): void {
    const closed = this.#closed.get(peer);
    closed?.cancel();
    closed?.frames.splice(0);
    this.#closed.delete(peer);
  }
}
