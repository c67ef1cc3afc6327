/**
 * How many slots of a worker are free, as far as one client can know: what it runs there itself, and what others do, by
 * the worker's last report. It is an estimate; the worker refuses what is too much. Pure.
 */

export interface LoadReport {
  readonly running: number;
  /** Admitted, without a slot yet. */
  readonly waiting: number;
}

const endingsMax = 256;

export class WorkerLoad {
  readonly #slots: () => number;
  readonly #now: () => number;
  #inflight = 0;
  #others = 0;
  /** Times at which what ran here ended, the oldest first. */
  readonly #endings: number[] = [];

  constructor(options: { readonly slots: () => number; readonly now: () => number }) {
    this.#slots = options.slots;
    this.#now = options.now;
  }

  /** Of this client. */
  get inflight(): number {
    return this.#inflight;
  }

  get busy(): number {
    return this.#inflight + this.#others;
  }

  get free(): number {
    return this.#slots() - this.busy;
  }

  begin(): Disposable {
    this.#inflight += 1;
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        this.#inflight -= 1;
        this.#endings.push(this.#now());
        if (this.#endings.length > endingsMax) this.#endings.shift();
      },
    };
  }

  /**
   * @param askedAtMs when the question went out. What has ended since may be in the report still, and is not somebody
   * else's: rather too few others than a slot that stays empty.
   */
  report({ running, waiting }: LoadReport, askedAtMs: number): void {
    const ended = this.#endings.filter((atMs) => atMs >= askedAtMs).length;
    this.#others = Math.max(0, running + waiting - this.#inflight - ended);
  }

  /** It said that it is full. The next report counts again. */
  refused(): void {
    this.#others = Math.max(this.#others, this.#slots() - this.#inflight);
  }
}
