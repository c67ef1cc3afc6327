/** How a graph is to be built of a model, and the word for it in names of the cache: what differs has different words. */

import { calibrationDigest } from './calibration-text.ts';
import type { BlockSize, WeightScheme } from './weight-scheme.ts';

export interface GraphOptions {
  /** Default `auto`. */
  readonly weights?: WeightScheme;
  /** Elements that share a scale where the scheme is free to choose. Default: what the graph's planner finds best. */
  readonly block?: BlockSize;
  /** `4-bit`: the output matrix has 4 bits whatever the scheme, for a shortlist that is then scored again. Default `as-weights`. */
  readonly head?: 'as-weights' | '4-bit';
}

/** Their graphs may depend on what was read while they were built. */
const mayBeSmoothed: ReadonlySet<WeightScheme> = new Set(['auto', '8-bit']);

/** Small letters and digits alone: it stands between dashes. */
export function graphVariant({ weights = 'auto', block, head = 'as-weights' }: GraphOptions): string {
  const words = [
    weights,
    ...(block === undefined ? [] : [`b${block}`]),
    ...(head === '4-bit' ? ['h4'] : []),
    ...(mayBeSmoothed.has(weights) ? [`c${calibrationDigest()}`] : []),
  ];
  return words.join('').replaceAll('-', '');
}
