/**
 * A sequence that takes over chunks which another has computed goes on as if it had computed them: bit for bit, across the window and
 * wherever a local layer drops rows, after either has been moved.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kinds, tinyRunnerOfBlock } from '../open-tiny-runner.ts';
import { differingBits, fixtureFile } from '../references.ts';
import { bothWays, chunksOf, continued, differenceOfPlan, prefixPlans } from './both-ways.ts';

describe('a cached prefix', () => {
  // A thread is slow to open: `tests/deep` does the same with the portable runner.
  it('gives the same bits, for any chunk, context and number of chunks', async () => {
    const property = fc.asyncProperty(prefixPlans, async (plan) => {
      expect(await differenceOfPlan('native', plan)).toBeUndefined();
    });
    await fc.assert(property, { numRuns: 15 });
  });
});

describe.each(kinds)('a cached prefix on the %s runner', (kind) => {
  describe('in chunks of eight', () => {
    const runner = tinyRunnerOfBlock(fixtureFile('model.gguf'), {
      kind,
      chunkTokens: 8,
      sequencesMax: 3,
      contextTokensMax: 160,
    });

    // The window is 16 and the slack 8: rows are first dropped beyond position 23, then every 8.
    it.each([
      { chunks: 2, restored: 2, decoded: 1 },
      { chunks: 2, restored: 2, decoded: 9 },
      { chunks: 3, restored: 3, decoded: 9 },
      { chunks: 12, restored: 3, decoded: 3 },
      { chunks: 12, restored: 12, decoded: 20 },
      { chunks: 17, restored: 9, decoded: 20 },
    ])('gives the same bits after $restored of $chunks chunks', async (plan) => {
      const { computed, taken } = await bothWays(runner(), plan);
      expect(computed).toHaveLength(4 + plan.decoded);
      expect(differingBits(taken, computed)).toBeUndefined();
    });

    it('serves many, after the sequence that it comes from is gone', async () => {
      const source = runner().openSequence();
      const chunks = await chunksOf(runner(), source, 4);
      source[Symbol.dispose]();
      const answers: Float32Array[][] = [];
      for (let round = 0; round < 3; round++) {
        using sequence = runner().openSequence();
        for (const chunk of chunks) await sequence.appendChunk(chunk);
        answers.push(await continued(runner(), sequence, 4));
      }
      expect(differingBits(answers[1] ?? [], answers[0] ?? [])).toBeUndefined();
      expect(differingBits(answers[2] ?? [], answers[0] ?? [])).toBeUndefined();
      expect(chunks.map(({ start }) => start)).toEqual([0, 8, 16, 24]);
    });

    it('says how much memory a chunk takes', async () => {
      using sequence = runner().openSequence();
      const [chunk] = await chunksOf(runner(), sequence, 1);
      // Keys and values of six layers, one head of 16 floats.
      expect(runner().positionBytes).toBe(2 * 6 * 16 * 4);
      expect(chunk?.bytes).toBe(8 * runner().positionBytes);
    });
  });
});
