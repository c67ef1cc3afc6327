/**
 * The nucleus of a row (top-p), exactly: an exponential for every logit that can matter, and a heap for the few that are kept.
 * It takes milliseconds on a large vocabulary, so `SoftmaxDraw` asks only when bounds do not decide.
 */

import type { Random } from './random.ts';

export interface NucleusOptions {
  /** The largest logit of the row. */
  readonly largest: number;
  /** One over the temperature. */
  readonly sharpness: number;
  /** The fewest likeliest tokens that together reach this probability are kept, lower ids first among equals; 1 keeps all. */
  readonly topP: number;
  /** Of those, the ones are dropped that are less likely than this share of the likeliest one's probability. */
  readonly minP: number;
}

export class Nucleus {
  readonly #weights: Float64Array;
  readonly #order: Uint32Array;
  #start = 0;
  #end = 0;

  constructor(vocabSize: number) {
    this.#weights = new Float64Array(vocabSize);
    this.#order = new Uint32Array(vocabSize);
  }

  /** Cuts the row. `has` and `draw` answer for this cut until the next one. */
  cut(logits: Float32Array, options: NucleusOptions): void {
    const total = this.#fillWeights(logits, options);
    const wanted = total * options.topP;
    // All tokens below this weight together weigh less than what the nucleus leaves out. Halved against rounding.
    const least = Math.max((total - wanted) / logits.length / 2, 0);
    const weights = this.#weights;
    const order = this.#order;
    let size = 0;
    for (let id = 0; id < logits.length; id++) if ((weights[id] ?? 0) > least) order[size++] = id;
    for (let at = (size >> 1) - 1; at >= 0; at--) this.#sink(at, size);
    let reached = 0;
    let end = size;
    // The heap shrinks from the back, which makes room there for what was taken, likeliest last.
    while (end > 0 && (reached < wanted || options.topP === 1)) {
      const id = order[0] ?? 0;
      const weight = weights[id] ?? 0;
      if (weight < options.minP) break;
      reached += weight;
      end--;
      order[0] = order[end] ?? 0;
      order[end] = id;
      this.#sink(0, end);
    }
    this.#start = end;
    this.#end = size;
  }

  has(id: number): boolean {
    const last = this.#order[this.#start] ?? 0;
    return id === last || this.#isLikelier(id, last);
  }

  draw(random: Random): number {
    let total = 0;
    for (let at = this.#end - 1; at >= this.#start; at--) total += this.#weights[this.#order[at] ?? 0] ?? 0;
    let left = random.next() * total;
    let at = this.#end - 1;
    // Rounding may leave a rest behind the last one, which is then kept.
    for (; at > this.#start; at--) {
      left -= this.#weights[this.#order[at] ?? 0] ?? 0;
      if (left < 0) break;
    }
    return this.#order[at] ?? 0;
  }

  /** Softmax without its division. The largest logit is taken off first, so no exponential overflows. */
  #fillWeights(logits: Float32Array, { largest, sharpness }: NucleusOptions): number {
    const weights = this.#weights;
    let total = 0;
    for (let id = 0; id < logits.length; id++) {
      const weight = Math.exp(((logits[id] ?? 0) - largest) * sharpness);
      weights[id] = weight;
      total += weight;
    }
    return total;
  }

  #sink(place: number, size: number): void {
    const order = this.#order;
    const id = order[place] ?? 0;
    let at = place;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#isLikelier(order[child + 1] ?? 0, order[child] ?? 0)) child++;
      if (!this.#isLikelier(order[child] ?? 0, id)) break;
      order[at] = order[child] ?? 0;
      at = child;
    }
    order[at] = id;
  }

  /** Equal weights keep the order of their ids, so the nucleus does not depend on how the heap was built. */
  #isLikelier(a: number, b: number): boolean {
    const difference = (this.#weights[a] ?? 0) - (this.#weights[b] ?? 0);
    return difference === 0 ? a < b : difference > 0;
  }
}
