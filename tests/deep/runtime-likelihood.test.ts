/** The real model on 700 tokens of ordinary text, beside float32 likelihoods of the same weights. */

import { describe, expect, test } from 'vitest';
import { missing } from '../require.ts';
import { openBuilt, type TinyOptions } from '../unit/worker/open-tiny-runner.ts';
import { argmax } from '../unit/worker/references.ts';
import { likelihoods, negativeLogLikelihood } from '../unit/worker/runtime/likelihoods.ts';
import { needRealModel } from '../unit/worker/text/vocabularies.ts';

const { ids } = likelihoods;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('699 likelihoods', () => {
  test.for<{ what: string; options: TinyOptions }>([
    { what: 'of the graph that ships', options: {} },
    { what: 'of the portable runner', options: { kind: 'portable' } },
    { what: 'without loss', options: { weights: 'lossless' } },
    { what: 'with a 4-bit head and a shortlist', options: { head: '4-bit', shortlistTokens: 64 } },
  ])('$what are on average within 1 % of float32', async ({ options }, context) => {
    const { file } = needRealModel((note) => missing(context, note));
    await using runner = await openBuilt(file, { contextTokensMax: 1024, ...options });
    using sequence = runner.openSequence();
    const found: number[] = [];
    let agreeing = 0;
    for (let at = 0; at < ids.length; at += runner.chunkTokens) {
      const part = ids.slice(at, at + runner.chunkTokens);
      const logits = await runner.prefill(sequence, part, { logits: 'all' });
      for (const index of part.keys()) {
        const row = logits.subarray(index * runner.vocabSize, (index + 1) * runner.vocabSize);
        if (argmax(row) === likelihoods.argmax[at + index]) agreeing++;
        const next = ids[at + index + 1];
        if (next !== undefined) found.push(negativeLogLikelihood(row, next));
      }
    }
    expect(found).toHaveLength(699);
    const expected = mean(likelihoods.nll);
    expect(expected).toBeCloseTo(3.0671, 3);
    expect(Math.abs(mean(found) / expected - 1)).toBeLessThan(0.01);
    // llama.cpp keeps 106 of 112 of these best tokens.
    expect(agreeing / ids.length).toBeGreaterThan(0.93);
  });
});
