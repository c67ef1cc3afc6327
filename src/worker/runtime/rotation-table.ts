/**
 * Cosines and sines of rotary position embedding. They are rounded to float32 where the reference implementation
 * (transformers) rounds them, which at position 700 is worth four decimals of a logit.
 */

import type { Gemma3Config } from '../gemma3-config.ts';

/**
 * What a graph takes of them, by the names of its inputs: [positions, headDim / 2] each. Over buffers of their own, for native
 * code holds their address.
 */
export function rotationTables(
  { ropeBase, ropeFactor, headDim }: Pick<Gemma3Config, 'ropeBase' | 'ropeFactor' | 'headDim'>,
  positions: number,
): readonly { readonly name: string; readonly values: Float32Array }[] {
  return (['local', 'global'] as const).flatMap((kind) => {
    const { cos, sin } = rotationTable(
      { base: ropeBase[kind], factor: ropeFactor[kind], headDim },
      positions,
    );
    return [
      { name: `cos_${kind}`, values: cos },
      { name: `sin_${kind}`, values: sin },
    ];
  });
}

interface RotationTable {
  /** [positions, headDim / 2] each. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

interface RotationOptions {
  readonly base: number;
  /** Positions are divided by it. */
  readonly factor: number;
  readonly headDim: number;
}

function rotationTable({ base, factor, headDim }: RotationOptions, positions: number): RotationTable {
  const half = headDim / 2;
  const cos = new Float32Array(new ArrayBuffer(4 * positions * half));
  const sin = new Float32Array(new ArrayBuffer(4 * positions * half));
  for (let column = 0; column < half; column++) {
    const frequency = Math.fround(Math.fround(1 / Math.fround(base ** ((2 * column) / headDim))) / factor);
    for (let row = 0; row < positions; row++) {
      const angle = Math.fround(row * frequency);
      cos[row * half + column] = Math.cos(angle);
      sin[row * half + column] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
