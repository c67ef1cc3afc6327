/**
 * Decoders of GGML's K types: blocks of 256 whose groups of 16 or 32 have small integer scales under one or two
 * half-precision ones. Products are rounded to float32 where ggml's C code rounds them.
 */

import type { BlockDecoder } from './dequantize.ts';
import { readHalf } from './half-float.ts';

const q2_K: BlockDecoder = (bytes, at, out, to) => {
  const d = readHalf(bytes, at + 80);
  const dmin = readHalf(bytes, at + 82);
  for (let group = 0; group < 16; group++) {
    const scale = bytes[at + group] ?? 0;
    const factor = Math.fround(d * (scale & 15));
    const minimum = Math.fround(dmin * (scale >> 4));
    // Half a block (128 elements) shares 32 bytes, two bits a byte for each of its four rows of 32.
    const quants = at + 16 + 32 * (group >> 3) + 16 * (group & 1);
    const shift = group & 6;
    for (let i = 0; i < 16; i++) {
      const quant = ((bytes[quants + i] ?? 0) >> shift) & 3;
      out[to + 16 * group + i] = Math.fround(factor * quant) - minimum;
    }
  }
};

const q3_K: BlockDecoder = (bytes, at, out, to) => {
  const d = readHalf(bytes, at + 108);
  for (let group = 0; group < 16; group++) {
    // Sixteen 6-bit scales: low nibbles in eight bytes, two high bits each in four.
    const low = bytes[at + 96 + (group & 7)] ?? 0;
    const high = bytes[at + 104 + (group & 3)] ?? 0;
    const scale = ((group < 8 ? low & 15 : low >> 4) | (((high >> (2 * (group >> 2))) & 3) << 4)) - 32;
    const factor = Math.fround(d * scale);
    const column = 16 * (group & 1);
    const quants = at + 32 + 32 * (group >> 3) + column;
    const shift = group & 6;
    for (let i = 0; i < 16; i++) {
      const highBit = ((bytes[at + column + i] ?? 0) >> (group >> 1)) & 1;
      const quant = (((bytes[quants + i] ?? 0) >> shift) & 3) - (highBit === 1 ? 0 : 4);
      out[to + 16 * group + i] = factor * quant;
    }
  }
};

const q4_K: BlockDecoder = (bytes, at, out, to) => {
  const d = readHalf(bytes, at);
  const dmin = readHalf(bytes, at + 2);
  for (let group = 0; group < 8; group++) {
    const factor = Math.fround(d * scaleOf(bytes, at + 4, group));
    const minimum = Math.fround(dmin * minimumOf(bytes, at + 4, group));
    const quants = at + 16 + 32 * (group >> 1);
    const shift = 4 * (group & 1);
    for (let i = 0; i < 32; i++) {
      const quant = ((bytes[quants + i] ?? 0) >> shift) & 15;
      out[to + 32 * group + i] = Math.fround(factor * quant) - minimum;
    }
  }
};

const q5_K: BlockDecoder = (bytes, at, out, to) => {
  const d = readHalf(bytes, at);
  const dmin = readHalf(bytes, at + 2);
  for (let group = 0; group < 8; group++) {
    const factor = Math.fround(d * scaleOf(bytes, at + 4, group));
    const minimum = Math.fround(dmin * minimumOf(bytes, at + 4, group));
    const quants = at + 48 + 32 * (group >> 1);
    const shift = 4 * (group & 1);
    for (let i = 0; i < 32; i++) {
      const fifth = ((bytes[at + 16 + i] ?? 0) >> group) & 1;
      const quant = (((bytes[quants + i] ?? 0) >> shift) & 15) | (fifth << 4);
      out[to + 32 * group + i] = Math.fround(factor * quant) - minimum;
    }
  }
};

const q6_K: BlockDecoder = (bytes, at, out, to) => {
  const d = readHalf(bytes, at + 208);
  for (let group = 0; group < 16; group++) {
    const factor = Math.fround(d * (((bytes[at + 192 + group] ?? 0) << 24) >> 24));
    for (let i = 0; i < 16; i++) {
      out[to + 16 * group + i] = factor * (q6Quant(bytes, at, 16 * group + i) - 32);
    }
  }
};

/** The six bits of one element of a Q6_K block, 0 to 63. */
export function q6Quant(bytes: Uint8Array, at: number, element: number): number {
  // Halves of 128 elements: 64 bytes of nibbles, 32 bytes of two high bits; four rows of 32 in each half.
  const half = element >> 7;
  const row = (element >> 5) & 3;
  const column = element & 31;
  const low = bytes[at + 64 * half + 32 * (row & 1) + column] ?? 0;
  const high = bytes[at + 128 + 32 * half + column] ?? 0;
  return ((low >> (4 * (row >> 1))) & 15) | (((high >> (2 * row)) & 3) << 4);
}

/** Q4_K and Q5_K pack eight 6-bit scales and eight 6-bit minima into twelve bytes (get_scale_min_k4). */
export function scaleOf(bytes: Uint8Array, at: number, group: number): number {
  const own = bytes[at + group] ?? 0;
  if (group < 4) return own & 63;
  return ((bytes[at + group + 4] ?? 0) & 15) | (((bytes[at + group - 4] ?? 0) >> 6) << 4);
}

export function minimumOf(bytes: Uint8Array, at: number, group: number): number {
  const next = bytes[at + group + 4] ?? 0;
  if (group < 4) return next & 63;
  return (next >> 4) | (((bytes[at + group] ?? 0) >> 6) << 4);
}

export const dequantizeK = { Q2_K: q2_K, Q3_K: q3_K, Q4_K: q4_K, Q5_K: q5_K, Q6_K: q6_K };
