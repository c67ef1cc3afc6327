/** What is taken as `JSON.parse` takes it, and what is refused before it is built. */

import { expect, test } from 'vitest';
import { parseBoundedJson } from '../../../src/worker/bounded-json.ts';

const nested = (depth: number, inner = '1') => '['.repeat(depth) + inner + ']'.repeat(depth);

test.each([
  '{"a":[1,"[{\\"[",{"b":null}]}',
  '"\\\\"',
  nested(64),
  `[${'{},'.repeat(1000)}[]]`,
  `["${'['.repeat(1000)}"]`,
])('takes %.60s', (text) => {
  expect(parseBoundedJson(text)).toEqual(JSON.parse(text));
});

test.each([
  ['nested too deep', nested(65), 'it is nested deeper than 64'],
  ['nested and never closed', '{"a":'.repeat(65), 'it is nested deeper than 64'],
  ['behind a text with quotes', `["\\"",${nested(64)}]`, 'it is nested deeper than 64'],
  ['no JSON', '{"secret"', 'it is not JSON'],
  ['a text that never ends', '"[[', 'it is not JSON'],
])('refuses what is %s', (_, text, message) => {
  expect(() => parseBoundedJson(text)).toThrow(new SyntaxError(message));
});

test('refuses a hostile file in less time and memory than it would take to build', () => {
  const text = nested(500_000);
  const before = process.memoryUsage().heapUsed;
  expect(() => parseBoundedJson(text)).toThrow(SyntaxError);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * 2 ** 20);
});
