/** Random models with few layers and few tokens, whose matrices are as wide as wanted. */

import { modelBytes, tinyKeys } from './model-variants.ts';

interface MiddlingSizes {
  readonly hidden: number;
  readonly feedForward: number;
  readonly headDim: number;
}

const layers = 2;

/** @param sizes default: those of the 270m model. */
export function middlingModel(
  { hidden, feedForward, headDim }: MiddlingSizes = { hidden: 640, feedForward: 2048, headDim: 256 },
): Buffer {
  const uint = (value: number) => ({ type: 'uint32', value }) as const;
  const keys = {
    ...tinyKeys,
    'gemma3.block_count': uint(layers),
    'gemma3.embedding_length': uint(hidden),
    'gemma3.feed_forward_length': uint(feedForward),
    'gemma3.attention.key_length': uint(headDim),
    'gemma3.attention.value_length': uint(headDim),
    'gemma3.attention.sliding_window': uint(512),
    'gemma3.context_length': uint(2048),
    'gemma3.attention.sliding_window_pattern': { type: 'bools', value: [true, false] },
  } as const;
  const shapes: Record<string, readonly number[]> = { token_embd: [hidden, 512], output_norm: [hidden] };
  for (let layer = 0; layer < layers; layer++) {
    const own = {
      attn_norm: [hidden],
      attn_q: [hidden, 4 * headDim],
      attn_k: [hidden, headDim],
      attn_v: [hidden, headDim],
      attn_output: [4 * headDim, hidden],
      attn_q_norm: [headDim],
      attn_k_norm: [headDim],
      post_attention_norm: [hidden],
      ffn_norm: [hidden],
      ffn_gate: [hidden, feedForward],
      ffn_up: [hidden, feedForward],
      ffn_down: [feedForward, hidden],
      post_ffw_norm: [hidden],
    };
    for (const [name, shape] of Object.entries(own)) shapes[`blk.${layer}.${name}`] = shape;
  }
  const next = xorshift(7);
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length }, () => (shape.length === 1 ? 1 : 0.1) * next());
    return { name: `${name}.weight`, shape, values };
  });
  return modelBytes(keys, tensors);
}

/** Numbers from -1 to 1, the same each time. */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}
