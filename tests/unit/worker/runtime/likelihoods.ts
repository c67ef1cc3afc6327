/** Float32 likelihoods of 700 tokens of ordinary text under the real weights (`tests/fixtures/gemma3-270m`). */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argmax } from '../references.ts';
import { fixtures } from '../text/vocabularies.ts';

export const likelihoods: {
  readonly ids: readonly number[];
  /** Of token `i + 1`, given those up to `i`. */
  readonly nll: readonly number[];
  readonly argmax: readonly number[];
} = JSON.parse(readFileSync(join(fixtures, 'gemma3-270m/nll.json'), 'utf8'));

export function negativeLogLikelihood(row: Float32Array, token: number): number {
  const best = row[argmax(row)] ?? 0;
  let sum = 0;
  for (const logit of row) sum += Math.exp(logit - best);
  return best + Math.log(sum) - (row[token] ?? 0);
}
