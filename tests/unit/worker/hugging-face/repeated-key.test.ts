import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findRepeatedKey } from '../../../../src/worker/hugging-face/repeated-key.ts';

test.each<[string, string | undefined]>([
  ['{"a":1,"b":2}', undefined],
  ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}', undefined],
  ['{"a":["a","a"],"b":"a"}', undefined],
  ['{"a":1,"b":2,"a":3}', 'a'],
  ['{"x":{"a":1 , "\\u0061" :2}}', 'a'],
  ['[{"a":1},{"b":1,"b":2}]', 'b'],
  ['{"a\\"":1,"{":"}","a\\"":2}', 'a"'],
  ['{"":1,"":2}', ''],
  ['"a"', undefined],
])('of %s it is %j', (text, key) => {
  expect(findRepeatedKey(text)).toBe(key);
});

test('whatever JSON.stringify writes repeats no key', () => {
  const property = fc.property(fc.jsonValue(), fc.nat(4), (value, spaces) => {
    expect(findRepeatedKey(JSON.stringify(value, null, spaces))).toBeUndefined();
  });
  fc.assert(property, { numRuns: 300 });
});
