/**
 * Which replies the engine loses. The real one loses a reply that comes before it has noted the call: the executor has
 * run, and the caller hears nothing. Here a seed draws them instead, so that a run can be repeated; slow replies are lost
 * as well, which the real one hardly does. Pure.
 */

export interface LostRepliesOptions {
  readonly seed: number;
  /** Of 1,000 replies. The real engine loses up to 3 under load. */
  readonly perThousand: number;
}

export class LostReplies {
  readonly #isBelow: number;
  #state: number;

  constructor({ seed, perThousand }: LostRepliesOptions) {
    this.#isBelow = (perThousand / 1000) * 2 ** 32;
    this.#state = seed >>> 0;
  }

  /** Draws for the next reply. The nth answer depends on the seed and on n alone. */
  isNextLost(): boolean {
    // splitmix32: every state is visited, so no seed is a bad one.
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed ^= mixed >>> 15;
    return mixed >>> 0 < this.#isBelow;
  }
}
