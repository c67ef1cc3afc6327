/** Jobs that wait for a sequence: higher priority first, equal ones in the order of their coming. Bounded. Pure. */

export interface Prioritized {
  readonly priority: number;
}

export class WaitingQueue<T extends Prioritized> {
  readonly #entries: T[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get length(): number {
    return this.#entries.length;
  }

  get first(): T | undefined {
    return this.#entries[0];
  }

  /** @returns whether there was room. */
  push(entry: T): boolean {
    if (this.#entries.length >= this.#max) return false;
    const later = this.#entries.findIndex(({ priority }) => priority < entry.priority);
    this.#entries.splice(later === -1 ? this.#entries.length : later, 0, entry);
    return true;
  }

  shift(): T | undefined {
    return this.#entries.shift();
  }

  /** Takes out, and gives, those that `isTaken`. */
  take(isTaken: (entry: T) => boolean): T[] {
    const taken = this.#entries.filter(isTaken);
    for (const entry of taken) this.#entries.splice(this.#entries.indexOf(entry), 1);
    return taken;
  }
}
