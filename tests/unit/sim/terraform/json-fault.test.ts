import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonFaultAt } from '../../../../sim/terraform/json-fault.ts';

test.each([
  ['{"a": [}', '}'],
  ['{"a" 1}', '1'],
  ['{"a": 1,}', '}'],
  ['{1: 1}', '1: 1'],
  ['[1 2]', '2'],
  ['[1,]', ']'],
  ['{"a": 1} x', 'x'],
  ['{"a": 1} {}', '{}'],
  ['[01]', '1]'],
  ['["a\n"]', '"a'],
  ['["\\x"]', '"\\x'],
  ["{'a': 1}", "'a'"],
  ['[1', ''],
  ['', ''],
  ['{"a": top-secret}', 'top'],
  [']', ']'],
  ['{"a": {]}', ']'],
])('%j stops being JSON at %j', (text, rest) => {
  const at = jsonFaultAt(text);
  expect(text.slice(at, at + Math.max(rest.length, 1))).toBe(rest);
});

test('a text without fault is read to its end, and one cut short ends there or at the token that was cut', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), fc.nat(), (value, cut) => {
      const text = JSON.stringify(value, null, 1);
      expect(jsonFaultAt(text)).toBe(text.length);
      const part = text.slice(0, cut % text.length);
      expect(jsonFaultAt(part)).toBeLessThanOrEqual(part.length);
    }),
  );
});
