/**
 * Which requests a worker runs, at most `slots` of them. A cancel that overtakes its request is remembered for a while,
 * for iii keeps no order between two calls. Effects: one timer at most per waiting request.
 */
import { DrydockError } from '../errors.ts';

export interface RunningRequest extends Disposable {
  readonly signal: AbortSignal;
  abort(reason: DrydockError): void;
}

interface Entry {
  readonly attempt: number;
  readonly abort: (reason: DrydockError) => void;
}

interface Cancelled {
  readonly attempt: number;
  readonly untilMs: number;
}

/** How long a request may wait for the slot of an aborted one. */
const leavingMsMax = 1000;
const rememberedMs = 60_000;
const rememberedMax = 4096;

export class RunningRequests {
  readonly #slots: number;
  readonly #now: () => number;
  readonly #running = new Map<string, Entry>();
  readonly #cancelled = new Map<string, Cancelled>();
  readonly #waiting: (() => void)[] = [];
  #held = 0;
  /** Held by requests that were aborted and have not ended yet. */
  #leaving = 0;

  constructor(options: { readonly slots: number; readonly now: () => number }) {
    this.#slots = options.slots;
    this.#now = options.now;
  }

  get count(): number {
    return this.#held;
  }

  /**
   * Takes a slot. Where all are taken, it waits for one that an aborted request is about to leave, and for no other.
   * @throws DrydockError RPC_CANCELLED, RPC_WORKER_BUSY
   */
  async start(requestId: string, attempt: number): Promise<RunningRequest> {
    this.#refuseStale(requestId, attempt);
    this.#running.get(requestId)?.abort(cancelledError('a later attempt of the same request arrived'));
    if (this.#held >= this.#slots && this.#waiting.length < this.#leaving) {
      await this.#slotLeft();
      this.#refuseStale(requestId, attempt);
    }
    if (this.#held >= this.#slots) {
      throw new DrydockError(
        'RPC_WORKER_BUSY',
        `could not start the generation: all ${this.#slots} slots of the worker are taken; send it elsewhere or later`,
      );
    }
    return this.#hold(requestId, attempt);
  }

  #refuseStale(requestId: string, attempt: number): void {
    const cancelled = this.#cancelled.get(requestId);
    if (cancelled !== undefined && cancelled.attempt >= attempt && cancelled.untilMs > this.#now()) {
      throw cancelledError('it was cancelled before it arrived');
    }
    const earlier = this.#running.get(requestId);
    if (earlier !== undefined && earlier.attempt >= attempt) {
      throw cancelledError('the same attempt is already running');
    }
  }

  /** @param attempt absent: every attempt of the request. @returns whether it was running. */
  cancel(requestId: string, attempt = Number.POSITIVE_INFINITY): boolean {
    this.#remember(requestId, attempt);
    const entry = this.#running.get(requestId);
    if (entry === undefined || entry.attempt > attempt) return false;
    entry.abort(cancelledError('the caller cancelled it'));
    return true;
  }

  abortAll(reason: DrydockError): void {
    for (const entry of this.#running.values()) entry.abort(reason);
  }

  #hold(requestId: string, attempt: number): RunningRequest {
    const controller = new AbortController();
    let phase: 'running' | 'leaving' | 'left' = 'running';
    const abort = (reason: DrydockError) => {
      if (phase !== 'running') return;
      phase = 'leaving';
      this.#leaving += 1;
      controller.abort(reason);
    };
    const entry: Entry = { attempt, abort };
    this.#running.set(requestId, entry);
    this.#held += 1;
    return {
      signal: controller.signal,
      abort,
      [Symbol.dispose]: () => {
        if (phase === 'left') return;
        if (phase === 'leaving') this.#leaving -= 1;
        phase = 'left';
        this.#held -= 1;
        if (this.#running.get(requestId) === entry) this.#running.delete(requestId);
        this.#waiting.shift()?.();
      },
    };
  }

  #slotLeft(): Promise<void> {
    return new Promise((resolve) => {
      const proceed = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(proceed), 1);
        resolve();
      }, leavingMsMax);
      this.#waiting.push(proceed);
    });
  }

  #remember(requestId: string, attempt: number): void {
    const earlier = this.#cancelled.get(requestId);
    this.#cancelled.delete(requestId);
    this.#cancelled.set(requestId, {
      attempt: Math.max(attempt, earlier?.attempt ?? attempt),
      untilMs: this.#now() + rememberedMs,
    });
    for (const [id, { untilMs }] of this.#cancelled) {
      if (this.#cancelled.size <= rememberedMax && untilMs > this.#now()) break;
      this.#cancelled.delete(id);
    }
  }
}

function cancelledError(reason: string): DrydockError {
  return new DrydockError('RPC_CANCELLED', `could not finish the generation: ${reason}; send a new request`);
}
