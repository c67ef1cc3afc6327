/**
 * The k largest of a row of logits without sorting the row: one pass against the smallest of the k best so far. Among equal
 * logits the lower ids are kept and come first, so the result has exactly k entries and does not depend on anything else.
 */

export class TopLogits {
  /** The best ones after `select`, the best first. */
  readonly ids: Int32Array;
  readonly logits: Float32Array;
  #size = 0;

  /** @param capacity the largest k. */
  constructor(capacity: number) {
    this.ids = new Int32Array(capacity);
    this.logits = new Float32Array(capacity);
  }

  /** @returns how many there are: k, or fewer where fewer logits are above -Infinity. */
  select(row: Float32Array, k: number): number {
    const limit = Math.min(k, this.ids.length);
    this.#size = 0;
    if (limit === 0) return 0;
    let id = 0;
    for (; id < row.length && this.#size < limit; id++) {
      const logit = row[id] ?? 0;
      if (logit > Number.NEGATIVE_INFINITY) this.#push(id, logit);
    }
    const whole = row.length - ((row.length - id) % 8);
    let least = this.logits[0] ?? 0;
    // One compound condition for eight logits is twice as fast as eight.
    for (; id < whole; id += 8) {
      if (
        (row[id] ?? 0) > least ||
        (row[id + 1] ?? 0) > least ||
        (row[id + 2] ?? 0) > least ||
        (row[id + 3] ?? 0) > least ||
        (row[id + 4] ?? 0) > least ||
        (row[id + 5] ?? 0) > least ||
        (row[id + 6] ?? 0) > least ||
        (row[id + 7] ?? 0) > least
      ) {
        least = this.#replaceLeast(row, { from: id, to: id + 8 });
      }
    }
    this.#replaceLeast(row, { from: id, to: row.length });
    this.#sort();
    return this.#size;
  }

  /** Takes in what is above the least. An equal one that comes later has a higher id, so it stays out. */
  #replaceLeast(row: Float32Array, span: { readonly from: number; readonly to: number }): number {
    for (let id = span.from; id < span.to; id++) {
      const logit = row[id] ?? 0;
      if (logit > (this.logits[0] ?? 0)) this.#sink({ at: 0, size: this.#size }, id, logit);
    }
    return this.logits[0] ?? 0;
  }

  /** A heap whose root is the one to lose first: the smallest logit, of equals the highest id. */
  #push(id: number, logit: number): void {
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isWorse({ id, logit }, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.ids[at] = id;
    this.logits[at] = logit;
  }

  #sink(place: { readonly at: number; readonly size: number }, id: number, logit: number): void {
    let at = place.at;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= place.size) break;
      if (child + 1 < place.size && this.#isWorse(this.#entry(child + 1), child)) child++;
      if (this.#isWorse({ id, logit }, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.ids[at] = id;
    this.logits[at] = logit;
  }

  #sort(): void {
    for (let end = this.#size - 1; end > 0; end--) {
      const { id, logit } = this.#entry(end);
      this.#move(0, end);
      this.#sink({ at: 0, size: end }, id, logit);
    }
  }

  #isWorse(entry: { readonly id: number; readonly logit: number }, at: number): boolean {
    const other = this.logits[at] ?? 0;
    return entry.logit === other ? entry.id > (this.ids[at] ?? 0) : entry.logit < other;
  }

  #entry(at: number): { readonly id: number; readonly logit: number } {
    return { id: this.ids[at] ?? 0, logit: this.logits[at] ?? 0 };
  }

  #move(from: number, to: number): void {
    this.ids[to] = this.ids[from] ?? 0;
    this.logits[to] = this.logits[from] ?? 0;
  }
}
