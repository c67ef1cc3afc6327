/** The limits of a runner's sequences, and the mistakes of a caller: refused with a reason, and without harm to anybody. */

import { describe, expect, it } from 'vitest';
import type { DecodeToken, Runner, Sequence } from '../../../../src/worker/runner.ts';
import { kinds, openTinyRunner, tinyRunnerOfBlock } from '../open-tiny-runner.ts';
import { append, fixtureFile, largestDifference, named, referenceRow, references } from '../references.ts';

const s70 = named(references.sequences, 's70');

/** Fills a sequence up to the context's last position, so that one more does not fit. */
async function fill(runner: Runner, sequence: Sequence): Promise<void> {
  const ids = Array.from({ length: runner.contextTokensMax }, (_, i) => s70.ids[i % 70] ?? 0);
  await append({ runner, sequence }, ids.slice(sequence.length));
}

describe.each(kinds)('sequences of the %s runner', (kind) => {
  const runner = tinyRunnerOfBlock(fixtureFile('model.gguf'), {
    kind,
    sequencesMax: 2,
    chunkTokens: 16,
    contextTokensMax: 40,
  });
  /** With the whole context of the model. */
  const other = tinyRunnerOfBlock(fixtureFile('model.gguf'), {
    kind,
    chunkTokens: 16,
    contextTokensMax: 9999,
  });

  it('are as many as the runner has room for, and one that is closed makes room', () => {
    expect(runner()).toMatchObject({
      kind,
      vocabSize: 512,
      sequencesMax: 2,
      chunkTokens: 16,
      contextTokensMax: 40,
    });
    using _first = runner().openSequence();
    const second = runner().openSequence();
    expect(() => runner().openSequence()).toThrow(new TypeError('all 2 sequences of the runner are open'));
    second[Symbol.dispose]();
    second[Symbol.dispose]();
    using _third = runner().openSequence();
    expect(() => runner().openSequence()).toThrow(TypeError);
  });

  it('hold exactly as many tokens as the context, and refuse one more without harm', async () => {
    using sequence = runner().openSequence();
    using other = runner().openSequence();
    await append({ runner: runner(), sequence }, s70.ids.slice(0, 32));
    const early = runner().prefill(sequence, s70.ids.slice(32, 41), { logits: 'last' });
    await expect(early).rejects.toMatchObject({
      code: 'WORKER_CONTEXT_EXCEEDED',
      message: 'could not append 9 tokens: the context holds 40 and has 32; send a shorter prompt',
      details: { contextTokensMax: 40, length: 32, added: 9 },
    });
    expect(sequence.length).toBe(32);
    await runner().prefill(sequence, s70.ids.slice(32, 39), { logits: 'none' });
    const last = await runner().decode([{ sequence, id: s70.ids[39] ?? 0 }]);
    expect(largestDifference(last.slice(), referenceRow(s70.offset, 39))).toBeLessThan(1e-3);
    expect(sequence.length).toBe(40);
    const tokens = [
      { sequence: other, id: 2 },
      { sequence, id: 5 },
    ];
    await expect(runner().decode(tokens)).rejects.toMatchObject({ code: 'WORKER_CONTEXT_EXCEEDED' });
    expect(other.length).toBe(0);
    expect(await runner().decode(tokens.slice(0, 1))).toHaveLength(512);
  });

  it('have the model’s own context at most', async () => {
    expect(other().contextTokensMax).toBe(512);
    using sequence = other().openSequence();
    await fill(other(), sequence);
    await expect(other().decode([{ sequence, id: 5 }])).rejects.toMatchObject({
      code: 'WORKER_CONTEXT_EXCEEDED',
    });
  });

  it('may be shorter than a local layer’s window', async () => {
    const short = await openTinyRunner(fixtureFile('model.gguf'), { kind, contextTokensMax: 8 });
    using sequence = short.openSequence();
    const row = await short.prefill(sequence, s70.ids.slice(0, 8), { logits: 'last' });
    expect(largestDifference(row, referenceRow(s70.offset, 7))).toBeLessThan(1e-3);
  });

  it.each<{ what: string; ids: readonly number[]; reason: string }>([
    { what: 'no token', ids: [], reason: 'a run needs at least one token' },
    { what: 'a token beyond the vocabulary', ids: [512], reason: '512 is no token id of this model' },
    { what: 'a negative token', ids: [3, -1], reason: '-1 is no token id of this model' },
    { what: 'a broken number', ids: [1.5], reason: '1.5 is no token id of this model' },
    { what: 'not a number', ids: [Number.NaN], reason: 'NaN is no token id of this model' },
    {
      what: 'tokens across the border of a chunk',
      ids: Array.from({ length: 16 }, () => 2),
      reason: 'tokens of a prompt may not cross the border of a chunk',
    },
  ])('refuse $what as a mistake of the caller', async ({ ids, reason }) => {
    using sequence = runner().openSequence();
    await runner().prefill(sequence, [2], { logits: 'none' });
    await expect(runner().prefill(sequence, ids, { logits: 'last' })).rejects.toThrow(new TypeError(reason));
    const [id = 0] = ids;
    if (ids.length === 1) {
      await expect(runner().decode([{ sequence, id }])).rejects.toThrow(new TypeError(reason));
    }
    expect(sequence.length).toBe(1);
    expect(await runner().prefill(sequence, [3], { logits: 'last' })).toHaveLength(512);
  });

  it('decode one token each at a time, and none at all is no call', async () => {
    using sequence = runner().openSequence();
    const twice = runner().decode([
      { sequence, id: 2 },
      { sequence, id: 3 },
    ]);
    await expect(twice).rejects.toThrow(new TypeError('a sequence decodes one token at a time'));
    expect(await runner().decode([])).toHaveLength(0);
    expect(sequence.length).toBe(0);
  });

  it('are another runner’s, or closed, and then refused', async () => {
    using stranger = other().openSequence();
    const closed = runner().openSequence();
    closed[Symbol.dispose]();
    using _heir = runner().openSequence();
    for (const sequence of [stranger, closed]) {
      const reason = new TypeError('the sequence is not an open one of this runner');
      await expect(runner().prefill(sequence, [2], { logits: 'none' })).rejects.toThrow(reason);
      await expect(runner().decode([{ sequence, id: 2 }])).rejects.toThrow(reason);
    }
    await expect(closed.copyLastChunk()).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
  });

  it('give and take whole chunks of their own runner alone', async () => {
    using elsewhere = other().openSequence();
    await append({ runner: other(), sequence: elsewhere }, s70.ids.slice(0, 16));
    using foreign = await elsewhere.copyLastChunk();
    using sequence = runner().openSequence();
    const atItsEnd = new TypeError('a chunk is copied at its end');
    await expect(sequence.copyLastChunk()).rejects.toThrow(atItsEnd);
    await append({ runner: runner(), sequence }, s70.ids.slice(0, 15));
    await expect(sequence.copyLastChunk()).rejects.toThrow(atItsEnd);
    await append({ runner: runner(), sequence }, s70.ids.slice(15, 16));
    const chunk = await sequence.copyLastChunk();
    const begins = new TypeError('the chunk begins at 0, not at 16');
    await expect(sequence.appendChunk(chunk)).rejects.toThrow(begins);
    using fresh = runner().openSequence();
    const notOurs = new TypeError('the chunk is not of this runner');
    await expect(fresh.appendChunk(foreign)).rejects.toThrow(notOurs);
    chunk[Symbol.dispose]();
    chunk[Symbol.dispose]();
    await expect(fresh.appendChunk(chunk)).rejects.toThrow(new TypeError('the chunk is disposed'));
    expect([fresh.length, sequence.length]).toEqual([0, 16]);
  });

  it('run one call at a time, and a second one harms nobody', async () => {
    using sequence = runner().openSequence();
    using other = runner().openSequence();
    await append({ runner: runner(), sequence: other }, s70.ids.slice(0, 16));
    const chunk = await other.copyLastChunk();
    await append({ runner: runner(), sequence: other }, s70.ids.slice(16, 20));
    const first = runner().prefill(sequence, s70.ids.slice(0, 16), { logits: 'last' });
    const tokens: DecodeToken[] = [{ sequence: other, id: s70.ids[20] ?? 0 }];
    const seconds = [
      runner().prefill(other, [3], { logits: 'none' }),
      // It would want the slot in which the first one runs.
      runner().decode(tokens),
      other.copyLastChunk(),
      sequence.appendChunk(chunk),
    ];
    for (const { status, ...rest } of await Promise.allSettled(seconds)) {
      expect({ status, ...rest }).toEqual({
        status: 'rejected',
        reason: new TypeError('a runner takes one call at a time'),
      });
    }
    expect(largestDifference((await first).slice(), referenceRow(s70.offset, 15))).toBeLessThan(1e-3);
    const row = (await runner().decode(tokens)).slice();
    expect(largestDifference(row, referenceRow(s70.offset, 20))).toBeLessThan(1e-3);
    chunk[Symbol.dispose]();
  });

  it('leave their place to another while they run, without harm to it', async () => {
    const sequence = runner().openSequence();
    using _other = runner().openSequence();
    await append({ runner: runner(), sequence }, s70.ids.slice(0, 32));
    const running = runner().prefill(sequence, s70.ids.slice(32, 40), { logits: 'last' });
    sequence[Symbol.dispose]();
    using heir = runner().openSequence();
    await running.catch(() => undefined);
    await append({ runner: runner(), sequence: heir }, s70.ids.slice(0, 32));
    const row = await runner().prefill(heir, s70.ids.slice(32, 40), { logits: 'last' });
    expect(largestDifference(row, referenceRow(s70.offset, 39))).toBeLessThan(1e-3);
  });
});
