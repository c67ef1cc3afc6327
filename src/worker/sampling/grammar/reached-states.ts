/** States that are still to be left, the lowest rank first, with the sets that may lie under them. */

import type { StackSet } from './stack-sets.ts';

export class Reached {
  readonly #ranks: Int32Array;
  readonly #belows = new Map<number, StackSet[]>();
  /** A heap of states by rank. */
  readonly #heap: number[] = [];
  /** What lay under states when they were left. */
  readonly left = new Map<number, StackSet>();

  constructor(ranks: Int32Array) {
    this.#ranks = ranks;
  }

  add(state: number, below: StackSet): void {
    const belows = this.#belows.get(state);
    if (belows !== undefined) {
      belows.push(below);
      return;
    }
    this.#belows.set(state, [below]);
    let at = this.#heap.push(state) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapsUp(at, parent)) return;
      at = parent;
    }
  }

  /** @returns the next state, which is no longer to be left; undefined where there is none. */
  next(): number | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || this.#heap.length === 0) return first;
    this.#heap[0] = last;
    let at = 0;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = right < this.#heap.length && this.#rankAt(right) < this.#rankAt(left) ? right : left;
      if (child >= this.#heap.length || !this.#swapsUp(child, at)) return first;
      at = child;
    }
  }

  /** @returns what was added for the state since it was left. */
  take(state: number): readonly StackSet[] {
    const belows = this.#belows.get(state) ?? [];
    this.#belows.delete(state);
    return belows;
  }

  #rankAt(at: number): number {
    return this.#ranks[this.#heap[at] ?? 0] ?? 0;
  }

  #swapsUp(at: number, parent: number): boolean {
    const [lower, upper] = [this.#heap[at], this.#heap[parent]];
    if (lower === undefined || upper === undefined || this.#rankAt(at) >= this.#rankAt(parent)) return false;
    this.#heap[parent] = lower;
    this.#heap[at] = upper;
    return true;
  }
}
