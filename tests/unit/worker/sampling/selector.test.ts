import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Sampling } from '../../../../src/rpc/contract/generate.ts';
import { createRandom, type Random } from '../../../../src/worker/sampling/random.ts';
import { createSelector } from '../../../../src/worker/sampling/selector.ts';
import { vocabularyOf } from '../text/vocabularies.ts';
import { chiSquareExcess, countDraws, drawing, logitsOf, randomLogits } from './numbers.ts';

type Settings = Pick<Sampling, 'temperature' | 'topK' | 'topP' | 'minP'>;

const almostOne = 1 - 2 ** -53;
const vocabularyWith = (size: number) => ({ ...vocabularyOf([]), tokens: new Array<string>(size).fill('') });
const selectorOf = (size: number, settings: Settings) => createSelector(vocabularyWith(size), settings);

/** What the settings mean, by sorting and renormalising in float64. */
function naive(
  logits: Float32Array,
  { temperature, topK = logits.length, topP, minP = 0 }: Settings,
): number[] {
  const largest = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const order = [...weights.keys()]
    .sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b)
    .slice(0, topK);
  const total = order.reduce((sum, id) => sum + (weights[id] ?? 0), 0);
  const kept: number[] = [];
  let reached = 0;
  for (const id of order) {
    if (reached >= topP * total || (weights[id] ?? 0) < minP) break;
    kept.push(id);
    reached += weights[id] ?? 0;
  }
  return weights.map((weight, id) => (kept.includes(id) ? weight / reached : 0));
}

const matrix: readonly Settings[] = [
  { temperature: 1, topP: 1 },
  { temperature: 0.5, topP: 1 },
  { temperature: 2, topP: 1 },
  { temperature: 1, topP: 0.9 },
  { temperature: 1.3, topP: 0.5 },
  { temperature: 1, topP: 0.05 },
  { temperature: 1, topP: 1, minP: 0.05 },
  { temperature: 0.8, topP: 0.95, minP: 0.02 },
  { temperature: 1, topP: 1, minP: 1 },
  { temperature: 1, topP: 1, topK: 7 },
  { temperature: 1, topP: 0.8, topK: 12 },
  { temperature: 1.5, topP: 0.9, topK: 12, minP: 0.1 },
  { temperature: 2, topP: 1, topK: 12, minP: 0.5 },
  { temperature: 2, topP: 0.95, minP: 0.3 },
  { temperature: 1, topP: 1, topK: 1 },
  { temperature: 1, topP: 1, topK: 1_000 },
];

test.each(matrix)('draws with the probabilities that sorting and renormalising gives: %j', (settings) => {
  const logits = randomLogits(40, createRandom(6));
  const select = selectorOf(40, settings);
  const counts = countDraws(40, 2_500, (random) => select(logits, random));
  const expected = naive(logits, settings);
  expect(counts.flatMap((count, id) => (count > 0 && expected[id] === 0 ? [id] : []))).toEqual([]);
  expect(chiSquareExcess(counts, expected)).toBeLessThanOrEqual(0);
});

test.each(matrix)('draws equal logits alike, the lower ids where a cut goes through them: %j', (settings) => {
  const logits = new Float32Array(16);
  const select = selectorOf(16, settings);
  const counts = countDraws(16, 1_500, (random) => select(logits, random));
  expect(chiSquareExcess(counts, naive(logits, settings))).toBeLessThanOrEqual(0);
});

test('keeps to the set that sorting gives, for any logits and settings', () => {
  const settings = fc.record(
    {
      temperature: fc.double({ min: 0.05, max: 2, noNaN: true }),
      topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
      topK: fc.integer({ min: 1, max: 60 }),
      minP: fc.double({ min: 0, max: 1, noNaN: true }),
    },
    { requiredKeys: ['temperature', 'topP'] },
  );
  // Logits that differ have weights that differ.
  const logit = fc.integer({ min: -20_000, max: 20_000 }).map((thousandths) => thousandths / 1000);
  fc.assert(
    fc.property(
      fc.array(logit, { minLength: 1, maxLength: 50 }),
      settings,
      fc.integer({ min: 0, max: 1e6 }),
      (values, chosen, seed) => {
        const logits = Float32Array.from(values);
        const id = selectorOf(logits.length, chosen)(logits, createRandom(seed));
        // A hair wider, for a token that lies on the border to the last bit.
        const wider = {
          ...chosen,
          topP: Math.min(chosen.topP * (1 + 1e-12), 1),
          minP: (chosen.minP ?? 0) * (1 - 1e-12),
        };
        expect(naive(logits, wider)[id]).toBeGreaterThan(0);
      },
    ),
  );
});

test.each([
  [[0.1, 0.7, 0.2], 1],
  [[0.4, 0.2, 0.4], 0],
])('takes the best of %j at temperature 0, the first among equals', (probabilities, best) => {
  const select = selectorOf(3, { temperature: 0, topP: 1 });
  for (const draw of [0, 0.5, almostOne]) expect(select(logitsOf(probabilities), drawing(draw))).toBe(best);
});

test.each([
  ['huge logits', [3e38, -3e38, 0], 1],
  ['a tiny temperature', [2, 1, 0], Number.MIN_VALUE],
  ['minus infinity', [0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], 1],
])('stays with the one token that has any weight: %s', (_, values, temperature) => {
  for (const settings of [{ topP: 1 }, { topP: 0.5 }, { topP: 1, topK: 2 }, { topP: 1, minP: 0.1 }]) {
    for (const draw of [0, 0.5, almostOne]) {
      const select = selectorOf(3, { temperature, ...settings });
      expect(select(Float32Array.from(values), drawing(draw))).toBe(0);
    }
  }
});

test('draws from a nucleus that is a small part of very many equal tokens', () => {
  const select = selectorOf(5_000, { temperature: 1, topP: 0.01 });
  const random: Random = createRandom(3);
  const ids = Array.from({ length: 50 }, () => select(new Float32Array(5_000), random));
  expect(Math.max(...ids)).toBeLessThan(50);
  expect(new Set(ids).size).toBeGreaterThan(20);
});
