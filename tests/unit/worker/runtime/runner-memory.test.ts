/** Sequences and chunks that come and go leave nothing behind. What takes thousands of runs to show stands in `tests/deep`. */

import { describe, expect, it } from 'vitest';
import type { Runner } from '../../../../src/worker/runner.ts';
import { floatTensors, mixedKeys, modelBytes } from '../model-variants.ts';
import { kinds, tinyRunnerOfBlock } from '../open-tiny-runner.ts';

/** With all layers global and four kv heads of 64, a position takes 12 KiB. */
function wideModel(): Buffer {
  const keys = {
    ...mixedKeys,
    'gemma3.attention.head_count_kv': { type: 'uint32', value: 4 },
    'gemma3.attention.sliding_window_pattern': { type: 'uint32', value: 1 },
  } as const;
  const wide = { shape: [32, 256], values: new Float32Array(32 * 256) };
  const tensors = floatTensors('model-mixed.gguf').map((tensor) =>
    /attn_[kv]\.weight$/.test(tensor.name) ? { ...tensor, ...wide } : tensor,
  );
  return modelBytes(keys, tensors);
}

const chunkTokens = 64;
const copies = 30;

async function runSequences(runner: Runner, count: number): Promise<void> {
  const ids = Array.from({ length: chunkTokens }, (_, i) => 2 + i);
  for (let i = 0; i < count; i++) {
    using sequence = runner.openSequence();
    await runner.prefill(sequence, ids, { logits: 'last' });
    for (let copy = 0; copy < copies; copy++) {
      using chunk = await sequence.copyLastChunk();
      using other = runner.openSequence();
      await other.appendChunk(chunk);
    }
  }
}

describe.each(kinds)('the memory of the %s runner', (kind) => {
  const runner = tinyRunnerOfBlock(wideModel(), { kind, chunkTokens, sequencesMax: 2 });

  it('does not grow with the number of sequences and chunks that came and went', async () => {
    expect(runner().positionBytes).toBe(6 * 2 * 4 * 64 * 4);
    // The first ones fill the allocators' pools and let the collector find its pace.
    await runSequences(runner(), 4);
    const before = process.memoryUsage.rss();
    const more = 12;
    await runSequences(runner(), more);
    const grownBytes = process.memoryUsage.rss() - before;
    expect(grownBytes).toBeLessThan((more * copies * chunkTokens * runner().positionBytes) / 3);
  });
});
