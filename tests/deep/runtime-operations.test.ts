/** The worker's runners under many random operations: whatever happens around a sequence, it gives the bits that it gives alone. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kv2Keys, kv2Tensors, modelBytes } from '../unit/worker/model-variants.ts';
import { kinds, tinyRunnerOfBlock } from '../unit/worker/open-tiny-runner.ts';
import { fixtureFile } from '../unit/worker/references.ts';
import { firstDifference, operations } from '../unit/worker/runtime/any-operations.ts';
import { differenceOfPlan, prefixPlans } from '../unit/worker/runtime/both-ways.ts';

describe.each(kinds)('on the %s runner', (kind) => {
  describe.each([
    { what: 'floats', model: fixtureFile('model.gguf'), chunkTokens: 1 },
    { what: '8 bits', model: fixtureFile('model-mixed.gguf'), chunkTokens: 8 },
    { what: 'two kv heads', model: modelBytes(kv2Keys, kv2Tensors()), chunkTokens: 5 },
    { what: 'chunks longer than the window', model: fixtureFile('model.gguf'), chunkTokens: 30 },
  ])('with $what', ({ model, chunkTokens }) => {
    const shape = { chunkTokens, contextTokensMax: 90 };
    const runner = tinyRunnerOfBlock(model, { ...shape, kind, sequencesMax: 8 });
    const alone = tinyRunnerOfBlock(model, { ...shape, kind: 'native' });

    test('operations in any order give every sequence the bits that it gives alone', async () => {
      const property = fc.asyncProperty(operations, async (list) => {
        expect(await firstDifference(runner(), { alone: alone(), list })).toBeUndefined();
      });
      await fc.assert(property, { numRuns: 150 });
    });
  });

  test('a cached prefix gives the same bits, for any chunk, context and number of chunks', async () => {
    const property = fc.asyncProperty(prefixPlans, async (plan) => {
      expect(await differenceOfPlan(kind, plan)).toBeUndefined();
    });
    await fc.assert(property, { numRuns: kind === 'native' ? 600 : 60 });
  });
});
