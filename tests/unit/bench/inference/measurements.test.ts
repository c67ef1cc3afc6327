/** What the bench asks of every side: as much as the names say, of different text for each stream. */

import { expect, test } from 'vitest';
import { figureOf, planMeasurements, textTokensMin } from '../../../../bench/inference/measurements.ts';

const ids = Array.from({ length: textTokensMin }, (_, index) => 100 + index);
const plan = planMeasurements(ids, 2);

test.each([
  ['decode 1 stream', 1],
  ['decode 4 streams', 4],
  ['decode 8 streams', 8],
])('%s begins with 256 tokens for each, all different, and counts the tokens of all', (name, streams) => {
  const { request, tokens } = plan.find((measurement) => measurement.name === name) ?? {};
  if (request?.op !== 'decode') throw new Error(`${name} decodes nothing`);
  expect(request.prompts.map(({ length }) => length)).toEqual(Array.from({ length: streams }, () => 256));
  expect(request.prompts.every(([first]) => first === 2)).toBe(true);
  expect(new Set(request.prompts.map(([, second]) => second)).size).toBe(streams);
  expect(tokens).toBe(streams * request.tokens);
});

test.each([
  ['prefill 256', 256],
  ['prefill 1000', 1000],
  ['first token cold', 1000],
  ['first token cached prefix', 1000],
])('%s runs %d tokens', (name, length) => {
  const { request } = plan.find((measurement) => measurement.name === name) ?? {};
  expect(request !== undefined && 'ids' in request && request.ids.length).toBe(length);
});

test('a thousand tokens in half a second are two thousand a second, and a time is a time', () => {
  expect(figureOf({ tokens: 1000 }, 500)).toBe(2000);
  expect(figureOf({}, 500)).toBe(500);
});

test('refuses a text that is too short', () => {
  expect(() => planMeasurements(ids.slice(1), 2)).toThrow(TypeError);
});
