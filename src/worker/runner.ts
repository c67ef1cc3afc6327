/**
 * What runs a model, whatever it runs on. A runner is one loaded graph with room for a number of sequences; who runs when is
 * the scheduler's business. One call runs at a time; none blocks the event loop. What a sequence computes does not
 * depend, to the bit, on what else runs or ran.
 */

export interface Runner extends AsyncDisposable {
  readonly kind: 'native' | 'portable';
  /** Entries of the vocabulary, which is the length of one row of logits. */
  readonly vocabSize: number;
  /** Positions of one sequence at most, prompt and completion together. */
  readonly contextTokensMax: number;
  /** Sequences that may be open at once. */
  readonly sequencesMax: number;
  /** A prompt runs in chunks whose borders stand at multiples of this, counted from position 0. */
  readonly chunkTokens: number;
  /** Memory that the keys and values of one position take in a `KvChunk`. */
  readonly positionBytes: number;
  /** @throws TypeError when `sequencesMax` are open. */
  openSequence(): Sequence;
  /**
   * Appends tokens of a prompt. They may not cross a chunk border.
   * @returns float32 logits, row-major: none, the last position's [1, vocabSize], or [ids.length, vocabSize]. The array is
   *   the runner's, and holds until the next call.
   * @throws DrydockError WORKER_CONTEXT_EXCEEDED, WORKER_RUN_FAILED; WORKER_CANCELLED on abort, which may take effect in the
   *   middle (the sequence is unusable after either of the last two).
   */
  prefill(sequence: Sequence, ids: readonly number[], options: PrefillOptions): Promise<Float32Array>;
  /**
   * Appends one token to each of several sequences, all of them different.
   * @returns float32 logits [tokens.length, vocabSize], in the order of `tokens`. The array is the runner's, and holds until the
   *   next call.
   * @throws DrydockError WORKER_CONTEXT_EXCEEDED, WORKER_RUN_FAILED (the sequences are then unusable).
   */
  decode(tokens: readonly DecodeToken[]): Promise<Float32Array>;
}

export interface PrefillOptions {
  readonly logits: 'none' | 'last' | 'all';
  readonly signal?: AbortSignal;
}

export interface DecodeToken {
  readonly sequence: Sequence;
  readonly id: number;
}

export interface Sequence extends Disposable {
  /** Positions that it holds. */
  readonly length: number;
  /** Copies what the chunk that ends at `length`, a chunk border, has computed. */
  copyLastChunk(): Promise<KvChunk>;
  /** Takes over a chunk that some sequence with the same tokens up to its end computed. `length` must be its first position. */
  appendChunk(chunk: KvChunk): Promise<void>;
}

/** Keys and values of the positions of one chunk, in all layers. Memory is held until it is disposed. */
export interface KvChunk extends Disposable {
  /** Position of its first token. */
  readonly start: number;
  readonly bytes: number;
}
