/** One attempt while it runs: when it was heard of last, and whether its worker accounts for it. Pure. */

/** Messages that cross each other on the way are not missing. */
const marginMs = 500;
/** One report may be of a moment in between. */
const reportsUntilUnaccounted = 2;

export interface RunningAttemptOptions {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Ends it. It is called once at most. */
  readonly onStalled: () => void;
}

export class RunningAttempt {
  readonly #options: RunningAttemptOptions;
  readonly beganAtMs: number;
  heardAtMs: number;
  frames = 0;
  #unaccounted = 0;
  #isStalled = false;

  constructor(options: RunningAttemptOptions) {
    this.#options = options;
    this.beganAtMs = options.now();
    this.heardAtMs = this.beganAtMs;
  }

  get isUnaccounted(): boolean {
    return this.#unaccounted >= reportsUntilUnaccounted;
  }

  /** A frame has come. @returns milliseconds since the one before, or since the beginning. */
  heard(): number {
    const nowMs = this.#options.now();
    const gapMs = nowMs - this.heardAtMs;
    this.heardAtMs = nowMs;
    this.frames += 1;
    this.#unaccounted = 0;
    return gapMs;
  }

  account(isMissing: boolean): void {
    this.#unaccounted = isMissing ? this.#unaccounted + 1 : 0;
  }

  stall(): void {
    if (this.#isStalled) return;
    this.#isStalled = true;
    this.#options.onStalled();
  }
}

/**
 * Holds what a worker reports against what it was sent. Where it has fewer, those that were silent longest are missing.
 * @param report `accounted` generations at a time after `askedAtMs`, those of others included.
 */
export function accountFor(
  attempts: Iterable<RunningAttempt>,
  { accounted, askedAtMs }: { readonly accounted: number; readonly askedAtMs: number },
): void {
  const sent = [...attempts].filter(({ beganAtMs }) => beganAtMs < askedAtMs - marginMs);
  const missing = Math.max(0, sent.length - accounted);
  const suspects = sent
    .filter(({ heardAtMs }) => heardAtMs < askedAtMs - marginMs)
    .sort((left, right) => left.heardAtMs - right.heardAtMs)
    .slice(0, missing);
  for (const attempt of sent) attempt.account(suspects.includes(attempt));
}
