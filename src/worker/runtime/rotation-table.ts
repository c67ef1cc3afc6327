/**
 * Cosines and sines of rotary position embedding. They are rounded to float32 where the reference implementation
 * (transformers) rounds them, which at position 700 is worth four decimals of a logit.
 */

export interface RotationTable {
  /** [positions, headDim / 2] each. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

export interface RotationOptions {
  readonly base: number;
  /** Positions are divided by it. */
  readonly factor: number;
  readonly headDim: number;
}

export function rotationTable(
  { base, factor, headDim }: RotationOptions,
  positions: { readonly first: number; readonly count: number },
): RotationTable {
  const half = headDim / 2;
  const cos = new Float32Array(positions.count * half);
  const sin = new Float32Array(positions.count * half);
  for (let column = 0; column < half; column++) {
    const frequency = Math.fround(Math.fround(1 / Math.fround(base ** ((2 * column) / headDim))) / factor);
    for (let row = 0; row < positions.count; row++) {
      const angle = Math.fround((positions.first + row) * frequency);
      cos[row * half + column] = Math.cos(angle);
      sin[row * half + column] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
