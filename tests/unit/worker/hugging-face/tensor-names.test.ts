import { expect, test } from 'vitest';
import { ggufTensorName, isNormName } from '../../../../src/worker/hugging-face/tensor-names.ts';

test.each([
  ['model.embed_tokens.weight', 'token_embd.weight'],
  ['model.norm.weight', 'output_norm.weight'],
  ['lm_head.weight', 'output.weight'],
  ['model.layers.11.self_attn.q_proj.weight', 'blk.11.attn_q.weight'],
  ['model.layers.0.pre_feedforward_layernorm.weight', 'blk.0.ffn_norm.weight'],
  ['language_model.model.layers.3.mlp.down_proj.weight', 'blk.3.ffn_down.weight'],
  ['model.language_model.layers.3.self_attn.k_norm.weight', 'blk.3.attn_k_norm.weight'],
  ['language_model.model.embed_tokens.weight', 'token_embd.weight'],
  ['model.language_model.norm.weight', 'output_norm.weight'],
])('%s is %s', (name, gguf) => {
  expect(ggufTensorName(name)).toEqual({ name: gguf });
});

test.each([
  'vision_tower.vision_model.embeddings.patch_embedding.weight',
  'model.vision_tower.vision_model.post_layernorm.bias',
  'multi_modal_projector.mm_soft_emb_norm.weight',
  'model.layers.0.self_attn.rotary_emb.inv_freq',
])('%s is no weight of the text model', (name) => {
  expect(ggufTensorName(name)).toBe('other');
});

test.each([
  'model.layers.0.self_attn.q_proj.bias',
  'model.layers.0.mlp.experts.0.weight',
  'model.layers.01.mlp.up_proj.weight',
  'model.layers.0.toString.weight',
  'transformer.h.0.weight',
  'model.toString',
])('%s is not Gemma-3’s', (name) => {
  expect(ggufTensorName(name)).toBe('unknown');
});

test('norms are those that GGUF stores with their 1 added', () => {
  const norms = ['output_norm.weight', 'blk.0.attn_q_norm.weight', 'blk.0.post_ffw_norm.weight'];
  expect(norms.map(isNormName)).toEqual([true, true, true]);
  expect(['token_embd.weight', 'blk.0.attn_q.weight'].map(isNormName)).toEqual([false, false]);
});
