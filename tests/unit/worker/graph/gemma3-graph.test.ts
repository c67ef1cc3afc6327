/** What the planned graph is made of, and which files get none. Whether it computes Gemma-3 is tested by running it. */

import { describe, expect, it } from 'vitest';
import { planGemma3Graph } from '../../../../src/worker/graph/gemma3-graph.ts';
import type { GraphPlan } from '../../../../src/worker/graph/graph-builder.ts';
import { asF32, asQ8_0, type FloatTensor, floatTensors, modelBytes, tinyKeys } from '../model-variants.ts';
import { sourceInMemory } from '../source-in-memory.ts';
import { thrown } from '../thrown.ts';

const tensors = floatTensors('model.gguf');

function plan(
  list: readonly FloatTensor[],
  encode: (tensor: FloatTensor) => ReturnType<typeof asF32> = asF32,
): GraphPlan {
  return planGemma3Graph(sourceInMemory(modelBytes(tinyKeys, list, encode)), {});
}

function count(graph: GraphPlan, op: string): number {
  return graph.model.nodes.filter((node) => node.op === op).length;
}

describe('planGemma3Graph', () => {
  it('joins projections of one packing and keeps others apart', () => {
    const isMatrix = (tensor: FloatTensor) => tensor.shape.length === 2;
    const joined = plan(tensors, (tensor) => (isMatrix(tensor) ? asQ8_0(tensor) : asF32(tensor)));
    // qkv, output, gate and up, down: four a layer, and the head.
    expect([count(joined, 'MatMulNBits'), count(joined, 'FusedMatMul')]).toEqual([4 * 6 + 1, 0]);
    const apart = plan(tensors, (tensor) =>
      isMatrix(tensor) && !tensor.name.includes('attn_v') ? asQ8_0(tensor) : asF32(tensor),
    );
    expect([count(apart, 'MatMulNBits'), count(apart, 'FusedMatMul')]).toEqual([5 * 6 + 1, 6]);
  });

  it('gives every weight a place of its own, on a page border', () => {
    const { model, dataBytes } = plan(tensors);
    const places = model.initializers.flatMap(({ data }) => (data instanceof Uint8Array ? [] : [data]));
    let end = 0;
    for (const place of places.sort((a, b) => a.offset - b.offset)) {
      expect(place.offset % 4096).toBe(0);
      expect(place.offset).toBeGreaterThanOrEqual(end);
      end = place.offset + place.bytes;
    }
    expect(end).toBe(dataBytes);
  });

  it('limits the view of local layers alone', () => {
    const attention = plan(tensors).model.nodes.filter((node) => node.op === 'GroupQueryAttention');
    const windows = attention.map((node) => node.attributes.local_window_size);
    expect(windows).toEqual([16, 16, 16, 16, 16, undefined]);
  });

  it('takes an output matrix of its own where the file has one', () => {
    const head = { name: 'output.weight', shape: [32, 512], values: new Float32Array(32 * 512) };
    const sources = plan([...tensors, head]).jobs.flatMap((job) => job.sources.map((source) => source.name));
    expect(sources).toContain('output.weight');
    expect(sources).not.toContain('token_embd.weight');
  });

  it.each<{ what: string; list: FloatTensor[]; code: string; reason: string }>([
    {
      what: 'a missing tensor',
      list: tensors.filter(({ name }) => name !== 'blk.3.ffn_up.weight'),
      code: 'WORKER_MODEL_FILE_INVALID',
      reason: 'the tensor blk.3.ffn_up.weight is missing',
    },
    {
      what: 'a wrong shape',
      list: tensors.map((tensor) =>
        tensor.name === 'blk.2.attn_k.weight' ? { ...tensor, shape: [16, 32] } : tensor,
      ),
      code: 'WORKER_MODEL_FILE_INVALID',
      reason: 'the tensor blk.2.attn_k.weight has the shape 16×32 instead of 32×16',
    },
  ])('refuses a file with $what', ({ list, code, reason }) => {
    const error = thrown(() => plan(list));
    expect(error.code).toBe(code);
    expect(error.message).toContain(reason);
  });

  it.each([
    { name: 'blk.1.attn_q.weight', typeId: 24, bytes: 64 * 32, reason: 'attn_q.weight has the type I8' },
    { name: 'blk.1.ffn_norm.weight', typeId: 8, bytes: 34, reason: 'ffn_norm.weight is quantised to Q8_0' },
  ])('refuses a type that it cannot run in $name', ({ name, typeId, bytes, reason }) => {
    const error = thrown(() =>
      plan(tensors, (tensor) =>
        tensor.name === name ? { typeId, bytes: new Uint8Array(bytes) } : asF32(tensor),
      ),
    );
    expect(error.code).toBe('WORKER_MODEL_UNSUPPORTED');
    expect(error.message).toContain(reason);
  });
});
