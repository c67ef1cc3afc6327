/** Sequences that come, run together, are copied and go in any order each compute what they compute alone. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kv2Keys, kv2Tensors, modelBytes } from '../model-variants.ts';
import { kinds, tinyRunnerOfBlock } from '../open-tiny-runner.ts';
import { fixtureFile } from '../references.ts';
import { firstDifference, operations } from './any-operations.ts';

describe.each(kinds)('operations on the %s runner', (kind) => {
  const models = [
    { what: 'of 8 bits', model: fixtureFile('model-mixed.gguf'), chunkTokens: 8 },
    { what: 'with two kv heads', model: modelBytes(kv2Keys, kv2Tensors()), chunkTokens: 5 },
  ];
  // A thread is slow to open: one of them does for it.
  describe.each(models.slice(kind === 'native' ? 0 : 1))('and a model $what', ({ model, chunkTokens }) => {
    const shape = { chunkTokens, contextTokensMax: 64 };
    const runner = tinyRunnerOfBlock(model, { ...shape, kind, sequencesMax: 5 });
    const alone = tinyRunnerOfBlock(model, { ...shape, kind: 'native' });

    it('give every sequence the bits that it gives alone', async () => {
      const property = fc.asyncProperty(operations, async (list) => {
        expect(await firstDifference(runner(), { alone: alone(), list })).toBeUndefined();
      });
      await fc.assert(property, { numRuns: 6 });
    });
  });
});
