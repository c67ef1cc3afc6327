/** Which numbers a `config.json` stands for, in both dialects. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDrydockError } from '../../../../src/rpc/errors.ts';
import type { Gemma3Config } from '../../../../src/worker/gemma3-config.ts';
import { readDirectoryConfig } from '../../../../src/worker/hugging-face/read-config.ts';
import { inDepth } from '../../../in-depth.ts';
import { fixtureFile } from '../references.ts';
import { thrown } from '../thrown.ts';

const fixture = (name: string) => readFileSync(fixtureFile(name), 'utf8');
const read = (value: object | string) =>
  readDirectoryConfig(typeof value === 'string' ? value : JSON.stringify(value), 'config.json');

const small = {
  model_type: 'gemma3_text',
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 7,
};

const pattern = (layers: number, period = 6) =>
  Array.from({ length: layers }, (_, layer) => ((layer + 1) % period === 0 ? 'global' : 'local'));

describe('readDirectoryConfig', () => {
  it.each([
    ['config.json', 'config-legacy.json', 1],
    ['config-linear8.json', 'config-linear8-legacy.json', 8],
  ])('reads %s and %s, which are one model in two dialects, alike', (new5, old4, factor) => {
    const expected = {
      config: {
        ...{ hidden: 32, feedForward: 64, heads: 4, kvHeads: 1, headDim: 16 },
        layers: pattern(6),
        window: 16,
        contextTokensMax: 512,
        rmsEps: 1e-6,
        attentionScale: 1 / 4,
        ropeBase: { local: 10_000, global: 1_000_000 },
        ropeFactor: { local: 1, global: factor },
      },
      vocabSize: 512,
      isTied: true,
    };
    expect(read(fixture(new5))).toEqual(expected);
    expect(read(fixture(old4))).toEqual(expected);
  });

  it('reads layers that follow no pattern, and a scale that is not the head length', () => {
    const { config } = read(fixture('kv2/config.json'));
    expect(config.layers).toEqual(['local', 'global', 'local']);
    expect(config.attentionScale).toBe(1 / Math.sqrt(24));
    expect(config.kvHeads).toBe(2);
  });

  // The published configs in the words of transformers 4, less what does not matter here.
  it.each<{ model: string; config: object; expected: Partial<Gemma3Config>; vocabSize?: number }>([
    {
      model: '270m',
      config: {
        ...{ model_type: 'gemma3_text', hidden_size: 640, intermediate_size: 2048, num_hidden_layers: 18 },
        ...{ num_attention_heads: 4, num_key_value_heads: 1, head_dim: 256, sliding_window: 512 },
        ...{ max_position_embeddings: 32_768, query_pre_attn_scalar: 256, rms_norm_eps: 1e-6 },
        ...{ rope_theta: 1_000_000, rope_local_base_freq: 10_000, rope_scaling: null, vocab_size: 262_144 },
        ...{ _sliding_window_pattern: 6, layer_types: undefined, use_bidirectional_attention: false },
      },
      expected: {
        ...{ hidden: 640, feedForward: 2048, heads: 4, kvHeads: 1, headDim: 256, window: 512 },
        ...{ contextTokensMax: 32_768, attentionScale: 1 / 16, layers: [] },
        ropeFactor: { local: 1, global: 1 },
      },
      vocabSize: 262_144,
    },
    {
      model: '4b',
      config: {
        ...{ model_type: 'gemma3', image_token_index: 262_144, vision_config: { hidden_size: 1152 } },
        text_config: {
          ...{ model_type: 'gemma3_text', hidden_size: 2560, intermediate_size: 10_240 },
          ...{ num_hidden_layers: 34, sliding_window: 1024 },
          rope_scaling: { factor: 8, rope_type: 'linear' },
        },
      },
      expected: {
        ...{ hidden: 2560, feedForward: 10_240, heads: 8, kvHeads: 4, headDim: 256, window: 1024 },
        ...{ contextTokensMax: 131_072, attentionScale: 1 / 16, rmsEps: 1e-6 },
        ropeBase: { local: 10_000, global: 1_000_000 },
        ropeFactor: { local: 1, global: 8 },
      },
    },
  ])('reads the config of the $model model', ({ config, expected, vocabSize }) => {
    const result = read(config);
    const layers = pattern(result.config.layers.length);
    expect(result.config).toMatchObject({ ...expected, layers });
    expect(result.vocabSize).toBe(vocabSize);
    expect(result.isTied).toBe(true);
  });

  it.each<{ what: string; changes: object; expected: object }>([
    {
      what: 'nothing more than sizes',
      changes: {},
      expected: { heads: 8, kvHeads: 4, headDim: 256, window: 4096, contextTokensMax: 131_072 },
    },
    { what: 'a period', changes: { sliding_window_pattern: 2 }, expected: { layers: pattern(7, 2) } },
    {
      what: 'layer types over a period',
      changes: { _sliding_window_pattern: 1, layer_types: Array(7).fill('sliding_attention') },
      expected: { layers: Array(7).fill('local') },
    },
    {
      what: 'old words for bases and scaling',
      changes: { rope_theta: 5, rope_local_base_freq: 7, rope_scaling: { type: 'linear', factor: 3 } },
      expected: { ropeBase: { local: 7, global: 5 }, ropeFactor: { local: 1, global: 3 } },
    },
    {
      what: 'new words over old ones',
      changes: {
        ...{ rope_theta: 5, rope_local_base_freq: 7 },
        rope_parameters: {
          full_attention: { rope_type: 'linear', factor: 4, rope_theta: 11 },
          sliding_attention: { rope_type: 'default', rope_theta: 13 },
        },
      },
      expected: { ropeBase: { local: 13, global: 11 }, ropeFactor: { local: 1, global: 4 } },
    },
  ])('takes $what', ({ changes, expected }) => {
    expect(read({ ...small, ...changes }).config).toMatchObject(expected);
  });

  it('takes an output matrix of its own only where it is said', () => {
    expect(read(small).isTied).toBe(true);
    expect(read({ ...small, tie_word_embeddings: false }).isTied).toBe(false);
    const { model_type: _, ...text_config } = small;
    expect(read({ model_type: 'gemma3', tie_word_embeddings: false, text_config }).isTied).toBe(false);
  });

  it.each<{ what: string; text: object | string; code?: string; reason: string }>([
    { what: 'no JSON', text: '<html>', reason: 'it is not JSON' },
    { what: 'no object', text: '7', reason: 'its content:' },
    {
      what: 'a key twice',
      text: '{"model_type":"llama","model_type":"gemma3_text"}',
      reason: 'it has "model_type" twice',
    },
    { what: 'no model type', text: { hidden_size: 3 }, reason: 'model_type' },
    {
      what: 'another model',
      text: { ...small, model_type: 'llama' },
      code: 'UNSUPPORTED',
      reason: 'its model_type is "llama", not gemma3',
    },
    {
      what: 'another text model',
      text: { model_type: 'gemma3', text_config: { ...small, model_type: 'gemma2' } },
      code: 'UNSUPPORTED',
      reason: 'its text model is "gemma2"',
    },
    { what: 'a wrapper around nothing', text: { model_type: 'gemma3' }, reason: 'text_config is missing' },
    { what: 'no hidden size', text: { ...small, hidden_size: undefined }, reason: 'hidden_size' },
    { what: 'an absurd hidden size', text: { ...small, hidden_size: 1e9 }, reason: 'hidden_size' },
    { what: 'half a layer', text: { ...small, num_hidden_layers: 2.5 }, reason: 'num_hidden_layers' },
    { what: 'a million layers', text: { ...small, num_hidden_layers: 1e6 }, reason: 'num_hidden_layers' },
    {
      what: 'no room for a token',
      text: { ...small, max_position_embeddings: 0 },
      reason: 'max_position_embeddings',
    },
    { what: 'a base below nothing', text: { ...small, rope_theta: -1 }, reason: 'rope_theta' },
    {
      what: 'an infinite number',
      text: '{"model_type":"gemma3_text","hidden_size":1e999}',
      reason: 'hidden_size',
    },
    {
      what: 'heads that do not share',
      text: { ...small, num_attention_heads: 4, num_key_value_heads: 3 },
      reason: '4 heads cannot share 3',
    },
    {
      what: 'a head length that no operator takes',
      text: { ...small, head_dim: 24 },
      code: 'UNSUPPORTED',
      reason: 'head length 24 is no multiple of 16',
    },
    {
      what: 'too few layer types',
      text: { ...small, layer_types: ['full_attention'] },
      reason: 'layer_types has 1 entries for 7 layers',
    },
    {
      what: 'another layer type',
      text: { ...small, layer_types: Array(7).fill('chunked') },
      code: 'UNSUPPORTED',
      reason: 'a layer of the type "chunked"',
    },
    {
      what: 'yarn',
      text: { ...small, rope_scaling: { rope_type: 'yarn', factor: 2 } },
      code: 'UNSUPPORTED',
      reason: '"yarn", not linearly',
    },
    {
      what: 'a stretch by nothing',
      text: { ...small, rope_scaling: { rope_type: 'linear' } },
      reason: 'its linear rope has no factor',
    },
    {
      what: 'another activation',
      text: { ...small, hidden_activation: 'silu' },
      code: 'UNSUPPORTED',
      reason: 'its activation is "silu"',
    },
    {
      what: 'biases',
      text: { ...small, attention_bias: true },
      code: 'UNSUPPORTED',
      reason: 'its attention has biases',
    },
    {
      what: 'capped logits',
      text: { ...small, final_logit_softcapping: 30 },
      code: 'UNSUPPORTED',
      reason: 'it caps its logits',
    },
    {
      what: 'both directions',
      text: { ...small, use_bidirectional_attention: true },
      code: 'UNSUPPORTED',
      reason: 'it attends to later tokens',
    },
    {
      what: 'weights in a form of their own',
      text: { ...small, quantization_config: { bits: 4 } },
      code: 'UNSUPPORTED',
      reason: 'quantised in a form of their own',
    },
  ])('refuses $what', ({ text, code = 'FILE_INVALID', reason }) => {
    const error = thrown(() => read(text));
    expect(error.code).toBe(`WORKER_MODEL_${code}`);
    expect(error.message).toMatch(/^could not (read|use) model file config\.json: [^\n]{1,300}$/);
    expect(error.message).toContain(reason);
  });

  it('answers any damage with a config in bounds or an error of one line', () => {
    const whole = fixture('config-linear8-legacy.json');
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      '0',
      '99999',
      '-',
      '1e400',
      'null',
      'true',
      '\\',
    );
    const change = fc.record({ at: fc.nat(whole.length - 1), text: piece, removed: fc.nat(8) });
    const property = fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const text = changes.reduce(
        (before, { at, text: put, removed }) => before.slice(0, at) + put + before.slice(at + removed),
        whole,
      );
      try {
        const { config } = read(text);
        expect(config.layers.length).toBeLessThanOrEqual(1024);
        expect(config.heads * config.headDim).toBeLessThanOrEqual(1024 * 4096);
        expect(Object.values(config).every((value) => typeof value !== 'number' || value > 0)).toBe(true);
      } catch (error) {
        if (!isDrydockError(error)) throw error;
        expect(error.message).toMatch(/^could not (read|use) model file config\.json: [^\n]{1,400}$/);
      }
    });
    fc.assert(property, { numRuns: inDepth(3_000), seed: 1 });
  });
});
