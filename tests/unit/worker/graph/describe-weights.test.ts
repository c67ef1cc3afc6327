/** What is said of the weights of a graph, by scheme. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeWeights } from '../../../../src/worker/graph/describe-weights.ts';
import { planGemma3Graph } from '../../../../src/worker/graph/gemma3-graph.ts';
import type { GraphOptions } from '../../../../src/worker/graph/graph-variant.ts';
import { weightLines } from '../../../../src/worker/graph/weight-notes.ts';
import { fixtureFile } from '../references.ts';
import { sourceInMemory } from '../source-in-memory.ts';

function notesOf(name: string, options: GraphOptions) {
  return describeWeights(planGemma3Graph(sourceInMemory(readFileSync(fixtureFile(name))), options));
}

/** Of the kinds that are no norms. */
function forms(name: string, options: GraphOptions): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { kind, form } of notesOf(name, options)) {
    if (!kind.endsWith('norm')) found[kind] = [...new Set([...(found[kind] ?? []), form])];
  }
  return found;
}

test('of a mixed file every form is told, and which types have it', () => {
  expect(forms('model-mixed.gguf', { weights: 'lossless' })).toEqual({
    ...{ attn_q: ['exact'], attn_k: ['exact'], attn_v: ['exact'] },
    ...{ ffn_gate: ['exact'], ffn_up: ['exact'], token_embd: ['exact'] },
    attn_output: ['requantised to 8 bits, blocks of 16'],
    ffn_down: ['exact', 'requantised to 8 bits, blocks of 16'],
  });
  const all = (form: string) =>
    Object.fromEntries(
      ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down', 'token_embd'].map(
        (kind) => [kind, [form]],
      ),
    );
  expect(forms('model-mixed.gguf', { weights: '8-bit', block: 64 })).toMatchObject({
    attn_q: ['exact'],
    attn_output: ['requantised to 8 bits, blocks of 64'],
  });
  expect(forms('model-mixed.gguf', { weights: '4-bit' })).toEqual(all('requantised to 4 bits, blocks of 32'));
  expect(forms('model-mixed.gguf', { weights: 'float' })).toEqual(all('float32'));
  expect(forms('model.gguf', { weights: 'auto' })).toEqual(all('float32'));
  expect(forms('model.gguf', { weights: '8-bit', block: 32 })).toEqual(
    all('quantised to 8 bits, blocks of 32'),
  );
  expect(forms('model.gguf', { head: '4-bit' })).toEqual({
    ...all('float32'),
    token_embd: ['quantised to 4 bits, blocks of 32'],
  });
});

test('every tensor is counted once', () => {
  const notes = notesOf('model-mixed.gguf', {});
  expect(notes.reduce((sum, { tensors }) => sum + tensors, 0)).toBe(80);
  expect(notes).toContainEqual({ kind: 'output_norm', type: 'F32', tensors: 1, form: 'float32' });
});

test('people get a line a form', () => {
  expect(
    weightLines([
      { kind: 'attn_q', type: 'Q5_0', tensors: 6, form: 'exact' },
      { kind: 'norm', type: 'F32', tensors: 2, form: 'float32' },
      { kind: 'token_embd', type: 'Q8_0', tensors: 1, form: 'exact' },
    ]),
  ).toEqual(['exact: attn_q (6 × Q5_0), token_embd (Q8_0)', 'float32: norm (2 × F32)']);
});
