/**
 * Chooses the next token from one row of logits. Temperature 0 takes the best one; otherwise the choice is drawn
 * from the softmax cut to its nucleus (top-p). It allocates nothing per token: one sampler serves all
 * sequences of a model, for a choice never waits in the middle.
 */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import type { Random } from './random.ts';

export interface ChooseOptions {
  /** 0 is greedy. */
  readonly temperature: number;
  /** The likeliest tokens that together reach this probability are kept; 1 keeps all. */
  readonly topP: number;
  readonly random: Random;
}

export interface Sampler {
  /** @throws DrydockError WORKER_RUN_FAILED when the logits hold NaN or no finite number. */
  choose(logits: Float32Array, options: ChooseOptions): number;
}

export function createSampler(vocabSize: number): Sampler {
  const weights = new Float64Array(vocabSize);
  const order = new Uint32Array(vocabSize);
  return {
    choose(logits, { temperature, topP, random }) {
      if (logits.length !== vocabSize) {
        throw new TypeError(`a row of logits has ${vocabSize} numbers, not ${logits.length}`);
      }
      const best = indexOfLargest(logits);
      if (temperature === 0) return best;
      const total = fillWeights(weights, logits, { largest: logits[best] ?? 0, temperature });
      const count = topP < 1 ? keepNucleus(order, weights, { total, topP }) : keepAll(order);
      return draw(order.subarray(0, count), weights, random);
    },
  };
}

/** The lowest id among equals. */
function indexOfLargest(logits: Float32Array): number {
  let best = -1;
  let largest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? 0;
    if (logit > largest) {
      largest = logit;
      best = id;
    } else if (Number.isNaN(logit)) throw badLogits();
  }
  if (best === -1 || largest === Number.POSITIVE_INFINITY) throw badLogits();
  return best;
}

/** Softmax without its division. The largest logit is taken off first, so no exponential overflows. */
function fillWeights(
  weights: Float64Array,
  logits: Float32Array,
  { largest, temperature }: { readonly largest: number; readonly temperature: number },
): number {
  let total = 0;
  for (let id = 0; id < weights.length; id++) {
    const weight = Math.exp(((logits[id] ?? 0) - largest) / temperature);
    weights[id] = weight;
    total += weight;
  }
  return total;
}

/**
 * Puts the fewest ids whose weights reach `wanted` to the front of `order`, and returns how many they are.
 * A heap gives them one by one: the nucleus is mostly a few hundred of 262,144, so sorting all would be waste.
 */
function keepNucleus(
  order: Uint32Array,
  weights: Float64Array,
  { total, topP }: { readonly total: number; readonly topP: number },
): number {
  const wanted = total * topP;
  // All tokens below this weight together weigh less than what the nucleus leaves out. Halved against rounding.
  const least = (total - wanted) / weights.length / 2;
  let size = 0;
  for (let id = 0; id < weights.length; id++) if ((weights[id] ?? 0) > least) order[size++] = id;
  for (let at = (size >> 1) - 1; at >= 0; at--) sink(order, weights, { at, size });
  let reached = 0;
  let end = size;
  // The heap shrinks from the back, which makes room there for what was taken, likeliest last.
  while (end > 0 && reached < wanted) {
    const id = order[0] ?? 0;
    reached += weights[id] ?? 0;
    end--;
    order[0] = order[end] ?? 0;
    order[end] = id;
    sink(order, weights, { at: 0, size: end });
  }
  order.copyWithin(0, end, size);
  return size - end;
}

function keepAll(order: Uint32Array): number {
  for (let id = 0; id < order.length; id++) order[id] = id;
  return order.length;
}

function sink(
  order: Uint32Array,
  weights: Float64Array,
  place: { readonly at: number; readonly size: number },
): void {
  let at = place.at;
  const id = order[at] ?? 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= place.size) break;
    if (child + 1 < place.size && isLikelier(weights, order[child + 1] ?? 0, order[child] ?? 0)) child++;
    if (!isLikelier(weights, order[child] ?? 0, id)) break;
    order[at] = order[child] ?? 0;
    at = child;
  }
  order[at] = id;
}

/** Equal weights keep the order of their ids, so the nucleus does not depend on how the heap was built. */
function isLikelier(weights: Float64Array, a: number, b: number): boolean {
  const difference = (weights[a] ?? 0) - (weights[b] ?? 0);
  return difference === 0 ? a < b : difference > 0;
}

function draw(ids: Uint32Array, weights: Float64Array, random: Random): number {
  let total = 0;
  for (const id of ids) total += weights[id] ?? 0;
  let left = random.next() * total;
  let chosen = ids[0] ?? 0;
  for (const id of ids) {
    const weight = weights[id] ?? 0;
    if (weight === 0) continue;
    // Rounding may leave a rest behind the last one, so the last one that has any weight is kept.
    chosen = id;
    left -= weight;
    if (left < 0) break;
  }
  return chosen;
}

function badLogits(): DrydockError {
  return new DrydockError<WorkerErrorCode>(
    'WORKER_RUN_FAILED',
    'could not choose a token: the model gave logits that are no numbers; check the model file',
  );
}
