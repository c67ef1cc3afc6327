/**
 * A growing list of rows of floats that can be seen as one array without copying: the keys or the values of one layer.
 * With a limit it keeps only the last rows, and its memory stays within about twice what it must hold.
 */

export interface RowStoreOptions {
  readonly rowFloats: number;
  /** Rows that stay visible at most; the oldest go first. */
  readonly keepRows: number;
  /** Rows that will ever be appended at most, which bounds the room taken in advance. */
  readonly rowsMax: number;
}

export class RowStore {
  readonly #options: RowStoreOptions;
  #values: Float32Array = new Float32Array(0);
  #start = 0;
  #end = 0;

  constructor(options: RowStoreOptions) {
    this.#options = options;
  }

  get rows(): number {
    return this.#end - this.#start;
  }

  /** Valid until the next `append`. */
  get visible(): Float32Array {
    const { rowFloats } = this.#options;
    return this.#values.subarray(this.#start * rowFloats, this.#end * rowFloats);
  }

  append(added: Float32Array): void {
    const { rowFloats, keepRows } = this.#options;
    const count = added.length / rowFloats;
    if ((this.#end + count) * rowFloats > this.#values.length) this.#makeRoom(count);
    this.#values.set(added, this.#end * rowFloats);
    this.#end += count;
    this.#start = Math.max(this.#start, this.#end - keepRows);
  }

  /** Doubles, so that appending stays linear in total; where half the room is free already, moves down instead. */
  #makeRoom(count: number): void {
    const { rowFloats, rowsMax } = this.#options;
    const kept = this.visible;
    const rows = Math.min(2 * (this.rows + count), rowsMax);
    if (this.#values.length < rows * rowFloats) {
      const values = new Float32Array(rows * rowFloats);
      values.set(kept);
      this.#values = values;
    } else {
      this.#values.copyWithin(0, this.#start * rowFloats, this.#end * rowFloats);
    }
    this.#end -= this.#start;
    this.#start = 0;
  }
}
