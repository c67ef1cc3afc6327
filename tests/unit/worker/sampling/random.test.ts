import { expect, test } from 'vitest';
import {
  createBranchedRandom,
  createRandom,
  splitmix64,
  xoshiro128,
} from '../../../../src/worker/sampling/random.ts';

test('gives the words that the reference xoshiro128** gives', () => {
  const next = xoshiro128([1, 2, 3, 4]);
  expect(Array.from({ length: 10 }, next)).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ]);
});

test('gives the words that the reference splitmix64 gives', () => {
  expect(splitmix64(1234567n, 5)).toEqual([
    6457827717110365317n,
    3203168211198807973n,
    9817491932198370423n,
    4593380528125082431n,
    16408922859458223821n,
  ]);
});

test('repeats itself for a seed and differs between seeds, the largest one too', () => {
  const first = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 4 }, () => random.next());
  };
  const seeds = [0, 1, 2, 2 ** 32, 2 ** 53 - 2, 2 ** 53 - 1];
  for (const seed of seeds) expect(first(seed)).toEqual(first(seed));
  expect(new Set(seeds.map((seed) => first(seed).join())).size).toBe(seeds.length);
});

test('is uniform in [0, 1)', () => {
  const random = createRandom(5);
  const tenths = new Array<number>(10).fill(0);
  for (let draws = 0; draws < 100_000; draws++) {
    const value = random.next();
    const tenth = Math.floor(value * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  expect(tenths).toHaveLength(10);
  // The deviation of a binomial with n = 100,000 and p = 0.1 is 95; five of them.
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(475);
});

test('branches alike from equal draws, and otherwise from draws that differ in their last bit', () => {
  const branch = createBranchedRandom();
  const from = (draw: number) => {
    branch.restart(draw);
    return [branch.next(), branch.next(), branch.next()];
  };
  expect(from(0.3)).toEqual(from(0.3));
  expect(from(0.3)).not.toEqual(from(0.3 + 2 ** -53));
  expect(from(0)).not.toEqual(from(2 ** -53));
  expect(new Set(from(0.3)).size).toBe(3);
});

test.each([0, 1, 2])('gives uniform numbers in [0, 1) as draw %d of many branches', (place) => {
  const random = createRandom(9);
  const branch = createBranchedRandom();
  const tenths = new Array<number>(10).fill(0);
  for (let draws = 0; draws < 50_000; draws++) {
    branch.restart(random.next());
    for (let skipped = 0; skipped < place; skipped++) branch.next();
    const tenth = Math.floor(branch.next() * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  expect(tenths).toHaveLength(10);
  // Five deviations of a binomial with n = 50,000 and p = 0.1.
  for (const count of tenths) expect(Math.abs(count - 5_000)).toBeLessThan(336);
});
