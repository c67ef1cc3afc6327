/**
 * Where onnxruntime's GroupQueryAttention keeps the keys and values of a sequence: rows in the order of their positions, in a local layer
 * only the last of them. Pure. A local layer's first row is a function of the length alone, seen on onnxruntime 1.30:
 * rows are dropped from the front, so many at once that no step moves rows more than once in `slack` positions.
 */

import type { Gemma3Config } from '../gemma3-config.ts';

export type LayerKind = Gemma3Config['layers'][number];

export interface KvLayout {
  readonly layers: readonly LayerKind[];
  readonly kvHeads: number;
  readonly headDim: number;
  /** Rows of a sequence's cache in one layer and head. */
  readonly capacity: Readonly<Record<LayerKind, number>>;
  /** Rows that a local layer drops at once; 0 where it never drops any. */
  readonly slack: number;
}

export interface KvLayoutOptions {
  readonly contextTokensMax: number;
  readonly chunkTokens: number;
}

export function kvLayout(
  { layers, kvHeads, headDim, window }: Gemma3Config,
  { contextTokensMax, chunkTokens }: KvLayoutOptions,
): KvLayout {
  const windowed = window - 1 + chunkTokens;
  const isWindowed = windowed < contextTokensMax;
  return {
    layers,
    kvHeads,
    headDim,
    // onnxruntime refuses a local layer's cache that is smaller than its window, however short the context is.
    capacity: {
      global: contextTokensMax,
      local: isWindowed ? windowed : Math.max(contextTokensMax, window),
    },
    slack: isWindowed ? chunkTokens : 0,
  };
}

/** Position of the row that stands first, in a sequence of `length` positions. */
export function firstPosition({ capacity, slack }: KvLayout, kind: LayerKind, length: number): number {
  if (kind === 'global' || slack === 0) return 0;
  return Math.ceil(Math.max(0, length - capacity.local) / slack) * slack;
}

/** Floats of one sequence in one of a layer's two caches. */
export function slotFloats({ capacity, kvHeads, headDim }: KvLayout, kind: LayerKind): number {
  return kvHeads * capacity[kind] * headDim;
}

/** Bytes of the keys and values of one position, in all layers. */
export function positionBytes({ layers, kvHeads, headDim }: KvLayout): number {
  return 4 * 2 * layers.length * kvHeads * headDim;
}

/** Positions of a prompt that run at once, unless somebody asks for other chunks. */
export const usualChunkTokens = 128;

/** Bytes of the keys and values of one sequence at most. */
export function kvBytes(config: Gemma3Config, contextTokensMax: number): number {
  const layout = kvLayout(config, { contextTokensMax, chunkTokens: usualChunkTokens });
  return layout.layers.reduce((sum, kind) => sum + 4 * 2 * slotFloats(layout, kind), 0);
}
