import { beforeEach, expect, test } from 'vitest';
import type { KvChunk, Runner, Sequence } from '../../../../src/worker/runner.ts';
import { PrefixCache, type PrefixPlace } from '../../../../src/worker/scheduling/prefix-cache.ts';
import { openTinyRunner } from '../open-tiny-runner.ts';
import { fixtureFile } from '../references.ts';
import { promptOf } from './greedy-job.ts';

const chunkTokens = 8;
const [a, b, c] = [promptOf(25, 30), promptOf(25, 31), promptOf(25, 32)];

let runner: Runner;
let chunkBytes: number;
beforeEach(async () => {
  runner = await openTinyRunner(fixtureFile('model.gguf'), { chunkTokens, sequencesMax: 4 });
  chunkBytes = chunkTokens * runner.positionBytes;
});

const cacheOf = (chunks: number) => new PrefixCache({ bytesMax: chunks * chunkBytes, chunkTokens });

interface Prefilled extends Disposable {
  readonly sequence: Sequence;
  readonly place: PrefixPlace;
  readonly cached: number;
}

/** Runs the whole chunks of a prompt, as a scheduler would, and holds its place. */
async function prefilled(cache: PrefixCache, ids: readonly number[]): Promise<Prefilled> {
  const sequence = runner.openSequence();
  const place = await cache.restore(sequence, ids);
  const cached = sequence.length;
  for (let at = cached; at + chunkTokens <= ids.length; at += chunkTokens) {
    const chunk = ids.slice(at, at + chunkTokens);
    await runner.prefill(sequence, chunk, { logits: 'none' });
    await place.extend(sequence, chunk);
  }
  return {
    sequence,
    place,
    cached,
    [Symbol.dispose]() {
      place[Symbol.dispose]();
      sequence[Symbol.dispose]();
    },
  };
}

async function keep(cache: PrefixCache, ids: readonly number[]): Promise<number> {
  using done = await prefilled(cache, ids);
  return done.cached;
}

/** How much of a prompt is at hand, without adding to it. */
async function known(cache: PrefixCache, ids: readonly number[]): Promise<number> {
  using sequence = runner.openSequence();
  using _place = await cache.restore(sequence, ids);
  return sequence.length;
}

test.each([
  ['nothing', 1, 0],
  ['nothing', 8, 0],
  ['one chunk', 9, 8],
  ['one chunk', 16, 8],
  ['two chunks', 17, 16],
  ['two chunks', 24, 16],
  ['all that is kept', 25, 24],
])('gives %s to a prompt of %i known tokens', async (_, tokens, cached) => {
  using cache = cacheOf(10);
  expect(await keep(cache, a)).toBe(0);
  expect(cache.counts).toEqual({ bytes: 3 * chunkBytes, chunks: 3, hitTokens: 0, missedTokens: 25 });
  expect(await known(cache, a.slice(0, tokens))).toBe(cached);
  expect(cache.counts).toMatchObject({ chunks: 3, hitTokens: cached, missedTokens: 25 + tokens - cached });
});

test.each([
  ['in the first chunk', 7, 0],
  ['in the second', 8, 8],
  ['at the end of the second', 15, 8],
  ['in the third', 16, 16],
])('gives what comes before a difference %s', async (_, at, cached) => {
  using cache = cacheOf(10);
  await keep(cache, a);
  expect(await known(cache, a.with(at, 99))).toBe(cached);
});

test('finds no chunk without those before it', async () => {
  using cache = cacheOf(10);
  await keep(cache, a);
  expect(await known(cache, [...b.slice(0, 8), ...a.slice(8)])).toBe(0);
});

test('tells apart tokens that look alike when they are written together', async () => {
  using cache = cacheOf(10);
  await keep(cache, [2, 11, 1, 3, 4, 5, 6, 7, 8]);
  expect(await known(cache, [2, 1, 11, 3, 4, 5, 6, 7, 8])).toBe(0);
  expect(await known(cache, [21, 1, 1, 3, 4, 5, 6, 7, 8])).toBe(0);
});

test('gives back what was used least lately, ends before beginnings', async () => {
  using cache = cacheOf(4);
  await keep(cache, a.slice(0, 16));
  await keep(cache, b.slice(0, 16));
  await known(cache, a.slice(0, 17));
  await keep(cache, c.slice(0, 8));
  expect([await known(cache, a), await known(cache, b), await known(cache, c)]).toEqual([16, 8, 8]);
  expect(cache.counts).toMatchObject({ bytes: 4 * chunkBytes, chunks: 4 });
});

