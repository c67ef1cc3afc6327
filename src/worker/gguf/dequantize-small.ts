/** Decoders of GGML's types with blocks of 32. Low nibbles are elements 0 to 15, high ones 16 to 31. */

import type { BlockDecoder } from './dequantize.ts';
import { readHalf } from './half-float.ts';

const q4_0: BlockDecoder = (bytes, at, out, to) => {
  const d = readHalf(bytes, at);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 2 + i] ?? 0;
    out[to + i] = d * ((byte & 15) - 8);
    out[to + 16 + i] = d * ((byte >> 4) - 8);
  }
};

const q4_1: BlockDecoder = (bytes, at, out, to) => {
  const d = readHalf(bytes, at);
  const m = readHalf(bytes, at + 2);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 4 + i] ?? 0;
    out[to + i] = Math.fround(d * (byte & 15)) + m;
    out[to + 16 + i] = Math.fround(d * (byte >> 4)) + m;
  }
};

const q5_0: BlockDecoder = (bytes, at, out, to) => {
  const d = readHalf(bytes, at);
  const fifth = readWord(bytes, at + 2);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 6 + i] ?? 0;
    out[to + i] = d * (((byte & 15) | (((fifth >>> i) & 1) << 4)) - 16);
    out[to + 16 + i] = d * (((byte >> 4) | (((fifth >>> (16 + i)) & 1) << 4)) - 16);
  }
};

const q5_1: BlockDecoder = (bytes, at, out, to) => {
  const d = readHalf(bytes, at);
  const m = readHalf(bytes, at + 2);
  const fifth = readWord(bytes, at + 4);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 8 + i] ?? 0;
    out[to + i] = Math.fround(d * ((byte & 15) | (((fifth >>> i) & 1) << 4))) + m;
    out[to + 16 + i] = Math.fround(d * ((byte >> 4) | (((fifth >>> (16 + i)) & 1) << 4))) + m;
  }
};

const q8_0: BlockDecoder = (bytes, at, out, to) => {
  const d = readHalf(bytes, at);
  for (let i = 0; i < 32; i++) out[to + i] = d * (((bytes[at + 2 + i] ?? 0) << 24) >> 24);
};

// kvalues_iq4nl of ggml-common.h: sixteen levels, closer together near zero.
const iq4Levels = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

const iq4_nl: BlockDecoder = (bytes, at, out, to) => {
  const d = readHalf(bytes, at);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 2 + i] ?? 0;
    out[to + i] = d * (iq4Levels[byte & 15] ?? 0);
    out[to + 16 + i] = d * (iq4Levels[byte >> 4] ?? 0);
  }
};

export const dequantizeSmall = {
  Q4_0: q4_0,
  Q4_1: q4_1,
  Q5_0: q5_0,
  Q5_1: q5_1,
  Q8_0: q8_0,
  IQ4_NL: iq4_nl,
};

function readWord(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}
