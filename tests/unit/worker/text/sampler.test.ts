import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom, type Random } from '../../../../src/worker/text/random.ts';
import { createSampler } from '../../../../src/worker/text/sampler.ts';

const drawing = (value: number): Random => ({ next: () => value });
const almostOne = 1 - 2 ** -53;
const logitsOf = (probabilities: readonly number[]) => Float32Array.from(probabilities, (p) => Math.log(p));

/** Ids that any draw can give. */
function reachable(logits: Float32Array, options: { temperature: number; topP: number }): number[] {
  const sampler = createSampler(logits.length);
  const random = createRandom(1);
  const ids = new Set<number>();
  for (let draws = 0; draws < 2_000; draws++) ids.add(sampler.choose(logits, { ...options, random }));
  return [...ids].sort((a, b) => a - b);
}

test.each([
  [[0.1, 0.7, 0.2], 1],
  [[0.4, 0.2, 0.4], 0],
])('takes the best of %j at temperature 0, the first among equals', (probabilities, best) => {
  const sampler = createSampler(3);
  const choose = (value: number) =>
    sampler.choose(logitsOf(probabilities), { temperature: 0, topP: 1, random: drawing(value) });
  expect([choose(0), choose(0.5), choose(almostOne)]).toEqual([best, best, best]);
});

test.each([
  [0.05, [3]],
  [0.5, [3]],
  [0.52, [1, 3]],
  [0.8, [1, 3]],
  [0.82, [0, 1, 3]],
  [1, [0, 1, 2, 3]],
])('keeps at top-p %d the fewest likeliest tokens that reach it', (topP, ids) => {
  expect(reachable(logitsOf([0.14, 0.3, 0.05, 0.51]), { temperature: 1, topP })).toEqual(ids);
});

test('keeps the lower ids where the nucleus cuts between equals', () => {
  expect(reachable(new Float32Array(8), { temperature: 1, topP: 0.5 })).toEqual([0, 1, 2, 3]);
});

test.each([
  [1, [0.2, 0.3, 0.5]],
  [0.5, [0.04 / 0.38, 0.09 / 0.38, 0.25 / 0.38]],
  [2, [0.2 ** 0.5 / 1.702, 0.3 ** 0.5 / 1.702, 0.5 ** 0.5 / 1.702]],
])('draws as often as the softmax at temperature %d says', (temperature, expected) => {
  const sampler = createSampler(3);
  const random = createRandom(11);
  const counts = [0, 0, 0];
  for (let draws = 0; draws < 30_000; draws++) {
    const id = sampler.choose(logitsOf([0.2, 0.3, 0.5]), { temperature, topP: 1, random });
    counts[id] = (counts[id] ?? 0) + 1;
  }
  // Five deviations of a binomial with n = 30,000 are at most 0.0145.
  for (const [id, share] of expected.entries())
    expect(Math.abs((counts[id] ?? 0) / 30_000 - share)).toBeLessThan(0.0145);
});

test('chooses within the nucleus that sorting gives', () => {
  const logit = fc.float({ min: -20, max: 20, noNaN: true });
  const options = fc.record({
    temperature: fc.double({ min: 0.1, max: 2, noNaN: true }),
    topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
    draw: fc.double({ min: 0, max: almostOne, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.array(logit, { minLength: 1, maxLength: 50 }),
      options,
      (values, { temperature, topP, draw }) => {
        const logits = Float32Array.from(values);
        const id = createSampler(logits.length).choose(logits, { temperature, topP, random: drawing(draw) });
        const largest = Math.max(...logits);
        const weights = Array.from(logits, (value) => Math.exp((value - largest) / temperature));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const likelier = weights
          .filter((weight) => weight > (weights[id] ?? 0))
          .reduce((sum, it) => sum + it, 0);
        // A token belongs to the nucleus when those likelier than it do not reach top-p by themselves.
        expect(likelier / total).toBeLessThanOrEqual(topP + 1e-12);
      },
    ),
  );
});

test('chooses alike after other sequences have used the same sampler', () => {
  const shared = createSampler(4);
  const logits = logitsOf([0.14, 0.3, 0.05, 0.51]);
  const options = () => ({ temperature: 0.8, topP: 0.9, random: createRandom(3) });
  const alone = createSampler(4).choose(logits, options());
  shared.choose(Float32Array.of(9, -9, 9, 0), { temperature: 2, topP: 1, random: drawing(almostOne) });
  expect(shared.choose(logits, options())).toBe(alone);
});

test.each([
  ['huge logits', Float32Array.of(3e38, -3e38, 0), 1],
  ['a tiny temperature', Float32Array.of(2, 1, 0), Number.MIN_VALUE],
  ['minus infinity', Float32Array.of(0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY), 1],
])('stays a number with %s', (_, logits, temperature) => {
  const sampler = createSampler(3);
  for (const topP of [0.5, 1]) {
    for (const value of [0, almostOne]) {
      expect(sampler.choose(logits, { temperature, topP, random: drawing(value) })).toBe(0);
    }
  }
});

test.each([
  ['NaN', [0, Number.NaN, 1]],
  ['infinity', [0, Number.POSITIVE_INFINITY, 1]],
  ['no finite number', [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]],
])('refuses logits with %s', (_, values) => {
  const choose = () =>
    createSampler(3).choose(Float32Array.from(values), { temperature: 0, topP: 1, random: drawing(0) });
  expect(choose).toThrow('could not choose a token: the model gave logits that are no numbers');
  expect(choose).toThrow(expect.objectContaining({ code: 'WORKER_RUN_FAILED' }));
});

test('blames a row of the wrong length on the program', () => {
  expect(() =>
    createSampler(3).choose(new Float32Array(4), { temperature: 0, topP: 1, random: drawing(0) }),
  ).toThrow(TypeError);
});
