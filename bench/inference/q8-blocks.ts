/** Rounds floats to GGML's Q8_0 as its reference code does (`quantize_row_q8_0_ref`), bit for bit. */

export const q8Block = { elements: 32, bytes: 34 } as const;

/**
 * @param values whole blocks of 32.
 * @param out 34 bytes a block: a half-precision scale, then 32 signed bytes.
 * @throws TypeError for lengths that do not fit.
 */
export function roundToQ8(values: Float32Array, out: Uint8Array): void {
  const blocks = values.length / q8Block.elements;
  if (!Number.isInteger(blocks) || out.length !== blocks * q8Block.bytes) {
    throw new TypeError(`${values.length} values do not round to ${out.length} bytes of Q8_0`);
  }
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  for (let block = 0; block < blocks; block++) {
    const from = block * q8Block.elements;
    const to = block * q8Block.bytes;
    const scale = Math.fround(largestMagnitude(values, from) / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    view.setFloat16(to, scale, true);
    for (let i = 0; i < q8Block.elements; i++) {
      view.setInt8(to + 2 + i, roundHalfAway(Math.fround((values[from + i] ?? 0) * inverse)));
    }
  }
}

function largestMagnitude(values: Float32Array, from: number): number {
  let largest = 0;
  for (let i = from; i < from + q8Block.elements; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
  return largest;
}

/** C's `roundf`; JavaScript's `Math.round` takes -0.5 to 0. */
const roundHalfAway = (value: number) => (value < 0 ? -Math.round(-value) : Math.round(value));
