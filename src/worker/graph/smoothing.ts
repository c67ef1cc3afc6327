/**
 * Factors that make the channels of a matrix' input alike, so that blocks of many channels can share a scale. Each input channel is divided by its
 * factor where it is made, and the matrix' column multiplied by it: in real numbers nothing changes. Pure.
 */

/**
 * By the name of an input (`smoothedInputs`), one factor for each of its channels. Of `attn_output` one for each channel of V, which
 * several query heads share.
 */
export type SmoothingFactors = ReadonlyMap<string, Float32Array>;

export const noSmoothing: SmoothingFactors = new Map();

/** What was seen of an input: for each of its channels the sum of squares over the text, and that of the matrix' column. */
export interface ChannelSquares {
  readonly input: Float32Array;
  readonly columns: Float32Array;
}

/** Factors are powers of this: what a CPU's arithmetic adds in last bits is rounded away, and two machines build the same graph. */
const step = 2 ** (1 / 16);
/** Of the mean: channels that hardly speak in a short text may do so in another. */
const least = 1e-3;

/** The square root of input over column, both as root mean squares, with a geometric mean of 1. */
export function factorsOf({ input, columns }: ChannelSquares): Float32Array {
  const [inputs, weights] = [magnitudes(input), magnitudes(columns)];
  const logs = Float64Array.from(inputs, (value, i) => Math.log2(value / (weights[i] ?? 1)) / 2);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return Float32Array.from(logs, (log) => {
    const factor = step ** Math.round((log - mean) / Math.log2(step));
    return Number.isFinite(factor) ? factor : 1;
  });
}

function magnitudes(squares: Float32Array): Float64Array {
  const values = Float64Array.from(squares, Math.sqrt);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return mean > 0 ? values.map((value) => Math.max(value, least * mean)) : values.fill(1);
}

interface HeadSizes {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Of the channels of all query heads, the sums for each channel of V: those heads that attend to one share its factor. */
export function sumOverSharers(squares: Float32Array, { heads, kvHeads, headDim }: HeadSizes): Float32Array {
  const sums = new Float32Array(kvHeads * headDim);
  const place = sharedPlaces({ heads, kvHeads, headDim });
  for (const [channel, square] of squares.entries()) {
    const to = place(channel);
    sums[to] = (sums[to] ?? 0) + square;
  }
  return sums;
}

/** The other way: for each channel of each query head the factor of its channel of V. */
export function spreadOverSharers(factors: Float32Array, sizes: HeadSizes): Float32Array {
  const place = sharedPlaces(sizes);
  return Float32Array.from(
    { length: sizes.heads * sizes.headDim },
    (_, channel) => factors[place(channel)] ?? 1,
  );
}

function sharedPlaces({ heads, kvHeads, headDim }: HeadSizes): (channel: number) => number {
  const sharers = heads / kvHeads;
  return (channel) => {
    const head = Math.floor(channel / headDim);
    return Math.floor(head / sharers) * headDim + (channel % headDim);
  };
}

export function inverse(factors: Float32Array): Float32Array {
  return factors.map((factor) => 1 / factor);
}
