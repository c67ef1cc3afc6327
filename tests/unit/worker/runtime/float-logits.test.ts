/**
 * The float graph against reference logits, at every position and across the border of the 16-token window. A window one too
 * small would cost 5.7, one too large 4.1, a wrong rotation base 0.66 (README of the fixture).
 */

import { describe, expect, it } from 'vitest';
import {
  asBf16,
  asF32,
  type FloatTensor,
  floatTensors,
  kv2Keys,
  kv2Tensors,
  linear8Keys,
  mixedKeys,
  modelBytes,
  tinyKeys,
} from '../model-variants.ts';
import { openTinyRunner } from '../open-tiny-runner.ts';
import {
  allRows,
  argmax,
  fixtureFile,
  largestDifference,
  named,
  referenceRow,
  references,
} from '../references.ts';

const tolerance = 1e-3;

describe('the float graph', () => {
  it.each([
    { how: 'at once', step: 1000, chunkTokens: 128 },
    { how: 'token by token', step: 1, chunkTokens: 128 },
    { how: 'in sevens', step: 7, chunkTokens: 128 },
    { how: 'at once, in chunks of five', step: 1000, chunkTokens: 5 },
    { how: 'in thirteens, in chunks of sixteen', step: 13, chunkTokens: 16 },
  ])('gives the reference logits at every position, fed $how', async ({ step, chunkTokens }) => {
    const runner = await openTinyRunner(fixtureFile('model.gguf'), { chunkTokens });
    expect(references.sequences.map(({ ids }) => ids.length)).toEqual([8, 40, 70]);
    for (const { ids, offset, argmax: best } of references.sequences) {
      const rows = await allRows(runner, ids, step);
      expect(rows.map(argmax)).toEqual(best);
      for (const [position, row] of rows.entries()) {
        expect(largestDifference(row, referenceRow(offset, position))).toBeLessThan(tolerance);
      }
    }
  });

  it('gives with `last` the last row of `all`', async () => {
    const runner = await openTinyRunner(fixtureFile('model.gguf'), { chunkTokens: 16 });
    const { ids, offset } = named(references.sequences, 's70');
    await using sequence = runner.openSequence();
    const first = await sequence.feed(ids.slice(0, 37), { logits: 'last' });
    const last = await sequence.feed(ids.slice(37), { logits: 'last' });
    expect(sequence.length).toBe(70);
    expect(largestDifference(first, referenceRow(offset, 36))).toBeLessThan(tolerance);
    expect(largestDifference(last, referenceRow(offset, 69))).toBeLessThan(tolerance);
  });

  it('continues greedily as the reference does', async () => {
    const runner = await openTinyRunner(fixtureFile('model.gguf'));
    const runs = references.greedy.filter(({ model }) => model === 'model');
    expect(runs).toHaveLength(3);
    for (const { promptIds, generatedIds } of runs) {
      await using sequence = runner.openSequence();
      let logits = await sequence.feed(promptIds, { logits: 'last' });
      const generated: number[] = [];
      for (const _ of generatedIds) {
        const token = argmax(logits);
        generated.push(token);
        logits = await sequence.feed([token], { logits: 'last' });
      }
      expect(generated).toEqual(generatedIds);
    }
  });

  const variants = [
    {
      name: 'linear8',
      what: 'linear rope scaling on the global layer',
      keys: linear8Keys,
      from: 'model.gguf',
    },
    { name: 'mixed-s40', what: 'dequantised weights', keys: mixedKeys, from: 'model-mixed.gguf' },
    { name: 'mixed-s70', what: 'dequantised weights', keys: mixedKeys, from: 'model-mixed.gguf' },
    { name: 'kv2', what: 'two kv heads and a free layer pattern', keys: kv2Keys, from: undefined },
  ];
  it.each(variants)('matches the reference $name: $what', async ({ name, keys, from }) => {
    const tensors = from === undefined ? kv2Tensors() : floatTensors(from);
    const runner = await openTinyRunner(modelBytes(keys, tensors));
    const { sequence, rowIndex, offset, argmax: best } = named(references.variants, name);
    for (const step of [1000, 7, 1]) {
      const rows = await allRows(runner, named(references.sequences, sequence).ids, step);
      expect(rows.map(argmax)).toEqual(best);
      for (const [index, position] of rowIndex.entries()) {
        const row = rows[position] ?? new Float32Array(0);
        expect(largestDifference(row, referenceRow(offset, index))).toBeLessThan(tolerance);
      }
    }
  });

  it('computes the same bits from BF16 as from the same weights in F32', async () => {
    const isMatrix = (tensor: FloatTensor) => tensor.shape.length === 2;
    const rounded = floatTensors('model.gguf').map((tensor) => {
      const words = new Uint32Array(tensor.values.slice().buffer).map((word) => word & 0xffff_0000);
      return isMatrix(tensor) ? { ...tensor, values: new Float32Array(words.buffer) } : tensor;
    });
    const inBf16 = modelBytes(tinyKeys, rounded, (tensor) => (isMatrix(tensor) ? asBf16 : asF32)(tensor));
    const { ids } = named(references.sequences, 's40');
    const [wide, narrow] = [
      await openTinyRunner(modelBytes(tinyKeys, rounded)),
      await openTinyRunner(inBf16),
    ];
    expect(await allRows(narrow, ids)).toEqual(await allRows(wide, ids));
  });
});
