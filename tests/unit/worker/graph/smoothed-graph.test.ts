/**
 * Smoothing changes no result in float32, whatever the factors; and the factors that a build measures make large blocks of 8 bits err
 * less. Graphs are run, because a factor on the wrong side shows nowhere else.
 */

import { readFileSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeWeights } from '../../../../src/worker/graph/describe-weights.ts';
import { planGemma3Graph } from '../../../../src/worker/graph/gemma3-graph.ts';
import type { GraphOptions } from '../../../../src/worker/graph/graph-variant.ts';
import { headInput, layerInputs, smoothedInputs } from '../../../../src/worker/graph/matrix-targets.ts';
import { measureFactors } from '../../../../src/worker/graph/measure-factors-runtime.ts';
import { encodeOnnxModel } from '../../../../src/worker/graph/onnx-model.ts';
import type { SmoothingFactors } from '../../../../src/worker/graph/smoothing.ts';
import { writeWeights } from '../../../../src/worker/graph/write-weights-runtime.ts';
import { type ModelSource, openModelSource } from '../../../../src/worker/model-source.ts';
import { openRunner } from '../../../../src/worker/runtime/open-runner.ts';
import {
  dequantised,
  floatTensors,
  kv2Keys,
  kv2Tensors,
  mixedKeys,
  modelBytes,
  tinyKeys,
} from '../model-variants.ts';
import { allRows, fixtureFile, largestDifference, named, references } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';

const { ids } = named(references.sequences, 's70');

/** Logits of a text, the last ten positions decoded. */
async function rowsWith(
  source: ModelSource,
  options: GraphOptions,
  factors?: SmoothingFactors,
): Promise<readonly Float32Array[]> {
  const graphDir = scratchDir();
  const plan = planGemma3Graph(source, options, factors);
  await writeFile(join(graphDir, 'model.onnx'), encodeOnnxModel(plan.model));
  {
    await using data = await open(join(graphDir, 'weights.bin'), 'w');
    await writeWeights(source, plan, { data, onProgress: () => undefined });
  }
  await using runner = await openRunner({ modelFile: source.path, graphDir, contextTokensMax: 128 });
  return await allRows(runner, ids, { decodeFrom: 60 });
}

/** From a quarter to four, other ones for every channel. */
function anyFactors({ config }: ModelSource): SmoothingFactors {
  const { hidden, kvHeads, headDim, feedForward } = config;
  const channels = { qkv: hidden, attn_output: kvHeads * headDim, gate_up: hidden, ffn_down: feedForward };
  const values = (length: number, layer: number) =>
    Float32Array.from({ length }, (_, i) => 4 ** Math.sin(3 * i + layer));
  const ofLayers = [...config.layers.keys()].flatMap((layer) =>
    layerInputs.map(({ name }) => [`blk.${layer}.${name}`, values(channels[name], layer)] as const),
  );
  return new Map([...ofLayers, [headInput, values(hidden, 0)]]);
}

