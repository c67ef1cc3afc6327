/**
 * The float graph against reference logits, at every position and across the border of the 16-token window. A window one too
 * small would cost 5.7, one too large 4.1, a wrong rotation base 0.66 (README of the fixture).
 */

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelDirectory } from '../hugging-face/model-directory.ts';
import {
  asBf16,
  asF32,
  type FloatTensor,
  floatTensors,
  kv2Keys,
  kv2Tensors,
  linear8Keys,
  modelBytes,
  tinyKeys,
} from '../model-variants.ts';
import { kinds, openTinyRunner, tinyRunnerOfBlock } from '../open-tiny-runner.ts';
import {
  allRows,
  append,
  argmax,
  differingBits,
  fixtureFile,
  largestDifference,
  named,
  referenceRow,
  references,
  rowsOf,
} from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';

const tolerance = 1e-3;

/** Larger than any tolerance where the rows are not the reference's best tokens, too. */
function distanceFrom(
  { offset, argmax: best }: { readonly offset: number; readonly argmax: readonly number[] },
  rows: readonly Float32Array[],
  rowIndex: readonly number[] = best.map((_, position) => position),
): number {
  expect(rows.map(argmax)).toEqual(best);
  const distances = rowIndex.map((position, index) =>
    largestDifference(rows[position] ?? new Float32Array(0), referenceRow(offset, index)),
  );
  return Math.max(...distances);
}

describe.each(kinds)('the float graph on the %s runner', (kind) => {
  const runner = tinyRunnerOfBlock(fixtureFile('model.gguf'), { kind, sequencesMax: 3, chunkTokens: 16 });

  // A thread is slow to open, and the two kinds give the same bits (`batches.test.ts`): some of these do for it.
  const chunkings = { native: [128, 8, 5], portable: [5] }[kind];
  it.each(chunkings)('gives the reference logits at every position, in chunks of %i', async (chunkTokens) => {
    const shape = { kind, chunkTokens, contextTokensMax: 70 };
    const chunked = await openTinyRunner(fixtureFile('model.gguf'), shape);
    expect(references.sequences.map(({ ids }) => ids.length)).toEqual([8, 40, 70]);
    for (const sequence of references.sequences) {
      expect(distanceFrom(sequence, await allRows(chunked, sequence.ids))).toBeLessThan(tolerance);
    }
  });

  it.each([
    { how: 'in chunks of sixteen' },
    { how: 'in thirteens', step: 13 },
    { how: 'token by token, as a prompt', step: 1 },
    { how: 'token by token, as an answer', decodeFrom: 0 },
    { how: 'as a prompt of five and an answer', decodeFrom: 5 },
    { how: 'as a prompt of thirty-nine and an answer', decodeFrom: 39 },
  ])('gives the reference logits, computed $how', async ({ how: _, ...way }) => {
    for (const sequence of references.sequences) {
      expect(distanceFrom(sequence, await allRows(runner(), sequence.ids, way))).toBeLessThan(tolerance);
    }
  });

  it('gives the last position with `last`, and nothing with `none`', async () => {
    const { ids, offset } = named(references.sequences, 's70');
    using sequence = runner().openSequence();
    await append({ runner: runner(), sequence }, ids.slice(0, 32));
    const none = await runner().prefill(sequence, ids.slice(32, 37), { logits: 'none' });
    const last = await runner().prefill(sequence, ids.slice(37, 44), { logits: 'last' });
    expect([none.length, last.length, sequence.length]).toEqual([0, 512, 44]);
    expect(largestDifference(last, referenceRow(offset, 43))).toBeLessThan(tolerance);
  });

  it('takes a prompt’s next part after an answer has begun', async () => {
    const { ids, offset } = named(references.sequences, 's70');
    using sequence = runner().openSequence();
    await append({ runner: runner(), sequence }, ids.slice(0, 18));
    for (const id of ids.slice(18, 21)) await runner().decode([{ sequence, id }]);
    await append({ runner: runner(), sequence }, ids.slice(21, 69));
    const [row] = rowsOf(await runner().decode([{ sequence, id: ids[69] ?? 0 }]));
    expect(largestDifference(row ?? new Float32Array(0), referenceRow(offset, 69))).toBeLessThan(tolerance);
  });

  it('decodes sequences of different lengths at once', async () => {
    const runs = [
      { ...named(references.sequences, 's70'), from: 50 },
      { ...named(references.sequences, 's8'), from: 2 },
      { ...named(references.sequences, 's40'), from: 14 },
    ].map((run) => ({ ...run, sequence: runner().openSequence(), worst: 0 }));
    for (const { sequence, ids, from } of runs) {
      await append({ runner: runner(), sequence }, ids.slice(0, from));
    }
    for (;;) {
      const going = runs.filter(({ sequence, ids }) => sequence.length < ids.length);
      if (going.length === 0) break;
      const tokens = going.map(({ sequence, ids }) => ({ sequence, id: ids[sequence.length] ?? 0 }));
      const rows = rowsOf(await runner().decode(tokens));
      expect(rows).toHaveLength(going.length);
      for (const [index, run] of going.entries()) {
        const expected = referenceRow(run.offset, run.sequence.length - 1);
        run.worst = Math.max(run.worst, largestDifference(rows[index] ?? new Float32Array(0), expected));
      }
    }
    expect(Math.max(...runs.map(({ worst }) => worst))).toBeLessThan(tolerance);
    expect(runs.map(({ sequence }) => sequence.length)).toEqual([70, 8, 40]);
    for (const { sequence } of runs) sequence[Symbol.dispose]();
  });

  it('continues greedily as the reference does', async () => {
    const runs = references.greedy.filter(({ model }) => model === 'model');
    expect(runs).toHaveLength(3);
    for (const { promptIds, generatedIds } of runs) {
      using sequence = runner().openSequence();
      await append({ runner: runner(), sequence }, promptIds.slice(0, -1));
      let id = promptIds.at(-1) ?? 0;
      const generated: number[] = [];
      for (const _ of generatedIds) {
        id = argmax(await runner().decode([{ sequence, id }]));
        generated.push(id);
      }
      expect(generated).toEqual(generatedIds);
    }
  });

  const variants = [
    { name: 'linear8', what: 'linear rope scaling on the global layer', keys: linear8Keys },
    { name: 'mixed-s40', what: 'weights of seven types, dequantised' },
    { name: 'mixed-s70', what: 'weights of seven types, dequantised' },
    { name: 'kv2', what: 'two kv heads and a free layer pattern' },
  ];
  const modelOf = {
    linear8: () => modelBytes(linear8Keys, floatTensors('model.gguf')),
    mixed: () => fixtureFile('model-mixed.gguf'),
    kv2: () => modelBytes(kv2Keys, kv2Tensors()),
  };
  const shown = variants.filter(({ name }) => kind === 'native' || name === 'kv2');
  it.each(shown)('matches the reference $name: $what', async ({ name }) => {
    const model = modelOf[name.startsWith('mixed') ? 'mixed' : name === 'kv2' ? 'kv2' : 'linear8']();
    const opened = await openTinyRunner(model, { kind, weights: 'float', chunkTokens: 8 });
    const reference = named(references.variants, name);
    const { ids } = named(references.sequences, reference.sequence);
    for (const way of [{}, { step: 7 }, { decodeFrom: 3 }]) {
      const rows = await allRows(opened, ids, way);
      expect(distanceFrom(reference, rows, reference.rowIndex)).toBeLessThan(tolerance);
    }
  });
});

