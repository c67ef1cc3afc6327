/**
 * Repacks rows of GGML blocks for onnxruntime's MatMulNBits: one unsigned byte an element with zero point 128, one
 * float32 scale a block. Q8_0, Q5_0, Q4_0 and Q6_K lose nothing. The other quantised types are
 * rounded to 8 bits in blocks of 32, an error of at most 1/254 of the block's largest weight.
 */

import { dequantize } from '../gguf/dequantize.ts';
import { q6Quant } from '../gguf/dequantize-k.ts';
import type { GgmlType } from '../gguf/ggml-types.ts';
import { halfFloats, readHalf } from '../gguf/half-float.ts';

export type BlockSize = 16 | 32;

export interface PackedBlocks {
  readonly quants: Uint8Array;
  readonly scales: Float32Array;
}

type Packer = (bytes: Uint8Array, out: PackedBlocks) => void;

const losslessPackers: Readonly<Record<string, Packer>> = {
  Q8_0: packQ8_0,
  Q5_0: packQ5_0,
  Q4_0: packQ4_0,
  Q6_K: packQ6_K,
};

/** @returns undefined for float types, which stay float. */
export function packedBlockOf(type: GgmlType): BlockSize | undefined {
  if (type.blockElements === 1) return undefined;
  return type.name === 'Q6_K' ? 16 : 32;
}

/** @param bytes whole blocks; `out` has room for exactly their elements. */
export function packBlocks(type: GgmlType, bytes: Uint8Array, out: PackedBlocks): void {
  const pack = losslessPackers[type.name];
  if (pack !== undefined) pack(bytes, out);
  else roundTo8Bits(type, bytes, out);
}

function packQ8_0(bytes: Uint8Array, { quants, scales }: PackedBlocks): void {
  // Two elements a step: blocks are 34 bytes, so 16 bits is the widest that stays aligned.
  const from = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const to = new Uint16Array(quants.buffer, quants.byteOffset, quants.length / 2);
  const halves = halfFloats();
  for (let block = 0; block < scales.length; block++) {
    const at = 17 * block;
    const target = 16 * block;
    scales[block] = halves[from[at] ?? 0] ?? 0;
    for (let i = 0; i < 16; i++) to[target + i] = (from[at + 1 + i] ?? 0) ^ 0x8080;
  }
}

function packQ5_0(bytes: Uint8Array, { quants, scales }: PackedBlocks): void {
  for (let block = 0; block < scales.length; block++) {
    const at = 22 * block;
    const target = 32 * block;
    scales[block] = readHalf(bytes, at);
    const low = (bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8);
    const high = (bytes[at + 4] ?? 0) | ((bytes[at + 5] ?? 0) << 8);
    for (let i = 0; i < 16; i++) {
      const byte = bytes[at + 6 + i] ?? 0;
      quants[target + i] = ((byte & 15) | (((low >> i) & 1) << 4)) + 112;
      quants[target + 16 + i] = ((byte >> 4) | (((high >> i) & 1) << 4)) + 112;
    }
  }
}

function packQ4_0(bytes: Uint8Array, { quants, scales }: PackedBlocks): void {
  for (let block = 0; block < scales.length; block++) {
    const at = 18 * block;
    const target = 32 * block;
    scales[block] = readHalf(bytes, at);
    for (let i = 0; i < 16; i++) {
      const byte = bytes[at + 2 + i] ?? 0;
      quants[target + i] = (byte & 15) + 120;
      quants[target + 16 + i] = (byte >> 4) + 120;
    }
  }
}

function packQ6_K(bytes: Uint8Array, { quants, scales }: PackedBlocks): void {
  for (let block = 0; 16 * block < scales.length; block++) {
    const at = 210 * block;
    const d = readHalf(bytes, at + 208);
    for (let group = 0; group < 16; group++) {
      // A half times a signed byte has 19 significant bits at most: exact in float32.
      scales[16 * block + group] = d * (((bytes[at + 192 + group] ?? 0) << 24) >> 24);
    }
    for (let i = 0; i < 256; i++) quants[256 * block + i] = q6Quant(bytes, at, i) + 96;
  }
}

function roundTo8Bits(type: GgmlType, bytes: Uint8Array, { quants, scales }: PackedBlocks): void {
  const values = new Float32Array(quants.length);
  dequantize(type, bytes, values);
  for (let block = 0; block < scales.length; block++) {
    const at = 32 * block;
    let largest = 0;
    for (let i = at; i < at + 32; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
    const scale = Math.fround(largest / 127);
    const inverse = scale === 0 ? 0 : 1 / scale;
    scales[block] = scale;
    // Adding a half and truncating rounds; the sum is never negative.
    for (let i = at; i < at + 32; i++) quants[i] = (values[i] ?? 0) * inverse + 128.5;
  }
}
