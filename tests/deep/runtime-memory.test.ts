/** Runners, sequences, chunks and runs by the thousand: what native code was given for them is given back. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { kinds, openBuilt, tinyRunnerOfBlock } from '../unit/worker/open-tiny-runner.ts';
import { fixtureFile } from '../unit/worker/references.ts';

const model = fixtureFile('model-mixed.gguf');
const ids = Array.from({ length: 16 }, (_, i) => 3 * i);

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function residentBytes(): number {
  collect();
  return process.memoryUsage.rss();
}

describe.each(kinds)('the %s runner', (kind) => {
  const runner = tinyRunnerOfBlock(model, { kind, chunkTokens: 16, sequencesMax: 8 });

  /** Eight sequences, some of which are restored from a chunk; every batch size; runs with a signal; one that is aborted. */
  async function round(): Promise<void> {
    const { signal } = new AbortController();
    using opened = new DisposableStack();
    const sequences = Array.from({ length: 7 }, () => opened.use(runner().openSequence()));
    const [first] = sequences;
    if (first === undefined) throw new Error('seven were opened');
    await runner().prefill(first, ids, { logits: 'all', signal });
    const chunk = opened.use(await first.copyLastChunk());
    for (const sequence of sequences.slice(1, 4)) await sequence.appendChunk(chunk);
    for (let count = 1; count <= 7; count++) {
      await runner().decode(sequences.slice(-count).map((sequence) => ({ sequence, id: count })));
    }
    using aborted = runner().openSequence();
    const abort = new AbortController();
    const running = runner().prefill(aborted, ids, { logits: 'last', signal: abort.signal });
    abort.abort();
    await running.catch(() => undefined);
  }

  test('gives the memory of 18,000 runs and 16,000 sequences back', async () => {
    for (let warm = 0; warm < 600; warm++) await round();
    const before = residentBytes();
    for (let more = 0; more < 2000; more++) await round();
    // Missing releases of the six values of a run would come to more. The allocators take a few megabytes at some time.
    expect(residentBytes() - before).toBeLessThan(16_000_000);
  });

  test('gives the memory of a runner back that is closed', async () => {
    const cycle = async () => {
      await using short = await openBuilt(model, { kind, contextTokensMax: 512, sequencesMax: 64 });
      using sequence = short.openSequence();
      await short.prefill(sequence, ids, { logits: 'last' });
    };
    for (let warm = 0; warm < 10; warm++) await cycle();
    const before = residentBytes();
    for (let more = 0; more < 40; more++) await cycle();
    expect(residentBytes() - before).toBeLessThan(40_000_000);
  });
});
