/** 16-bit floats to 32-bit ones, exactly, subnormals and infinities included. */

let table: Float32Array | undefined;

/** Every IEEE 754 half-precision value, by its bits: a quarter of a megabyte, made on first use. */
export function halfFloats(): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, bits) => halfToFloat(bits));
  return table;
}

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The half-precision value whose two bytes, low one first, stand at a position. */
export function readHalf(bytes: Uint8Array, at: number): number {
  return halfFloats()[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? 0;
}
