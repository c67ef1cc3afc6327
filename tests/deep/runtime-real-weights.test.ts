/**
 * The real model against float32 likelihoods of the same weights, at the start of a text and across the border of its 512-token
 * window. It rounds activations to 8 bits, and is held to what such an engine can reach (README of the fixture).
 */

import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../src/worker/graph/build-graph-runtime.ts';
import type { Runner } from '../../src/worker/runner.ts';
import { openRunner } from '../../src/worker/runtime/open-runner.ts';
import { missing } from '../require.ts';
import { argmax, differingBits, rowsOf } from '../unit/worker/references.ts';
import { likelihoods, negativeLogLikelihood } from '../unit/worker/runtime/likelihoods.ts';
import { scratchDir } from '../unit/worker/scratch-dir.ts';
import { needRealModel } from '../unit/worker/text/vocabularies.ts';

type Part = readonly [from: number, to: number, logits: 'all' | 'none'];

const start: readonly Part[] = [[0, 32, 'all']];
/** On to the window's border and across it. */
const whole: readonly Part[] = [
  ...start,
  [32, 128, 'none'],
  [128, 256, 'none'],
  [256, 384, 'none'],
  [384, 480, 'none'],
  [480, 512, 'all'],
  [512, 536, 'all'],
];

/** Rows of the parts that want them, and of eight tokens of an answer. */
async function scoredRows(runner: Runner, parts: readonly Part[]): Promise<Float32Array[]> {
  using sequence = runner.openSequence();
  const rows: Float32Array[] = [];
  for (const [from, to, logits] of parts) {
    const ids = likelihoods.ids.slice(from, to);
    rows.push(...rowsOf(await runner.prefill(sequence, ids, { logits }), runner.vocabSize));
  }
  for (const id of likelihoods.ids.slice(sequence.length, sequence.length + 8)) {
    rows.push((await runner.decode([{ sequence, id }])).slice());
  }
  return rows;
}

describe('the real weights', () => {
  it('predict a text as the float32 reference does, to the noise of 8-bit activations', async (context) => {
    const { file: modelFile } = needRealModel((note) => missing(context, note));
    // Built anew: a cached graph would be that of the builder as it was.
    const { dir: graphDir } = await buildGraph({ modelFile, cacheDir: scratchDir() });
    const shape = { modelFile, graphDir, contextTokensMax: 1024 };
    await using runner = await openRunner({ ...shape, kind: 'native' });
    await using portable = await openRunner({ ...shape, kind: 'portable' });
    const short = await scoredRows(runner, start);
    expect(differingBits(await scoredRows(portable, start), short)).toBeUndefined();
    const native = await scoredRows(runner, whole);
    expect(differingBits(short.slice(0, 32), native.slice(0, 32))).toBeUndefined();
    const positions = Array.from({ length: 96 }, (_, i) => (i < 32 ? i : 480 + i - 32)).slice(
      0,
      native.length,
    );
    expect(native).toHaveLength(96);
    const differences = positions.map((position, index) => {
      const row = native[index] ?? new Float32Array(0);
      const next = likelihoods.ids[position + 1] ?? 0;
      return negativeLogLikelihood(row, next) - (likelihoods.nll[position] ?? Number.NaN);
    });
    const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.max(...differences.map(Math.abs))).toBeLessThan(0.8);
    const agreeing = positions.filter(
      (position, index) => argmax(native[index] ?? new Float32Array(0)) === likelihoods.argmax[position],
    );
    expect(agreeing.length).toBeGreaterThanOrEqual(88);
  }, 60_000);
});
