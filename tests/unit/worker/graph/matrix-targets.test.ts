/** Which inputs are smoothed, by scheme and by the types in the file. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type GgmlType, ggmlTypeNamed } from '../../../../src/worker/gguf/ggml-types.ts';
import type { GraphOptions } from '../../../../src/worker/graph/graph-variant.ts';
import { smoothedInputs } from '../../../../src/worker/graph/matrix-targets.ts';
import type { SourceTensor } from '../../../../src/worker/model-source.ts';
import { fixtureFile } from '../references.ts';
import { sourceInMemory } from '../source-in-memory.ts';

const { config } = sourceInMemory(readFileSync(fixtureFile('model.gguf')));
const kinds = ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down', 'token_embd'];
const ofLayer = ['qkv', 'attn_output', 'gate_up', 'ffn_down'];
const everyInput = [...ofLayer, 'head'];

function typed(name: string): GgmlType {
  const type = ggmlTypeNamed(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
}

/** The smoothed inputs of a layer whose matrices have one type, but for some. */
function smoothed(
  type: string,
  options: GraphOptions,
  others: Readonly<Record<string, string>> = {},
): string[] {
  const tensors = new Map(
    kinds.map((kind): [string, SourceTensor] => {
      const name = kind === 'token_embd' ? 'token_embd.weight' : `blk.0.${kind}.weight`;
      const shape = [256, 256];
      const own = typed(others[kind] ?? type);
      return [name, { name, type: own, shape, elements: 65_536, file: 'm', offset: 0, added: 0 }];
    }),
  );
  const inputs = smoothedInputs({ tensors, config: { ...config, layers: ['local'] } }, options);
  return inputs.map((name) => name.replace('blk.0.', ''));
}

test.each<{ type: string; options: GraphOptions; inputs: string[] }>([
  { type: 'Q8_0', options: {}, inputs: everyInput },
  { type: 'Q4_K', options: {}, inputs: everyInput },
  { type: 'Q8_0', options: { head: '4-bit' }, inputs: ofLayer },
  { type: 'Q8_0', options: { block: 64 }, inputs: everyInput },
  { type: 'F32', options: { weights: '8-bit' }, inputs: everyInput },
  { type: 'F32', options: {}, inputs: [] },
  { type: 'Q4_0', options: {}, inputs: [] },
  { type: 'Q8_0', options: { weights: 'lossless' }, inputs: [] },
  { type: 'Q4_K', options: { weights: 'lossless' }, inputs: [] },
  { type: 'Q8_0', options: { weights: '4-bit' }, inputs: [] },
  { type: 'Q8_0', options: { weights: 'float' }, inputs: [] },
  { type: 'Q8_0', options: { block: 16 }, inputs: [] },
  // No number of the file changes in blocks of its own size.
  { type: 'Q8_0', options: { block: 32 }, inputs: [] },
])('of $type with $options', ({ type, options, inputs }) => {
  expect(smoothed(type, options)).toEqual(inputs);
});

test.each<{ others: Record<string, string>; inputs: string[] }>([
  { others: { attn_v: 'Q4_0' }, inputs: ['gate_up', 'ffn_down', 'head'] },
  { others: { attn_output: 'Q4_0' }, inputs: ['qkv', 'gate_up', 'ffn_down', 'head'] },
  { others: { ffn_up: 'Q4_0' }, inputs: ['qkv', 'attn_output', 'head'] },
  { others: { ffn_down: 'F32' }, inputs: ['qkv', 'attn_output', 'gate_up', 'head'] },
  { others: { attn_v: 'F32' }, inputs: everyInput },
  { others: { token_embd: 'F32' }, inputs: ofLayer },
])('a matrix that must keep its numbers keeps its input and what it makes: $others', ({ others, inputs }) => {
  expect(smoothed('Q8_0', {}, others)).toEqual(inputs);
});
