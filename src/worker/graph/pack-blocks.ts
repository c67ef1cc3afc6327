/**
 * Turns blocks of GGML into blocks of onnxruntime's MatMulNBits: an unsigned number an element and one float32 scale a block.
 * Where the target says so exactly (`isExactTarget`) no value changes; otherwise it is rounded.
 */

import { dequantize } from '../gguf/dequantize.ts';
import { q6Quant } from '../gguf/dequantize-k.ts';
import type { GgmlType } from '../gguf/ggml-types.ts';
import { halfFloats, readHalf } from '../gguf/half-float.ts';
import { type PackedBlocks, roundTo4Bits, roundTo8Bits } from './round-blocks.ts';
import type { BlockSize, WeightTarget } from './weight-scheme.ts';

type Packer = (bytes: Uint8Array, out: PackedBlocks) => void;

/** By type, bits and block. */
const exactPackers: Readonly<Record<string, Packer>> = {
  'Q8_0 8 32': packQ8_0,
  'Q8_0 8 16': inHalves(packQ8_0),
  'Q5_0 8 32': packQ5_0,
  'Q5_0 8 16': inHalves(packQ5_0),
  'Q4_0 8 32': packQ4_0,
  'Q4_0 8 16': inHalves(packQ4_0),
  'Q4_0 4 32': packNibbles,
  'Q6_K 8 16': packQ6_K,
};

/** Each block of 32 becomes two of 16 with the same scale. */
function inHalves(pack: Packer): Packer {
  return (bytes, { quants, scales }) => {
    const whole = new Float32Array(scales.length / 2);
    pack(bytes, { quants, scales: whole });
    for (let block = 0; block < scales.length; block++) scales[block] = whole[block >> 1] ?? 0;
  };
}

export interface PackOptions {
  readonly type: GgmlType;
  readonly bits: 8 | 4;
  readonly block: BlockSize;
}

/** Whether every value of a type survives in a target. */
export function isExactTarget(type: GgmlType, target: WeightTarget): boolean {
  return target.kind === 'float32' || exactPackerOf({ type, ...target }) !== undefined;
}

/**
 * @param bytes whole blocks; `out` has room for exactly their elements.
 * @returns false when a value is not finite, and `out` then means nothing.
 */
export function packBlocks(options: PackOptions, bytes: Uint8Array, out: PackedBlocks): boolean {
  const pack = exactPackerOf(options);
  if (pack === undefined) {
    const values = new Float32Array(out.scales.length * options.block);
    dequantize(options.type, bytes, values);
    return roundBlocks(options, values, out);
  }
  pack(bytes, out);
  return areFinite(out.scales);
}

/** @returns false when a value is not finite. */
export function roundBlocks(
  { bits, block }: Pick<PackOptions, 'bits' | 'block'>,
  values: Float32Array,
  out: PackedBlocks,
): boolean {
  if (bits === 8) roundTo8Bits(values, block, out);
  else roundTo4Bits(values, block, out);
  return areFinite(values);
}

export function areFinite(values: Float32Array): boolean {
  // Zero times a number is zero; times anything else it is not a number, and so is every sum after it.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) * 0;
  return sum === 0;
}

function exactPackerOf({ type, bits, block }: PackOptions): Packer | undefined {
  return exactPackers[`${type.name} ${bits} ${block}`];
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

/** GGML pairs element i with element i + 16 in a byte, MatMulNBits with its neighbour. */
function packNibbles(bytes: Uint8Array, { quants, scales }: PackedBlocks): void {
  for (let block = 0; block < scales.length; block++) {
    const at = 18 * block + 2;
    const target = 16 * block;
    scales[block] = readHalf(bytes, at - 2);
    for (let i = 0; i < 8; i++) {
      const first = bytes[at + 2 * i] ?? 0;
      const second = bytes[at + 2 * i + 1] ?? 0;
      quants[target + i] = (first & 15) | ((second & 15) << 4);
      quants[target + 8 + i] = (first >> 4) | (second & 0xf0);
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
