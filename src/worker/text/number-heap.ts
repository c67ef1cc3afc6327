/** A binary min-heap of numbers in memory that is taken once. */
export class NumberHeap {
  readonly #items: Float64Array;
  #size = 0;

  /** @param capacity numbers that are pushed in its whole life, at most. */
  constructor(capacity: number) {
    this.#items = new Float64Array(capacity);
  }

  push(value: number): void {
    const items = this.#items;
    if (this.#size === items.length) throw new RangeError(`the heap holds ${items.length} numbers already`);
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] ?? 0;
      if (above <= value) break;
      items[at] = above;
      at = parent;
    }
    items[at] = value;
  }

  /** Takes out the smallest; undefined when empty. */
  pop(): number | undefined {
    if (this.#size === 0) return undefined;
    const items = this.#items;
    const smallest = items[0];
    const moved = items[--this.#size] ?? 0;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && (items[child + 1] ?? 0) < (items[child] ?? 0)) child++;
      const below = items[child] ?? 0;
      if (below >= moved) break;
      items[at] = below;
      at = child;
    }
    items[at] = moved;
    return smallest;
  }
}
