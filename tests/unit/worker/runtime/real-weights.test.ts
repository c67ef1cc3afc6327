/**
 * The real model against float32 likelihoods of the same weights, at the start of a text and across the border of its 512-token
 * window. It rounds activations to 8 bits, and is held to what such an engine can reach (README of the fixture).
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';
import { openRunner } from '../../../../src/worker/runtime/open-runner.ts';
import { missing } from '../../../require.ts';
import { argmax } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';
import { fixtures, needRealModel } from '../text/vocabularies.ts';

const reference: {
  readonly ids: readonly number[];
  readonly nll: readonly number[];
  readonly argmax: readonly number[];
} = JSON.parse(readFileSync(join(fixtures, 'gemma3-270m/nll.json'), 'utf8'));

function negativeLogLikelihood(row: Float32Array, token: number): number {
  const best = row[argmax(row)] ?? 0;
  let sum = 0;
  for (const logit of row) sum += Math.exp(logit - best);
  return best + Math.log(sum) - (row[token] ?? 0);
}

describe('the real weights', () => {
  it('predict a text as the float32 reference does, to the noise of 8-bit activations', async (context) => {
    const { file } = needRealModel((note) => missing(context, note));
    // Built anew: a cached graph would be that of the builder as it was.
    const { dir } = await buildGraph({ modelFile: file, cacheDir: scratchDir() });
    await using runner = await openRunner({ modelFile: file, graphDir: dir });
    await using sequence = runner.openSequence();
    const differences: number[] = [];
    let agreeing = 0;
    // 32 positions at a time: a row of logits is a megabyte.
    for (let at = 0; at < 544; at += 32) {
      const isScored = at < 32 || at >= 480;
      const logits = await sequence.feed(reference.ids.slice(at, at + 32), {
        logits: isScored ? 'all' : 'last',
      });
      for (let i = 0; isScored && i < 32; i++) {
        const row = logits.subarray(i * runner.vocabSize, (i + 1) * runner.vocabSize);
        const expected = reference.nll[at + i] ?? Number.NaN;
        differences.push(negativeLogLikelihood(row, reference.ids[at + i + 1] ?? 0) - expected);
        if (argmax(row) === reference.argmax[at + i]) agreeing++;
      }
    }
    expect(differences).toHaveLength(96);
    const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.max(...differences.map(Math.abs))).toBeLessThan(0.8);
    expect(agreeing).toBeGreaterThanOrEqual(88);
  }, 60_000);
});
