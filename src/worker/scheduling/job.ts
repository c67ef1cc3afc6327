/** What a scheduler runs: a prompt, and somebody who chooses what comes after it. */

export interface Job {
  readonly promptIds: readonly number[];
  /** Tokens answered elsewhere already. They are fed one by one, as they were there, so that the same bits come out. */
  readonly answeredIds?: readonly number[];
  /** Tokens that the answer may have, those answered already among them. */
  readonly tokensMax: number;
  /** Higher ones leave the queue first. */
  readonly priority: number;
  readonly signal: AbortSignal;
  /**
   * Chooses the next token from one row of logits, which may be overwritten and may not be kept.
   * @returns undefined at the end of the answer.
   */
  choose(logits: Float32Array): number | undefined;
  /** Whether the consumer has enough for now: decoding waits until `wake` is called on the scheduler. */
  isSated(): boolean;
}

export interface JobStart {
  /** Positions of the prompt that were at hand. */
  readonly cachedTokens: number;
}
