/**
 * How often, and how soon, a request is tried again. A try that brought a token makes the count begin anew, for a long answer
 * may survive many faults; all tries together are bounded too. Pure.
 */

export interface AttemptBudgetOptions {
  /** In a row without a token. Default 8. */
  readonly fruitlessMax?: number;
  /** Default 64. */
  readonly failuresMax?: number;
}

/** What a worker takes as the number of an attempt. */
const attemptMax = 1000;

const pauseMsMin = 25;
const pauseMsMax = 1000;

export class AttemptBudget {
  readonly #fruitlessMax: number;
  readonly #failuresMax: number;
  #attempts = 0;
  #failures = 0;
  #fruitless = 0;

  constructor({ fruitlessMax = 8, failuresMax = 64 }: AttemptBudgetOptions = {}) {
    this.#fruitlessMax = fruitlessMax;
    this.#failuresMax = failuresMax;
  }

  /** No attempt may begin any more, whatever came of those before. */
  get isSpent(): boolean {
    return this.#attempts >= attemptMax;
  }

  /** @returns its number, from 0. Rises with each, for a worker takes no attempt that is not newer than what it has seen. */
  begin(): number {
    this.#attempts += 1;
    return this.#attempts - 1;
  }

  /** @returns milliseconds until the next try; undefined: there is none. */
  failed({ broughtTokens }: { readonly broughtTokens: boolean }): number | undefined {
    this.#failures += 1;
    this.#fruitless = broughtTokens ? 1 : this.#fruitless + 1;
    if (this.#fruitless >= this.#fruitlessMax || this.#failures >= this.#failuresMax || this.isSpent)
      return undefined;
    // The first one at once: mostly another worker is there.
    return this.#fruitless === 1 ? 0 : Math.min(pauseMsMin * 2 ** (this.#fruitless - 1), pauseMsMax);
  }
}
