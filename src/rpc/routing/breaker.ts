/**
 * A circuit breaker: after failures in a row it lets nothing through for a while, then one try at a time, until one
 * succeeds. The pauses grow to a bound and are jittered, so that several gateways do not try together. Pure.
 */

export interface BreakerOptions {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

const failuresUntilOpen = 3;
const openMsMin = 500;
/** What has healed is to carry its share again within 5 s. */
const openMsMax = 3000;
/** Of a pause, up or down. */
const jitter = 0.25;

export class Breaker {
  readonly #options: BreakerOptions;
  #failures = 0;
  /** In a row, without a success in between. */
  #openings = 0;
  #retryAtMs: number | undefined;
  #tries = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#retryAtMs === undefined;
  }

  /** Whether a try may go through now. */
  get mayTry(): boolean {
    if (this.#retryAtMs === undefined) return true;
    return this.#tries === 0 && this.#options.now() >= this.#retryAtMs;
  }

  /** A try goes through. It is over when what is returned is disposed of. */
  begin(): Disposable {
    this.#tries += 1;
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (!isOver) this.#tries -= 1;
        isOver = true;
      },
    };
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openings = 0;
    this.#retryAtMs = undefined;
  }

  failed(): void {
    this.#failures += 1;
    const isProbe = this.#retryAtMs !== undefined && this.#options.now() >= this.#retryAtMs;
    if (!isProbe && (this.#retryAtMs !== undefined || this.#failures < failuresUntilOpen)) return;
    const pauseMs = Math.min(openMsMin * 2 ** this.#openings, openMsMax);
    const swing = 1 + jitter * (2 * this.#options.random() - 1);
    this.#openings += 1;
    this.#retryAtMs = this.#options.now() + pauseMs * swing;
  }
}
