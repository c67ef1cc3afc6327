import { expect, test } from 'vitest';
import { drawRequests, isTelling } from '../../../../sim/drill/draw-requests.ts';

test('draws the same requests for a seed, no two alike, half of them greedy', () => {
  const requests = drawRequests(60, { seed: 7 });
  expect(drawRequests(60, { seed: 7 })).toStrictEqual(requests);
  expect(drawRequests(60, { seed: 8 })).not.toStrictEqual(requests);
  expect(new Set(requests.map(({ prompt }) => prompt)).size).toBe(60);
  expect(requests.filter(({ seed }) => seed === undefined)).toHaveLength(30);
  expect(Math.min(...requests.map(({ maxTokens }) => maxTokens))).toBeGreaterThanOrEqual(64);
});

const tokens = Array.from({ length: 64 }, (_, index) => String(index));
const reference = (list: readonly string[]) => ({ tokens: list, text: '', finishReason: 'length' });

test.each([
  ['64 tokens', tokens, true],
  ['63 tokens', tokens.slice(1), false],
  ['a loop of one at the end', [...tokens, ...Array.from({ length: 24 }, () => 'x')], false],
  ['a loop of three at the end', [...tokens, ...Array.from({ length: 24 }, (_, i) => `x${i % 3}`)], false],
  ['a short loop', [...tokens, ...Array.from({ length: 12 }, () => 'x')], true],
])('%s tell of a token more or less: %s', (_, list, expected) => {
  expect(isTelling(reference(list))).toBe(expected);
});