describe('the float graph of a directory', () => {
  it.each(['config.json', 'config-legacy.json'])('gives the reference logits by %s', async (config) => {
    const runner = await openTinyRunner(modelDirectory({ config }), { chunkTokens: 16 });
    const reference = named(references.sequences, 's70');
    expect(distanceFrom(reference, await allRows(runner, reference.ids))).toBeLessThan(tolerance);
  });

  it.each(['config-linear8.json', 'config-linear8-legacy.json'])(
    'gives the reference logits by %s',
    async (config) => {
      const runner = await openTinyRunner(modelDirectory({ config }), { chunkTokens: 16 });
      const reference = named(references.variants, 'linear8');
      const rows = await allRows(runner, named(references.sequences, reference.sequence).ids);
      expect(distanceFrom(reference, rows, reference.rowIndex)).toBeLessThan(tolerance);
    },
  );

  it('gives the reference logits of a model with two kv heads and a free layer pattern', async () => {
    const directory = scratchDir();
    for (const name of ['config.json', 'model.safetensors']) {
      copyFileSync(fixtureFile(`kv2/${name}`), join(directory, name));
    }
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
      copyFileSync(fixtureFile(name), join(directory, name));
    }
    const runner = await openTinyRunner(directory, { chunkTokens: 8 });
    const reference = named(references.variants, 'kv2');
    const rows = await allRows(runner, named(references.sequences, reference.sequence).ids, {
      decodeFrom: 20,
    });
    expect(distanceFrom(reference, rows, reference.rowIndex)).toBeLessThan(tolerance);
  });
});

describe('the float graph of bfloat16 weights', () => {
  it('computes the same bits as from the same weights in F32', async () => {
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
    expect(differingBits(await allRows(narrow, ids), await allRows(wide, ids))).toBeUndefined();
  });
});
