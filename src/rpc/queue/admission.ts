/**
 * Requests that wait for a place, in fair order, each until its own time. Whoever gives up or leaves frees its place in
 * the queue at once. It reads no clock but the one it is given, and acts when it is told that something has changed.
 */
import { FairQueue, type QueueEntry } from './fair-queue.ts';

export interface Ask<Place> {
  readonly caller: string;
  readonly priority: number;
  readonly isUrgent: boolean;
  /** Asks of one group have the same chance of a place: where one finds none, the next is not tried. Absent: it is alone. */
  readonly group?: string | undefined;
  /** Monotonic. From then on it waits no longer. */
  readonly untilMs: number;
  readonly signal: AbortSignal;
  /** Takes a place, so that the next one to ask finds it taken. */
  readonly take: () => Place | undefined;
  /** Why it is turned away. */
  readonly refusal: (why: 'full' | 'late', ahead: number) => Error;
}

interface Waiting<Place> {
  readonly ask: Ask<Place>;
  readonly settle: (outcome: { readonly place: Place } | { readonly error: unknown }) => void;
}

export interface AdmissionOptions {
  readonly now: () => number;
  readonly lengthMax: number;
}

export class Admission<Place> {
  readonly #now: () => number;
  readonly #queue: FairQueue<Waiting<Place>>;

  constructor({ now, lengthMax }: AdmissionOptions) {
    this.#now = now;
    this.#queue = new FairQueue({ lengthMax });
  }

  get length(): number {
    return this.#queue.length;
  }

  /** @throws the signal's reason, or the ask's refusal */
  async enter(ask: Ask<Place>): Promise<Place> {
    ask.signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Place>();
    const settle: Waiting<Place>['settle'] = (outcome) => {
      ask.signal.removeEventListener('abort', onAbort);
      if ('place' in outcome) resolve(outcome.place);
      else reject(outcome.error);
    };
    const { caller, priority, isUrgent } = ask;
    const entry: QueueEntry<Waiting<Place>> = { item: { ask, settle }, caller, priority, isUrgent };
    const onAbort = () => {
      if (this.#queue.remove(entry)) settle({ error: ask.signal.reason });
    };
    ask.signal.addEventListener('abort', onAbort);
    const leaving = this.#queue.add(entry);
    this.#refuse(leaving, 'full');
    if (leaving !== entry) this.serve();
    return await promise;
  }

  /** A place may have become free. */
  serve(): void {
    if (this.#queue.length === 0) return;
    const hopeless = new Set<string>();
    for (const entry of this.#queue.inOrder()) {
      const { ask, settle } = entry.item;
      if (ask.group !== undefined && hopeless.has(ask.group)) continue;
      const place = ask.take();
      if (place !== undefined) {
        this.#queue.serve(entry);
        settle({ place });
      } else if (ask.group !== undefined) {
        hopeless.add(ask.group);
      }
    }
  }

  /** Turns away whose time is over. */
  expire(): void {
    if (this.#queue.length === 0) return;
    const nowMs = this.#now();
    for (const entry of this.#queue.inOrder()) {
      if (entry.item.ask.untilMs <= nowMs && this.#queue.remove(entry)) this.#refuse(entry, 'late');
    }
  }

  #refuse(entry: QueueEntry<Waiting<Place>> | undefined, why: 'full' | 'late'): void {
    entry?.item.settle({ error: entry.item.ask.refusal(why, this.#queue.length) });
  }
}
