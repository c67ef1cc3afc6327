/** How far one distribution of the next token is from another. In double precision over the whole vocabulary. Pure. */

export interface Divergence {
  /** Whether both find the same token likeliest. */
  readonly isSameBest: boolean;
  /** Kullback-Leibler, the candidate's from the reference's, in nats. */
  readonly kl: number;
}

/** @throws TypeError for rows of different lengths, RangeError for logits that are not finite. */
export function divergence(reference: Float32Array, candidate: Float32Array): Divergence {
  if (reference.length !== candidate.length) {
    throw new TypeError(`${reference.length} logits against ${candidate.length}`);
  }
  const ours = normalizer(reference);
  const theirs = normalizer(candidate);
  let kl = 0;
  for (let id = 0; id < reference.length; id++) {
    const logprob = (reference[id] ?? 0) - ours.total;
    kl += Math.exp(logprob) * (logprob - ((candidate[id] ?? 0) - theirs.total));
  }
  if (!Number.isFinite(kl)) throw new RangeError('a row of logits holds no finite numbers');
  return { isSameBest: ours.best === theirs.best, kl };
}

function normalizer(logits: Float32Array): { readonly best: number; readonly total: number } {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if ((logits[id] ?? 0) > (logits[best] ?? 0)) best = id;
  const largest = logits[best] ?? 0;
  let sum = 0;
  for (let id = 0; id < logits.length; id++) sum += Math.exp((logits[id] ?? 0) - largest);
  return { best, total: largest + Math.log(sum) };
}
