/**
 * Draws from the softmax of a whole row, cut to its nucleus (top-p) and by min-p, without an exponential per token. The logits are
 * counted into narrow buckets; a bucket is drawn by what its tokens weigh at most, a token of it at random, and the token is
 * taken with the share of that bound which it really weighs (rejection sampling): what comes out has exactly the softmax's
 * probabilities. It repeats itself for the same numbers, but is no inversion of the cumulative sum.
 */

import { Nucleus, type NucleusOptions } from './nucleus.ts';
import type { Random } from './random.ts';

/** At 64 buckets to a factor of e, a drawn token is taken at once 98 times of 100 or more. */
const bucketsPerNat = 64;
/** exp(-50): 262,144 tokens below it weigh less together than the last of the 53 bits of a draw. */
const reach = 50 * bucketsPerNat;
/** What a bucket's tokens weigh at most, the likeliest token being 1; the next entry is what they weigh at least. */
const bound = Float64Array.from({ length: reach + 1 }, (_, bucket) => Math.exp(-bucket / bucketsPerNat));
/** Rounding in sums of a few thousand numbers stays far below this. */
const slack = 1e-9;
const attemptsMax = 8;

export class SoftmaxDraw {
  readonly #vocabSize: number;
  readonly #counts = new Uint32Array(reach);
  #nucleus: Nucleus | undefined;

  constructor(vocabSize: number) {
    this.#vocabSize = vocabSize;
  }

  draw(logits: Float32Array, options: NucleusOptions, random: Random): number {
    const { largest, topP, minP } = options;
    const scale = options.sharpness * bucketsPerNat;
    this.#count(logits, largest, scale);
    const { least, most } = this.#total();
    const end = Math.min(topP < 1 ? this.#nucleusEnd(topP * most) : reach, minPEnd(minP));
    let envelope = 0;
    for (let bucket = 0; bucket < end; bucket++)
      envelope += (this.#counts[bucket] ?? 0) * (bound[bucket] ?? 0);
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const { bucket, nth, before } = this.#pick(random.next() * envelope, end);
      const id = findNth(logits, { largest, scale, bucket, nth });
      const weight = Math.exp(((logits[id] ?? 0) - largest) * options.sharpness);
      if (random.next() * (bound[bucket] ?? 0) >= weight || weight < minP) continue;
      // Every likelier token lies in this bucket or before it: where even these do not reach top-p, this token belongs.
      const atMost = before + (this.#counts[bucket] ?? 0) * (bound[bucket] ?? 0);
      if (topP === 1 || atMost * (1 + slack) < topP * least) return id;
      const nucleus = this.#cut(logits, options);
      return nucleus.has(id) ? id : nucleus.draw(random);
    }
    return this.#cut(logits, options).draw(random);
  }

  #count(logits: Float32Array, largest: number, scale: number): void {
    const counts = this.#counts;
    counts.fill(0);
    for (let id = 0; id < logits.length; id++) {
      const distance = (largest - (logits[id] ?? 0)) * scale;
      if (distance < reach) counts[distance | 0] = (counts[distance | 0] ?? 0) + 1;
    }
  }

  /** Bounds of the softmax's denominator. */
  #total(): { readonly least: number; readonly most: number } {
    let least = 0;
    let most = 0;
    for (let bucket = 0; bucket < reach; bucket++) {
      const count = this.#counts[bucket] ?? 0;
      least += count * (bound[bucket + 1] ?? 0);
      most += count * (bound[bucket] ?? 0);
    }
    return { least, most };
  }

  /** The first bucket that the nucleus cannot reach into. */
  #nucleusEnd(wantedAtMost: number): number {
    let atLeast = 0;
    for (let bucket = 0; bucket < reach; bucket++) {
      if (atLeast * (1 - slack) >= wantedAtMost) return bucket;
      atLeast += (this.#counts[bucket] ?? 0) * (bound[bucket + 1] ?? 0);
    }
    return reach;
  }

  /** @param point of the line on which the buckets lie one after the other, each as long as its tokens weigh at most. */
  #pick(
    point: number,
    end: number,
  ): { readonly bucket: number; readonly nth: number; readonly before: number } {
    let before = 0;
    let last = { bucket: 0, nth: 0, before: 0 };
    for (let bucket = 0; bucket < end; bucket++) {
      const count = this.#counts[bucket] ?? 0;
      if (count === 0) continue;
      const each = bound[bucket] ?? 0;
      const nth = Math.min(Math.floor((point - before) / each), count - 1);
      if (point < before + count * each) return { bucket, nth, before };
      // Rounding may leave a rest behind the last one, which is then kept.
      last = { bucket, nth, before };
      before += count * each;
    }
    return last;
  }

  #cut(logits: Float32Array, options: NucleusOptions): Nucleus {
    this.#nucleus ??= new Nucleus(this.#vocabSize);
    this.#nucleus.cut(logits, options);
    return this.#nucleus;
  }
}

/** The first bucket in which every token is below min-p. */
function minPEnd(minP: number): number {
  return minP === 0 ? reach : Math.min(reach, Math.floor(-Math.log(minP) * bucketsPerNat + slack) + 1);
}

function findNth(
  logits: Float32Array,
  place: { readonly largest: number; readonly scale: number; readonly bucket: number; readonly nth: number },
): number {
  const { largest, scale, bucket } = place;
  let left = place.nth;
  for (let id = 0; id < logits.length; id++) {
    const distance = (largest - (logits[id] ?? 0)) * scale;
    if (distance >= bucket && distance < bucket + 1 && left-- === 0) return id;
  }
  throw new RangeError(`bucket ${bucket} has no entry ${place.nth}`);
}
