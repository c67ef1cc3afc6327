/** Sequences of one runner: their limits, their independence, and their end. */

import { describe, expect, it } from 'vitest';
import type { Runner } from '../../../../src/worker/runner.ts';
import { floatTensors, modelBytes, tinyKeys } from '../model-variants.ts';
import { openTinyRunner } from '../open-tiny-runner.ts';
import { fixtureFile, largestDifference, named, referenceRow, references } from '../references.ts';

const s70 = named(references.sequences, 's70');

/** The logits of each of a few single steps after a prompt. */
async function continuation(runner: Runner, ids: readonly number[]): Promise<Float32Array[]> {
  await using sequence = runner.openSequence();
  const rows = [await sequence.feed(ids.slice(0, 30), { logits: 'last' })];
  for (const id of ids.slice(30, 40)) rows.push(await sequence.feed([id], { logits: 'last' }));
  return rows;
}

describe('sequences of a runner', () => {
  it.each(['model.gguf', 'model-mixed.gguf'])('do not disturb one another in %s', async (file) => {
    const runner = await openTinyRunner(fixtureFile(file), { chunkTokens: 8 });
    const prompts = [s70.ids, s70.ids.toReversed(), s70.ids.slice(20), s70.ids];
    const alone: Float32Array[][] = [];
    for (const ids of prompts) alone.push(await continuation(runner, ids));
    const together = await Promise.all(prompts.map((ids) => continuation(runner, ids)));
    // Bit for bit: the same chunks in the same order give the same sums.
    expect(together).toEqual(alone);
    expect(together[0]).not.toEqual(together[1]);
  });

  it('compute the same on two threads, to rounding', async () => {
    const runner = await openTinyRunner(fixtureFile('model.gguf'), { threads: 2, spins: true });
    await using sequence = runner.openSequence();
    const logits = await sequence.feed(s70.ids, { logits: 'last' });
    expect(largestDifference(logits, referenceRow(s70.offset, 69))).toBeLessThan(1e-3);
  });

  it('hold as many tokens as the context has, and refuse one more without harm', async () => {
    const runner = await openTinyRunner(fixtureFile('model.gguf'), { contextTokensMax: 40 });
    expect(runner.contextTokensMax).toBe(40);
    await using sequence = runner.openSequence();
    const early = sequence.feed(s70.ids.slice(0, 41), { logits: 'last' });
    await expect(early).rejects.toMatchObject({
      code: 'WORKER_CONTEXT_EXCEEDED',
      details: { contextTokensMax: 40 },
    });
    expect(sequence.length).toBe(0);
    const last = await sequence.feed(s70.ids.slice(0, 40), { logits: 'last' });
    expect(largestDifference(last, referenceRow(s70.offset, 39))).toBeLessThan(1e-3);
    await expect(sequence.feed([5], { logits: 'last' })).rejects.toMatchObject({
      code: 'WORKER_CONTEXT_EXCEEDED',
    });
  });

  it('run to the end of the whole context of the model', async () => {
    const runner = await openTinyRunner(fixtureFile('model.gguf'));
    expect(runner.contextTokensMax).toBe(512);
    await using sequence = runner.openSequence();
    const ids = Array.from({ length: 512 }, (_, i) => s70.ids[i % 70] ?? 0);
    const logits = await sequence.feed(ids, { logits: 'all' });
    expect(logits).toHaveLength(512 * 512);
    expect(logits.every(Number.isFinite)).toBe(true);
    expect(largestDifference(logits.subarray(69 * 512, 70 * 512), referenceRow(s70.offset, 69))).toBeLessThan(
      1e-3,
    );
  });

  it.each<{ what: string; ids: readonly number[]; reason: string }>([
    { what: 'no token', ids: [], reason: 'at least one token' },
    { what: 'a token beyond the vocabulary', ids: [512], reason: '512 is no token id' },
    { what: 'a negative token', ids: [3, -1], reason: '-1 is no token id' },
    { what: 'a broken number', ids: [1.5], reason: '1.5 is no token id' },
  ])('refuse $what as a mistake of the caller', async ({ ids, reason }) => {
    const runner = await openTinyRunner(fixtureFile('model.gguf'));
    await using sequence = runner.openSequence();
    const fed = sequence.feed(ids, { logits: 'last' });
    await expect(fed).rejects.toThrow(TypeError);
    await expect(fed).rejects.toThrow(reason);
    expect(await sequence.feed([2], { logits: 'last' })).toHaveLength(512);
  });

  it('take one feed at a time', async () => {
    const runner = await openTinyRunner(fixtureFile('model.gguf'));
    await using sequence = runner.openSequence();
    const first = sequence.feed([2], { logits: 'last' });
    await expect(sequence.feed([3], { logits: 'last' })).rejects.toThrow('one feed at a time');
    expect(await first).toHaveLength(512);
  });

  it('stop between two chunks on abort, and are unusable then', async () => {
    // A context of thousands, so that the end is far when the abort comes, however busy the machine is.
    const keys = { ...tinyKeys, 'gemma3.context_length': { type: 'uint32', value: 20_000 } } as const;
    const runner = await openTinyRunner(modelBytes(keys, floatTensors('model.gguf')), { chunkTokens: 1 });
    await using sequence = runner.openSequence();
    await using other = runner.openSequence();
    const abort = new AbortController();
    const ids = Array.from({ length: 20_000 }, (_, i) => s70.ids[i % 70] ?? 0);
    const long = sequence.feed(ids, { logits: 'last', signal: abort.signal });
    // The other sequence's answer shows that the long feed is under way.
    await other.feed([2], { logits: 'last' });
    abort.abort();
    await expect(long).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
    expect(sequence.length).toBe(0);
    await expect(sequence.feed([2], { logits: 'last' })).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
    const late = runner.openSequence().feed([2], { logits: 'last', signal: AbortSignal.abort() });
    await expect(late).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
    expect(await other.feed([3], { logits: 'last' })).toHaveLength(512);
  });

  it('answer a short feed before a long one that started earlier ends', async () => {
    const runner = await openTinyRunner(fixtureFile('model.gguf'), { chunkTokens: 1 });
    await using long = runner.openSequence();
    await using short = runner.openSequence();
    const finished: string[] = [];
    const ids = Array.from({ length: 300 }, (_, i) => s70.ids[i % 70] ?? 0);
    await Promise.all([
      long.feed(ids, { logits: 'last' }).then(() => finished.push('long')),
      short.feed([2, 3, 4], { logits: 'last' }).then(() => finished.push('short')),
    ]);
    expect(finished).toEqual(['short', 'long']);
  });

  it('leave the event loop free while the model runs', async () => {
    const runner = await openTinyRunner(fixtureFile('model.gguf'), { chunkTokens: 500 });
    await using sequence = runner.openSequence();
    let turns = 0;
    let isRunning = true;
    const count = () => {
      turns++;
      if (isRunning) setImmediate(count);
    };
    count();
    await sequence.feed(
      Array.from({ length: 500 }, () => 2),
      { logits: 'last' },
    );
    isRunning = false;
    expect(turns).toBeGreaterThan(10);
  });
});
