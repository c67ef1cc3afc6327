/** A disposed sequence gives its keys and values back. */

import { describe, expect, it } from 'vitest';
import type { Runner } from '../../../../src/worker/runner.ts';
import { floatTensors, mixedKeys, modelBytes } from '../model-variants.ts';
import { openTinyRunner } from '../open-tiny-runner.ts';

/** With all layers global and four kv heads of 64: 6 layers × 2 × 256 floats of 4 bytes. */
const bytesPerToken = 6 * 2 * 256 * 4;
const tokens = 512;

async function runSequences(runner: Runner, count: number): Promise<void> {
  const ids = Array.from({ length: tokens }, (_, i) => 2 + (i % 500));
  for (let i = 0; i < count; i++) {
    await using sequence = runner.openSequence();
    await sequence.feed(ids, { logits: 'last' });
  }
}

describe('the memory of a runner', () => {
  it('does not grow with the number of sequences that came and went', async () => {
    const keys = {
      ...mixedKeys,
      'gemma3.attention.head_count_kv': { type: 'uint32', value: 4 },
      'gemma3.attention.sliding_window_pattern': { type: 'uint32', value: 1 },
    } as const;
    const wide = { shape: [32, 256], values: new Float32Array(32 * 256) };
    const tensors = floatTensors('model-mixed.gguf').map((tensor) =>
      /attn_[kv]\.weight$/.test(tensor.name) ? { ...tensor, ...wide } : tensor,
    );
    const runner = await openTinyRunner(modelBytes(keys, tensors));
    // The first ones fill the allocators' pools and let the collector find its pace.
    await runSequences(runner, 15);
    const before = process.memoryUsage.rss();
    const more = 30;
    await runSequences(runner, more);
    const grownBytes = process.memoryUsage.rss() - before;
    expect(grownBytes).toBeLessThan((more * tokens * bytesPerToken) / 2);
  }, 30_000);
});
