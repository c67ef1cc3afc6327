/**
 * In which form each matrix of a model enters the graph: a float32 matrix, or MatMulNBits' blocks of 8 or 4 bits with one float32
 * scale a block. Pure: a scheme, a type and a row's length decide.
 */

import type { GgmlType } from '../gguf/ggml-types.ts';

export type BlockSize = 16 | 32 | 64 | 128;

export type WeightTarget =
  | { readonly kind: 'float32' }
  | { readonly kind: 'blocks'; readonly bits: 8 | 4; readonly block: BlockSize };

/**
 * - `auto`: float types stay float, Q4_0 keeps its 4 bits without loss, the rest is rounded to 8 bits in blocks of `block`.
 * - `lossless`: what fits blocks as it is keeps every value; the rest is rounded to 8 bits in blocks of 16.
 * - `8-bit`, `4-bit`: everything is rounded, float types too; 4 bits in blocks of 32.
 * - `float`: everything is float32.
 */
export const weightSchemes = ['auto', 'lossless', '8-bit', '4-bit', 'float'] as const;
export type WeightScheme = (typeof weightSchemes)[number];

const float32: WeightTarget = { kind: 'float32' };
const blocks = (bits: 8 | 4, block: BlockSize): WeightTarget => ({ kind: 'blocks', bits, block });

const losslessTargets: Readonly<Record<string, WeightTarget>> = {
  Q8_0: blocks(8, 16),
  Q5_0: blocks(8, 16),
  Q4_0: blocks(4, 32),
  Q6_K: blocks(8, 16),
};

/** @param options.block for where the scheme is free to choose. */
export function weightTarget(
  type: GgmlType,
  scheme: WeightScheme,
  { block }: { readonly block: BlockSize },
): WeightTarget {
  const isFloat = type.blockElements === 1;
  switch (scheme) {
    case 'auto':
      if (isFloat) return float32;
      return type.name === 'Q4_0' ? blocks(4, 32) : blocks(8, block);
    case 'lossless':
      return isFloat ? float32 : (losslessTargets[type.name] ?? blocks(8, 16));
    case '8-bit':
      return blocks(8, block);
    case '4-bit':
      return blocks(4, 32);
    case 'float':
      return float32;
  }
}

/** Rows hold whole blocks: the largest block up to the wanted one that divides a row, or float32 where none does. */
export function fittingTarget(target: WeightTarget, columns: number): WeightTarget {
  if (target.kind === 'float32') return target;
  const block = ([128, 64, 32, 16] as const).find((size) => size <= target.block && columns % size === 0);
  return block === undefined ? float32 : blocks(target.bits, block);
}

export function isSameTarget(a: WeightTarget, b: WeightTarget): boolean {
  if (a.kind === 'float32' || b.kind === 'float32') return a.kind === b.kind;
  return a.bits === b.bits && a.block === b.block;
}
