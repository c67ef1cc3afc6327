/** Model files made from the fixtures: the same weights under other types, other rotation, other layer patterns. */

import { readFileSync } from 'node:fs';
import { dequantize } from '../../../src/worker/gguf/dequantize.ts';
import { type Gguf, parseGgufHeader } from '../../../src/worker/gguf/gguf-header.ts';
import { type GgufTensorSource, type GgufValue, writeGguf } from './gguf/write-gguf.ts';
import { fixtureFile } from './references.ts';

export interface FloatTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const uint = (value: number): GgufValue => ({ type: 'uint32', value });
const float = (value: number): GgufValue => ({ type: 'float32', value });

/** Keys of the main fixture model. */
export const tinyKeys: Readonly<Record<string, GgufValue>> = {
  'general.architecture': { type: 'string', value: 'gemma3' },
  'gemma3.block_count': uint(6),
  'gemma3.embedding_length': uint(32),
  'gemma3.feed_forward_length': uint(64),
  'gemma3.attention.head_count': uint(4),
  'gemma3.attention.head_count_kv': uint(1),
  'gemma3.attention.key_length': uint(16),
  'gemma3.attention.value_length': uint(16),
  'gemma3.attention.layer_norm_rms_epsilon': float(1e-6),
  'gemma3.attention.sliding_window': uint(16),
  'gemma3.rope.freq_base': float(1e6),
  'gemma3.context_length': uint(512),
};

export const mixedKeys = {
  ...tinyKeys,
  'gemma3.feed_forward_length': uint(256),
  'gemma3.attention.key_length': uint(64),
  'gemma3.attention.value_length': uint(64),
};

export const linear8Keys: Readonly<Record<string, GgufValue>> = {
  ...tinyKeys,
  'gemma3.rope.scaling.type': { type: 'string', value: 'linear' },
  'gemma3.rope.scaling.factor': float(8),
};

/** Two kv heads, a pattern of its own, an attention scale that is not the head length's. */
export const kv2Keys: Readonly<Record<string, GgufValue>> = {
  ...tinyKeys,
  'gemma3.block_count': uint(3),
  'gemma3.feed_forward_length': uint(32),
  'gemma3.attention.head_count_kv': uint(2),
  'gemma3.attention.sliding_window': uint(8),
  'gemma3.attention.scale': float(24 ** -0.5),
  'gemma3.attention.sliding_window_pattern': { type: 'bools', value: [true, false, true] },
};

/** All tensors of a fixture file as float32. */
export function floatTensors(name: string): FloatTensor[] {
  return dequantised(readFileSync(fixtureFile(name)));
}

/** All tensors of a model file as float32. */
export function dequantised(bytes: Buffer): FloatTensor[] {
  const gguf: Gguf | undefined = parseGgufHeader({ file: 'm.gguf', bytes, fileBytes: bytes.length });
  return [...(gguf?.tensors.values() ?? [])].map((tensor) => {
    const values = new Float32Array(tensor.elements);
    dequantize(tensor.type, bytes.subarray(tensor.offset, tensor.offset + tensor.bytes), values);
    return { name: tensor.name, shape: tensor.shape, values };
  });
}

/** The tensors of `kv2/model.safetensors` under their GGUF names, with 1 added to norm weights as GGUF has it. */
export function kv2Tensors(): FloatTensor[] {
  const bytes = readFileSync(fixtureFile('kv2/model.safetensors'));
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    bytes.toString('utf8', 8, 8 + headerBytes),
  );
  const tensors: FloatTensor[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [from, to] = entry.data_offsets.map((offset) => 8 + headerBytes + offset);
    const values = new Float32Array(Uint8Array.from(bytes.subarray(from, to)).buffer);
    const isNorm = name.endsWith('norm.weight');
    tensors.push({
      name: ggufName(name),
      shape: entry.shape.toReversed(),
      values: isNorm ? values.map((value) => value + 1) : values,
    });
  }
  return tensors;
}

const ggufNames: Readonly<Record<string, string>> = {
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  post_attention_layernorm: 'post_attention_norm',
  pre_feedforward_layernorm: 'ffn_norm',
  post_feedforward_layernorm: 'post_ffw_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

function ggufName(name: string): string {
  const [, layer, part] = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name) ?? [];
  if (part !== undefined) return `blk.${layer}.${ggufNames[part]}.weight`;
  return name === 'model.norm.weight' ? 'output_norm.weight' : 'token_embd.weight';
}

/** A GGUF file of these weights, all F32 unless `encode` says otherwise. */
export function modelBytes(
  keys: Readonly<Record<string, GgufValue>>,
  tensors: readonly FloatTensor[],
  encode: (tensor: FloatTensor) => { readonly typeId: number; readonly bytes: Uint8Array } = asF32,
): Buffer {
  const sources = tensors.map(
    (tensor): GgufTensorSource => ({ name: tensor.name, shape: tensor.shape, ...encode(tensor) }),
  );
  return writeGguf(keys, sources);
}

export function asF32({ values }: FloatTensor): { readonly typeId: number; readonly bytes: Uint8Array } {
  return { typeId: 0, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** Cuts the lower half of every float off, which leaves a bfloat16. */
export function asBf16({ values }: FloatTensor): { readonly typeId: number; readonly bytes: Uint8Array } {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return { typeId: 30, bytes: new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer) };
}

/** Rounds to 8 bits in blocks of 32 with a power of two as the scale, which a half-precision float holds exactly. */
export function asQ8_0({ values }: FloatTensor): { readonly typeId: number; readonly bytes: Uint8Array } {
  const bytes = Buffer.alloc((values.length / 32) * 34);
  for (let block = 0; block * 32 < values.length; block++) {
    const part = values.subarray(32 * block, 32 * block + 32);
    const exponent = Math.ceil(
      Math.log2(part.reduce((most, value) => Math.max(most, Math.abs(value)), 2 ** -10) / 127),
    );
    bytes.writeUInt16LE((exponent + 15) << 10, 34 * block);
    for (const [i, value] of part.entries())
      bytes.writeInt8(Math.round(value * 2 ** -exponent), 34 * block + 2 + i);
  }
  return { typeId: 8, bytes };
}
