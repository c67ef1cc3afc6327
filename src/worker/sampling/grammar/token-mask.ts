/** A set of tokens, one bit each, that is laid over a row of logits. */

export class TokenMask {
  readonly words: Int32Array;
  readonly #vocabSize: number;

  constructor(vocabSize: number) {
    this.#vocabSize = vocabSize;
    this.words = new Int32Array(Math.ceil(vocabSize / 32));
  }

  add(id: number): void {
    this.words[id >> 5] = (this.words[id >> 5] ?? 0) | (1 << (id & 31));
  }

  has(id: number): boolean {
    return (((this.words[id >> 5] ?? 0) >>> (id & 31)) & 1) === 1;
  }

  addAll(other: TokenMask): void {
    const theirs = other.words;
    for (let at = 0; at < this.words.length; at++) this.words[at] = (this.words[at] ?? 0) | (theirs[at] ?? 0);
  }

  /** Sets the logits of all other tokens to -Infinity. */
  apply(logits: Float32Array): void {
    for (let at = 0; at < this.words.length; at++) {
      const word = this.words[at] ?? 0;
      if (word === -1) continue;
      const end = Math.min(32, this.#vocabSize - at * 32);
      for (let bit = 0; bit < end; bit++) {
        if (((word >>> bit) & 1) === 0) logits[at * 32 + bit] = Number.NEGATIVE_INFINITY;
      }
    }
  }
}
