/**
 * Which requests a worker runs, at most `slots` of them. Each attempt of a request runs once, and none beside or after a later one. What was
 * cancelled, replaced or run is remembered for a while, for iii keeps no order between two calls. Effects: one timer at most per
 * waiting request.
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

/** This attempt and those before it are not to start any more. */
interface Over {
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
  readonly #over = new Map<string, Over>();
  readonly #waiting: (() => void)[] = [];
  readonly #idleListeners = new Set<() => void>();
  #arriving = 0;
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

  /** Those who wait for a slot that is being left. */
  get waiting(): number {
    return this.#arriving;
  }

  /** Resolves when no slot is held and nobody waits for one. */
  async idle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idleListeners.add(resolve);
    this.#tellIdle();
    await promise;
  }

  /**
   * Takes a slot. Where all are taken, it waits for one that an aborted request is about to leave, and for no other.
   * @throws DrydockError RPC_CANCELLED, RPC_WORKER_BUSY
   */
  async start(requestId: string, attempt: number): Promise<RunningRequest> {
    try {
      return await this.#start(requestId, attempt);
    } finally {
      this.#tellIdle();
    }
  }

  async #start(requestId: string, attempt: number): Promise<RunningRequest> {
    this.#refuseStale(requestId, attempt);
    // Also those that wait, and those that are still on their way.
    if (attempt > 0) this.#remember(requestId, attempt - 1);
    this.#running.get(requestId)?.abort(cancelledError('a later attempt of the same request arrived'));
    if (this.#held >= this.#slots && this.#waiting.length < this.#leaving) {
      this.#arriving += 1;
      await this.#slotLeft();
      this.#arriving -= 1;
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
    if (this.#overUpTo(requestId) >= attempt) {
      throw cancelledError('it was cancelled, replaced or run before this call arrived');
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
        this.#remember(requestId, attempt);
        this.#waiting.shift()?.();
        this.#tellIdle();
      },
    };
  }

  #tellIdle(): void {
    if (this.#held > 0 || this.#arriving > 0) return;
    for (const resolve of this.#idleListeners) resolve();
    this.#idleListeners.clear();
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

  #overUpTo(requestId: string): number {
    const over = this.#over.get(requestId);
    return over !== undefined && over.untilMs > this.#now() ? over.attempt : -1;
  }

  #remember(requestId: string, attempt: number): void {
    const before = this.#overUpTo(requestId);
    this.#over.delete(requestId);
    this.#over.set(requestId, {
      attempt: Math.max(attempt, before),
      untilMs: this.#now() + rememberedMs,
    });
    for (const [id, { untilMs }] of this.#over) {
      if (this.#over.size <= rememberedMax && untilMs > this.#now()) break;
      this.#over.delete(id);
    }
  }
}

function cancelledError(reason: string): DrydockError {
  return new DrydockError('RPC_CANCELLED', `could not finish the generation: ${reason}; send a new request`);
}
