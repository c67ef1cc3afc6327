/**
 * From logits to one token: temperature, then top-k, top-p and min-p, in this order and each on what the one before has left, as
 * Hugging Face's processors run. vLLM applies min-p before the other two; it and Hugging Face keep all that equal the k-th
 * token, where we keep exactly k and of equals the lower ids.
 */

import type { Sampling } from '../../rpc/contract/generate.ts';
import type { Vocabulary } from '../vocabulary.ts';
import { indexOfLargest } from './largest-logit.ts';
import type { Random } from './random.ts';
import { SoftmaxDraw } from './softmax-draw.ts';
import { TopLogits } from './top-logits.ts';

export type Selector = (logits: Float32Array, random: Random) => number;

type Settings = Pick<Sampling, 'temperature' | 'topK' | 'topP' | 'minP'>;

/** One for all sequences of a model, for a choice never waits in the middle. */
const softmaxDraws = new WeakMap<Vocabulary, SoftmaxDraw>();

export function createSelector(vocabulary: Vocabulary, settings: Settings): Selector {
  const { temperature, topP, minP = 0 } = settings;
  if (temperature === 0) return indexOfLargest;
  // The smallest temperatures have no finite inverse; nothing but the best token has any weight there.
  const sharpness = Math.min(1 / temperature, 1e300);
  const vocabSize = vocabulary.tokens.length;
  const topK = settings.topK ?? vocabSize;
  if (topK < vocabSize) return selectAmongBest({ topK, topP, minP, sharpness });
  const softmax = softmaxDraws.get(vocabulary) ?? new SoftmaxDraw(vocabSize);
  softmaxDraws.set(vocabulary, softmax);
  return (logits, random) => {
    const largest = logits[indexOfLargest(logits)] ?? 0;
    return softmax.draw(logits, { largest, sharpness, topP, minP }, random);
  };
}

interface BestOptions {
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly sharpness: number;
}

function selectAmongBest({ topK, topP, minP, sharpness }: BestOptions): Selector {
  const best = new TopLogits(topK);
  const weights = new Float64Array(topK);
  return (logits, random) => {
    // Only this pass sees a NaN for certain.
    const largest = logits[indexOfLargest(logits)] ?? 0;
    const size = best.select(logits, topK);
    let total = 0;
    for (let at = 0; at < size; at++) {
      const weight = Math.exp(((best.logits[at] ?? 0) - largest) * sharpness);
      weights[at] = weight;
      total += weight;
    }
    const wanted = total * topP;
    let kept = 0;
    let reached = 0;
    while (kept < size && (reached < wanted || topP === 1) && (weights[kept] ?? 0) >= minP) {
      reached += weights[kept++] ?? 0;
    }
    let left = random.next() * reached;
    let at = 0;
    // Rounding may leave a rest behind the last one, which is then kept.
    for (; at < kept - 1; at++) {
      left -= weights[at] ?? 0;
      if (left < 0) break;
    }
    return best.ids[at] ?? 0;
  };
}
