/** One loaded graph, as a runner sees it: it runs a step over neighbouring slots of the cache it was opened with. */

export interface GraphStep {
  /** The batch stands in the slots from this one on. */
  readonly firstSlot: number;
  /** Positions that each sequence of the batch holds before the step. */
  readonly lengths: readonly number[];
  /** New positions of each sequence. */
  readonly seq: number;
  /** [lengths.length, seq, hidden]. */
  readonly embeddings: Float32Array;
  /** Which of the batch's new positions want logits, counted through the whole batch. */
  readonly rows: readonly number[];
}

export interface StepResult {
  /** [rows.length, vocabSize]; holds until the next run. */
  readonly logits: Float32Array;
  /** [rows.length, hidden]: what the logits were made of; holds until the next run. */
  readonly hidden: Float32Array;
}

export interface GraphSession extends AsyncDisposable {
  /** One run at a time. Rejects with an `AbortedRun` when the signal ended it. */
  run(step: GraphStep, signal?: AbortSignal): Promise<StepResult>;
}

/** The signal ended a run in the middle: its batch's slots hold nothing of use. */
export class AbortedRun extends Error {
  override readonly name = 'AbortedRun';
}

/**
 * MatMulNBits with blocks of 128 gives other last bits for odd than for even numbers of rows. They are padded to be even, so that a row's
 * logits do not depend on how many others there are.
 */
export function evenRows(rows: readonly number[]): readonly number[] {
  return rows.length % 2 === 0 ? rows : [...rows, rows.at(-1) ?? 0];
}
