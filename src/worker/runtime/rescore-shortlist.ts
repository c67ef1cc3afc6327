/**
 * Gives the likeliest tokens of each row their logits anew, from the hidden state in float32 and the model file's own rows: the graph's
 * output matrix, which rounds both, then only has to find them. Tokens that it ranks below the shortlist keep its logits.
 */

import type { EmbeddingRows } from './embedding-rows.ts';
import type { StepResult } from './graph-session.ts';

/** Changes the logits in place. */
export type Rescore = (result: StepResult) => void;

export interface RescoreOptions {
  readonly vocabSize: number;
  readonly hidden: number;
  /** Rows of the output matrix as the model file has them. */
  readonly matrix: EmbeddingRows;
  /** Tokens of each row that are scored anew. */
  readonly tokens: number;
}

export function createRescore({ vocabSize, hidden, matrix, tokens }: RescoreOptions): Rescore {
  const shortlist = createShortlist(tokens);
  return ({ logits, hidden: states }) => {
    for (let row = 0; row * vocabSize < logits.length; row++) {
      const scores = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
      const state = states.subarray(row * hidden, (row + 1) * hidden);
      const ids = shortlist(scores);
      const weights = matrix.read(ids);
      for (let index = 0; index < ids.length; index++) {
        let sum = 0;
        for (let i = 0, at = index * hidden; i < hidden; i++, at++)
          sum += (state[i] ?? 0) * (weights[at] ?? 0);
        scores[ids[index] ?? 0] = sum;
      }
    }
  };
}

/**
 * Finds the ids of the `count` largest values, NaN being the least. A heap with the smallest of them on top: nearly every value is turned
 * away by one comparison.
 */
function createShortlist(count: number): (scores: Float32Array) => Int32Array {
  const ids = new Int32Array(count);
  const values = new Float32Array(count);
  return (scores) => {
    const size = Math.min(count, scores.length);
    for (let id = 0; id < size; id++) {
      ids[id] = id;
      const score = scores[id] ?? 0;
      values[id] = Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score;
    }
    for (let at = (size >> 1) - 1; at >= 0; at--) sink(ids, values, { at, size });
    let least = values[0] ?? 0;
    const offer = (id: number) => {
      const score = scores[id] ?? 0;
      // So written that NaN is turned away.
      if (!(score > least)) return;
      ids[0] = id;
      values[0] = score;
      sink(ids, values, { at: 0, size });
      least = values[0] ?? 0;
    };
    let id = size;
    for (; id + 8 <= scores.length; id += 8) {
      if (!isAnyAbove(scores, id, least)) continue;
      for (let at = id; at < id + 8; at++) offer(at);
    }
    for (; id < scores.length; id++) offer(id);
    return ids.subarray(0, size);
  };
}

/** Whether one of eight is. One compound condition for them is twice as fast as eight. */
function isAnyAbove(scores: Float32Array, at: number, least: number): boolean {
  return (
    (scores[at] ?? 0) > least ||
    (scores[at + 1] ?? 0) > least ||
    (scores[at + 2] ?? 0) > least ||
    (scores[at + 3] ?? 0) > least ||
    (scores[at + 4] ?? 0) > least ||
    (scores[at + 5] ?? 0) > least ||
    (scores[at + 6] ?? 0) > least ||
    (scores[at + 7] ?? 0) > least
  );
}

function sink(
  ids: Int32Array,
  values: Float32Array,
  place: { readonly at: number; readonly size: number },
): void {
  let { at } = place;
  const id = ids[at] ?? 0;
  const value = values[at] ?? 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= place.size) break;
    if (child + 1 < place.size && (values[child + 1] ?? 0) < (values[child] ?? 0)) child++;
    if ((values[child] ?? 0) >= value) break;
    ids[at] = ids[child] ?? 0;
    values[at] = values[child] ?? 0;
    at = child;
  }
  ids[at] = id;
  values[at] = value;
}
