/** Sizes of the caches, and which position stands first in them. That onnxruntime does the same is shown by running it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gemma3Config } from '../../../../src/worker/gemma3-config.ts';
import {
  firstPosition,
  kvLayout,
  positionBytes,
  slotFloats,
} from '../../../../src/worker/runtime/kv-layout.ts';

const config: Gemma3Config = {
  vocabSize: 512,
  hidden: 32,
  feedForward: 64,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  layers: ['local', 'local', 'global'],
  window: 16,
  contextTokensMax: 512,
  rmsEps: 1e-6,
  attentionScale: 0.25,
  ropeBase: { local: 1e4, global: 1e6 },
  ropeFactor: { local: 1, global: 1 },
};

describe('kvLayout', () => {
  it('gives a local layer room for its window and a chunk', () => {
    const layout = kvLayout(config, { contextTokensMax: 512, chunkTokens: 8 });
    expect(layout.capacity).toEqual({ global: 512, local: 15 + 8 });
    expect(layout.slack).toBe(8);
    expect(slotFloats(layout, 'local')).toBe(2 * 23 * 16);
    expect(slotFloats(layout, 'global')).toBe(2 * 512 * 16);
    expect(positionBytes(layout)).toBe(4 * 2 * 3 * 2 * 16);
  });

  it.each([
    { contextTokensMax: 24, chunkTokens: 8, local: 23, slack: 8 },
    { contextTokensMax: 23, chunkTokens: 8, local: 23, slack: 0 },
    { contextTokensMax: 16, chunkTokens: 8, local: 16, slack: 0 },
    { contextTokensMax: 4, chunkTokens: 8, local: 16, slack: 0 },
  ])('never drops rows where a context of $contextTokensMax fits in', ({ local, slack, ...options }) => {
    const layout = kvLayout(config, options);
    expect([layout.capacity.local, layout.slack]).toEqual([local, slack]);
  });
});

describe('firstPosition', () => {
  const layout = kvLayout(config, { contextTokensMax: 512, chunkTokens: 8 });

  it.each([
    [0, 0],
    [22, 0],
    [23, 0],
    [24, 8],
    [31, 8],
    [32, 16],
    [39, 16],
    [40, 24],
    [512, 496],
  ])('of a local layer with %i positions is %i', (length, first) => {
    expect(firstPosition(layout, 'local', length)).toBe(first);
    expect(firstPosition(layout, 'global', length)).toBe(0);
  });

  it('is the smallest number of dropped chunks with which the rest fits, and leaves a window before any next chunk', () => {
    const sizes = fc.record({
      window: fc.integer({ min: 1, max: 40 }),
      chunkTokens: fc.integer({ min: 1, max: 40 }),
      length: fc.integer({ min: 0, max: 400 }),
    });
    const property = fc.property(sizes, ({ window, chunkTokens, length }) => {
      const any = kvLayout({ ...config, window }, { contextTokensMax: 400, chunkTokens });
      let first = 0;
      while (length - first > any.capacity.local) first += chunkTokens;
      expect(firstPosition(any, 'local', length)).toBe(first);
      expect(length - first).toBeGreaterThanOrEqual(Math.min(length, window));
    });
    fc.assert(property, { numRuns: 300 });
  });
});