async function measured(source: ModelSource, options: GraphOptions): Promise<SmoothingFactors> {
  return await measureFactors(source, {
    inputs: smoothedInputs(source, options),
    scratchDir: join(scratchDir(), 'calibration'),
    threads: 2,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
}

async function sourceOf(bytes: Uint8Array): Promise<ModelSource> {
  const file = join(scratchDir(), 'model.gguf');
  await writeFile(file, bytes);
  return openModelSource(file);
}

const worst = (ones: readonly Float32Array[], others: readonly Float32Array[]) =>
  Math.max(...ones.map((row, i) => largestDifference(row, others[i] ?? new Float32Array(0))));

const meanError = (ones: readonly Float32Array[], others: readonly Float32Array[]) => {
  const squares = ones.flatMap((row, i) =>
    Array.from(row, (value, at) => (value - (others[i]?.[at] ?? 0)) ** 2),
  );
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
};

describe('any factors', () => {
  test.each([
    { what: 'one kv head', bytes: () => readFileSync(fixtureFile('model.gguf')) },
    { what: 'two kv heads, each of two query heads', bytes: () => modelBytes(kv2Keys, kv2Tensors()) },
  ])('leave the logits of a float model with $what as they are', async ({ bytes }) => {
    await using source = await sourceOf(bytes());
    const options = { weights: 'float' } as const;
    const factors = anyFactors(source);
    const smoothed = await rowsWith(source, options, factors);
    expect(worst(smoothed, await rowsWith(source, options))).toBeLessThan(1e-3);
    // Two norms and seven matrices of each layer have some, and the head.
    const notes = describeWeights(planGemma3Graph(source, options, factors));
    const scaled = notes.filter(({ form }) => form === 'float32, smoothed');
    expect(scaled.map(({ tensors }) => tensors)).toEqual([...Array(9).fill(source.config.layers.length), 1]);
  });
});

describe('measured factors', () => {
  test('halve the error of large blocks where some channels are far larger than others', async () => {
    await using source = await sourceOf(unevenModel());
    const exact = await rowsWith(source, { weights: 'float' });
    const options = { weights: '8-bit' } as const;
    const factors = await measured(source, options);
    const [rough, smooth] = [await rowsWith(source, options), await rowsWith(source, options, factors)];
    expect(meanError(smooth, exact)).toBeLessThan(meanError(rough, exact) / 2);
  });
});

/** The factors of a fixture of which some values of one tensor are eight times as large. */
async function measuredWith(name: string, isLarger: (index: number) => boolean): Promise<SmoothingFactors> {
  const tensors = floatTensors('model.gguf').map((tensor) =>
    tensor.name === name
      ? { ...tensor, values: tensor.values.map((value, i) => (isLarger(i) ? 8 * value : value)) }
      : tensor,
  );
  await using source = await sourceOf(modelBytes(tinyKeys, tensors));
  return await measured(source, { weights: '8-bit' });
}

describe('what is measured', () => {
  test('is each layer’s input as the layers before it make it', async () => {
    const plain = await measuredWith('', () => false);
    const other = await measuredWith('blk.1.post_ffw_norm.weight', (i) => i % 2 === 0);
    expect(other.get('blk.1.qkv')).toEqual(plain.get('blk.1.qkv'));
    expect(other.get('blk.2.qkv')).not.toEqual(plain.get('blk.2.qkv'));
    expect(other.get('head')).not.toEqual(plain.get('head'));
  });

  test('leaves the first position out', async () => {
    const plain = await measuredWith('', () => false);
    // A model without a vocabulary begins with the first token of its table.
    const other = await measuredWith('token_embd.weight', (i) => i < 32 && i % 2 === 0);
    expect(other.get('blk.0.qkv')).toEqual(plain.get('blk.0.qkv'));
  });
});

/** The fixture's weights, with factors of our own moved into every input: what smoothing undoes. */
function unevenModel(): Buffer {
  const tensors = dequantised(readFileSync(fixtureFile('model-mixed.gguf')));
  const uneven = (channel: number) => 8 ** Math.sin(5 * channel);
  return modelBytes(
    mixedKeys,
    tensors.map(({ name, shape, values }) => {
      const columns = shape[0] ?? 1;
      const kind = name.replace(/^blk\.\d+\./, '').replace('.weight', '');
      const factor = (i: number) => {
        const [column, row] = [i % columns, Math.floor(i / columns)];
        if (kind === 'attn_norm' || kind === 'ffn_norm') return uneven(column);
        if (kind === 'attn_q' || kind === 'attn_k' || kind === 'ffn_gate') return 1 / uneven(column);
        if (kind === 'attn_v' || kind === 'ffn_up') return uneven(row) / uneven(column);
        if (kind === 'attn_output') return 1 / uneven(column % 64);
        return kind === 'ffn_down' ? 1 / uneven(column) : 1;
      };
      return { name, shape, values: values.map((value, i) => value * factor(i)) };
    }),
  );
}
