/**
 * What runs a model, whatever it runs on. A runner is one loaded model; a sequence is one growing
 * context in it. No method blocks the event loop.
 */

export interface Runner extends AsyncDisposable {
  /** Entries of the vocabulary, which is the length of one row of logits. */
  readonly vocabSize: number;
  /** Tokens of one sequence at most, prompt and completion together. */
  readonly contextTokensMax: number;
  openSequence(): Sequence;
}

export interface FeedOptions {
  /** `last`: logits of the last position, [vocabSize]. `all`: of every fed position, [ids.length × vocabSize]. */
  readonly logits: 'last' | 'all';
  /** Long inputs run in chunks; between two of them an abort takes effect and `feed` rejects. */
  readonly signal?: AbortSignal;
}

export interface Sequence extends AsyncDisposable {
  /** Tokens fed so far. */
  readonly length: number;
  /**
   * Appends token ids to the context.
   * @returns float32 logits, row-major; the caller owns the array.
   * @throws DrydockError WORKER_CONTEXT_EXCEEDED when the sequence would grow past `contextTokensMax`,
   *   WORKER_CANCELLED on abort (the sequence is then unusable), WORKER_RUN_FAILED when the runtime fails.
   */
  feed(ids: readonly number[], options: FeedOptions): Promise<Float32Array>;
}
