import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { parseApiKeys } from '../../../src/gateway/api-keys.ts';
import { thrownBy } from './thrown-by.ts';

function entry(id: string, key: string) {
  return { id, sha256: createHash('sha256').update(key).digest('hex') };
}

it('knows each key by its id, wherever it stands, and no other', () => {
  const keys = parseApiKeys(JSON.stringify([entry('a', 'one'), entry('b', 'two'), entry('c', 'three')]));
  expect(['one', 'two', 'three', 'four', '', 'on'].map((key) => keys.identify(key))).toEqual([
    'a',
    'b',
    'c',
    undefined,
    undefined,
    undefined,
  ]);
});

it('does not take a hash for its key', () => {
  const stored = entry('a', 'one');
  expect(parseApiKeys(JSON.stringify([stored])).identify(stored.sha256)).toBeUndefined();
});

it.each([
  ['nothing', ''],
  ['an object', '{}'],
  ['no key', '[]'],
  ['a short hash', '[{"id":"a","sha256":"00"}]'],
  ['no hash', '[{"id":"a"}]'],
  ['an id with a space', JSON.stringify([{ ...entry('a', 'one'), id: 'a b' }])],
  ['an id twice', JSON.stringify([entry('a', 'one'), entry('a', 'two')])],
  ['1001 keys', JSON.stringify(Array.from({ length: 1001 }, (_, index) => entry(`k${index}`, `${index}`)))],
])('refuses a file with %s', (_title, text) => {
  const error = thrownBy(() => parseApiKeys(text));
  expect(error).toMatchObject({ code: 'GATEWAY_KEYS_INVALID', details: {} });
  // A parser's error quotes what it read.
  expect(error).not.toHaveProperty('cause');
});
