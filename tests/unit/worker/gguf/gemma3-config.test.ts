/** Which numbers a Gemma-3 file stands for, key by key. */

import { describe, expect, it } from 'vitest';
import type { Gemma3Config } from '../../../../src/worker/gemma3-config.ts';
import { readGemma3Config } from '../../../../src/worker/gguf/gemma3-config.ts';
import { parseGgufHeader } from '../../../../src/worker/gguf/gguf-header.ts';
import { thrown } from '../thrown.ts';
import { type GgufValue, writeGguf } from './write-gguf.ts';

const uint = (value: number): GgufValue => ({ type: 'uint32', value });
const float = (value: number): GgufValue => ({ type: 'float32', value });
const string = (value: string): GgufValue => ({ type: 'string', value });

const keys: Record<string, GgufValue> = {
  'general.architecture': string('gemma3'),
  'gemma3.block_count': uint(7),
  'gemma3.embedding_length': uint(16),
  'gemma3.feed_forward_length': uint(64),
  'gemma3.attention.head_count': uint(4),
  'gemma3.attention.head_count_kv': uint(2),
  'gemma3.attention.key_length': uint(64),
  'gemma3.attention.value_length': uint(64),
  'gemma3.attention.layer_norm_rms_epsilon': float(0.5),
  'gemma3.attention.sliding_window': uint(9),
  'gemma3.context_length': uint(99),
};

function read(changes: Record<string, GgufValue | undefined> = {}): Gemma3Config {
  const entries = Object.entries({ ...keys, ...changes });
  const metadata: Record<string, GgufValue> = {};
  for (const [key, value] of entries) if (value !== undefined) metadata[key] = value;
  const embedding = { name: 'token_embd.weight', shape: [16, 3], typeId: 0, bytes: new Uint8Array(192) };
  const bytes = writeGguf(metadata, [embedding]);
  const gguf = parseGgufHeader({ file: 'm.gguf', bytes, fileBytes: bytes.length });
  if (gguf === undefined) throw new Error('incomplete');
  return readGemma3Config(gguf);
}

describe('readGemma3Config', () => {
  it('takes what has a key from the file, and the rest by the rules of the architecture', () => {
    expect(read()).toEqual({
      vocabSize: 3,
      hidden: 16,
      feedForward: 64,
      heads: 4,
      kvHeads: 2,
      headDim: 64,
      layers: ['local', 'local', 'local', 'local', 'local', 'global', 'local'],
      window: 9,
      contextTokensMax: 99,
      rmsEps: 0.5,
      attentionScale: 1 / 8,
      ropeBase: { local: 10_000, global: 1_000_000 },
      ropeFactor: { local: 1, global: 1 },
    });
  });

  it.each<{ what: string; changes: Record<string, GgufValue | undefined>; expected: Partial<Gemma3Config> }>([
    {
      what: 'a linear rope factor, for global layers alone',
      changes: { 'gemma3.rope.scaling.type': string('linear'), 'gemma3.rope.scaling.factor': float(8) },
      expected: { ropeFactor: { local: 1, global: 8 } },
    },
    {
      what: 'rope bases',
      changes: { 'gemma3.rope.freq_base': float(5), 'gemma3.rope.freq_base_swa': float(7) },
      expected: { ropeBase: { local: 7, global: 5 } },
    },
    {
      what: 'another period of global layers',
      changes: { 'gemma3.block_count': uint(3), 'gemma3.attention.sliding_window_pattern': uint(2) },
      expected: { layers: ['local', 'global', 'local'] },
    },
    {
      what: 'one flag a layer',
      changes: {
        'gemma3.block_count': uint(2),
        'gemma3.attention.sliding_window_pattern': { type: 'bools', value: [false, true] },
      },
      expected: { layers: ['global', 'local'] },
    },
    {
      what: 'an attention scale of its own',
      changes: { 'gemma3.attention.scale': float(0.25) },
      expected: { attentionScale: 0.25 },
    },
    {
      what: 'the scale of the 27B model, known by its 62 layers',
      changes: { 'gemma3.block_count': uint(62) },
      expected: { attentionScale: 1 / 2 },
    },
  ])('reads $what', ({ changes, expected }) => {
    expect(read(changes)).toMatchObject(expected);
  });

  it.each<{ key: string; value: GgufValue | undefined; code: string; reason: string }>([
    {
      key: 'general.architecture',
      value: string('llama'),
      code: 'WORKER_MODEL_UNSUPPORTED',
      reason: 'its architecture is "llama", not gemma3',
    },
    {
      key: 'gemma3.rope.scaling.type',
      value: string('yarn'),
      code: 'WORKER_MODEL_UNSUPPORTED',
      reason: '"yarn", not linearly',
    },
    {
      key: 'gemma3.attention.value_length',
      value: uint(32),
      code: 'WORKER_MODEL_UNSUPPORTED',
      reason: 'keys and values differ',
    },
    {
      key: 'gemma3.attention.key_length',
      value: uint(24),
      code: 'WORKER_MODEL_UNSUPPORTED',
      reason: 'differ in length',
    },
    {
      key: 'general.architecture',
      value: undefined,
      code: 'WORKER_MODEL_FILE_INVALID',
      reason: 'general.architecture is missing',
    },
    {
      key: 'gemma3.block_count',
      value: uint(4_000_000_000),
      code: 'WORKER_MODEL_FILE_INVALID',
      reason: 'block_count is 4000000000',
    },
    {
      key: 'gemma3.block_count',
      value: uint(0),
      code: 'WORKER_MODEL_FILE_INVALID',
      reason: 'block_count is 0',
    },
    {
      key: 'gemma3.context_length',
      value: float(1.5),
      code: 'WORKER_MODEL_FILE_INVALID',
      reason: 'context_length is 1.5',
    },
    {
      key: 'gemma3.attention.layer_norm_rms_epsilon',
      value: float(Number.NaN),
      code: 'WORKER_MODEL_FILE_INVALID',
      reason: 'is NaN',
    },
    {
      key: 'gemma3.attention.head_count_kv',
      value: uint(3),
      code: 'WORKER_MODEL_FILE_INVALID',
      reason: '4 heads cannot share 3',
    },
    {
      key: 'gemma3.embedding_length',
      value: uint(32),
      code: 'WORKER_MODEL_FILE_INVALID',
      reason: 'token_embd.weight is missing or has a wrong shape',
    },
    {
      key: 'gemma3.attention.sliding_window_pattern',
      value: { type: 'bools', value: [true] },
      code: 'WORKER_MODEL_FILE_INVALID',
      reason: 'has 1 flags',
    },
  ])('refuses $key where $reason', ({ key, value, code, reason }) => {
    const error = thrown(() => read({ [key]: value }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(reason);
  });

  it('refuses a head length that the attention operator does not take', () => {
    const changes = { 'gemma3.attention.key_length': uint(24), 'gemma3.attention.value_length': uint(24) };
    expect(() => read(changes)).toThrow('head length 24 is no multiple of 16');
  });
});
