/**
 * Turns the bytes of a GGML tensor into float32, bit for bit as ggml's reference code does. It is the slow and certain
 * way: what is repacked without loss goes through `graph/pack-blocks.ts` instead.
 */

import { dequantizeK } from './dequantize-k.ts';
import { dequantizeSmall } from './dequantize-small.ts';
import type { GgmlType } from './ggml-types.ts';
import { halfFloats } from './half-float.ts';

/** Writes one block: from `bytes[at…]` to `out[to…]`. */
export type BlockDecoder = (bytes: Uint8Array, at: number, out: Float32Array, to: number) => void;

const decoders: Readonly<Record<string, BlockDecoder>> = { ...dequantizeSmall, ...dequantizeK };

const wholeDecoders: Readonly<Record<string, (bytes: Uint8Array, out: Float32Array) => void>> = {
  F32: copyFloats,
  F16: decodeHalves,
  BF16: decodeBfloats,
};

export function canDequantize(type: GgmlType): boolean {
  return Object.hasOwn(wholeDecoders, type.name) || Object.hasOwn(decoders, type.name);
}

/**
 * @param bytes whole blocks.
 * @param out as long as the blocks have elements.
 * @throws TypeError for a type that `canDequantize` denies, or lengths that do not fit.
 */
export function dequantize(type: GgmlType, bytes: Uint8Array, out: Float32Array): void {
  const blocks = out.length / type.blockElements;
  if (!Number.isInteger(blocks) || bytes.length !== blocks * type.blockBytes) {
    throw new TypeError(`${bytes.length} bytes of ${type.name} do not hold ${out.length} elements`);
  }
  const decodeWhole = wholeDecoders[type.name];
  const decode = decoders[type.name];
  if (decodeWhole !== undefined) decodeWhole(bytes, out);
  else if (decode === undefined) throw new TypeError(`no decoder for ${type.name}`);
  else {
    for (let block = 0; block < blocks; block++) {
      decode(bytes, block * type.blockBytes, out, block * type.blockElements);
    }
  }
}

function copyFloats(bytes: Uint8Array, out: Float32Array): void {
  new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes);
}

function decodeHalves(bytes: Uint8Array, out: Float32Array): void {
  const halves = halfFloats();
  for (let i = 0; i < out.length; i++) {
    out[i] = halves[(bytes[2 * i] ?? 0) | ((bytes[2 * i + 1] ?? 0) << 8)] ?? 0;
  }
}

function decodeBfloats(bytes: Uint8Array, out: Float32Array): void {
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < words.length; i++) {
    words[i] = ((bytes[2 * i] ?? 0) << 16) | ((bytes[2 * i + 1] ?? 0) << 24);
  }
}