test('never holds more than it may', async () => {
  using cache = new PrefixCache({ bytesMax: 2.5 * chunkBytes, chunkTokens });
  for (const first of [30, 31, 32, 33, 30]) {
    await keep(cache, promptOf(20, first));
    expect(cache.counts).toMatchObject({ bytes: 2 * chunkBytes, chunks: 2 });
  }
});

test('keeps what a prompt just reads, and takes others when it is done', async () => {
  using cache = cacheOf(2);
  {
    using _held = await prefilled(cache, a.slice(0, 16));
    await keep(cache, b);
    expect([await known(cache, a), await known(cache, b)]).toEqual([16, 0]);
    expect(cache.counts.chunks).toBe(2);
  }
  await keep(cache, b);
  expect([await known(cache, a), await known(cache, b)]).toEqual([0, 16]);
});

test('holds a place until it is disposed, once', async () => {
  using cache = cacheOf(1);
  using first = await prefilled(cache, a.slice(0, 9));
  using second = await prefilled(cache, a.slice(0, 9));
  first.place[Symbol.dispose]();
  first.place[Symbol.dispose]();
  // The second one holds it still.
  await keep(cache, b.slice(0, 9));
  expect([second.cached, await known(cache, a), await known(cache, b)]).toEqual([8, 8, 0]);
});

test('keeps nothing that comes after a chunk that it could not keep', async () => {
  using cache = cacheOf(1);
  const held = await prefilled(cache, a.slice(0, 8));
  using sequence = runner.openSequence();
  using place = await cache.restore(sequence, b);
  const run = async (from: number) => {
    const ids = b.slice(from, from + chunkTokens);
    await runner.prefill(sequence, ids, { logits: 'none' });
    await place.extend(sequence, ids);
  };
  await run(0);
  held[Symbol.dispose]();
  await run(8);
  // Nobody could ever find it, so it must not take the room of what can be found.
  expect([await known(cache, a), await known(cache, b)]).toEqual([8, 0]);
});

test('takes the beginning that two prompts compute at once in one copy', async () => {
  using cache = cacheOf(10);
  using one = runner.openSequence();
  using two = runner.openSequence();
  const ids = a.slice(0, 8);
  using first = await cache.restore(one, a);
  using second = await cache.restore(two, a);
  for (const sequence of [one, two]) await runner.prefill(sequence, ids, { logits: 'none' });
  await Promise.all([first.extend(one, ids), second.extend(two, ids)]);
  expect(cache.counts).toMatchObject({ bytes: chunkBytes, chunks: 1 });
  expect(await known(cache, a)).toBe(8);
});

test('is of no use where not even one chunk fits, and of no harm', async () => {
  using cache = new PrefixCache({ bytesMax: chunkBytes - 1, chunkTokens });
  expect([await keep(cache, a), await keep(cache, a)]).toEqual([0, 0]);
  expect(cache.counts).toEqual({ bytes: 0, chunks: 0, hitTokens: 0, missedTokens: 50 });
});

/** A sequence that also tells which copies were made of it. */
function copied(sequence: Sequence, chunks: KvChunk[]): Sequence {
  return {
    get length() {
      return sequence.length;
    },
    async copyLastChunk() {
      const chunk = await sequence.copyLastChunk();
      chunks.push(chunk);
      return chunk;
    },
    appendChunk: (chunk) => sequence.appendChunk(chunk),
    [Symbol.dispose]: () => sequence[Symbol.dispose](),
  };
}

test('frees the memory of what it gives back, and of all at its end', async () => {
  const cache = cacheOf(1);
  const chunks: KvChunk[] = [];
  for (const ids of [a, b]) {
    using sequence = runner.openSequence();
    using place = await cache.restore(sequence, ids);
    await runner.prefill(sequence, ids.slice(0, 8), { logits: 'none' });
    await place.extend(copied(sequence, chunks), ids.slice(0, 8));
  }
  const isFreed = async (chunk: KvChunk) => {
    using sequence = runner.openSequence();
    try {
      await sequence.appendChunk(chunk);
      return false;
    } catch (error) {
      return error instanceof TypeError;
    }
  };
  const freed = () => Promise.all(chunks.map(isFreed));
  expect(await freed()).toEqual([true, false]);
  cache[Symbol.dispose]();
  expect(await freed()).toEqual([true, true]);
  expect(cache.counts).toMatchObject({ bytes: 0, chunks: 0 });
  expect(await known(cache, b)).toBe(0);
});
