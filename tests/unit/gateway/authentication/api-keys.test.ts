import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { parseApiKeys } from '../../../../src/gateway/authentication/api-keys.ts';
import { thrownBy } from '../thrown-by.ts';

const now = Date.UTC(2026, 5, 1);
const secret = '5a'.repeat(32);

function hash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function entry(id: string, key: string, more: object = {}) {
  return { id, sha256: hash(key), ...more };
}

function keysOf(...entries: readonly object[]) {
  const keys = parseApiKeys(JSON.stringify(entries));
  return (key: string, nowUnixMs = now) => {
    const verdict = keys.identify(key, nowUnixMs);
    return verdict.kind === 'known' ? verdict.name : verdict.kind === 'refused' ? verdict.reason : undefined;
  };
}

it('knows each key by its id, wherever it stands, and no other', () => {
  const who = keysOf(entry('a', 'one'), entry('b', 'two'), entry('c', 'three'));
  expect(['one', 'two', 'three'].map((key) => who(key))).toEqual(['a', 'b', 'c']);
  expect(['four', '', 'on'].map((key) => who(key))).toEqual(['key-unknown', 'key-unknown', 'key-unknown']);
});

it('does not take a hash for its key', () => {
  const stored = entry('a', 'one');
  expect(keysOf(stored)(stored.sha256)).toBe('key-unknown');
});

it('looks a key up by the id in it, and by nothing else', () => {
  const who = keysOf(entry('a_b.c', `dk_a_b.c_${secret}`), entry('other', `dk_a_${secret}`));
  expect(who(`dk_a_b.c_${secret}`)).toBe('a_b.c');
  // The entry `other` holds the hash of a key that names `a`, which there is not.
  expect(who(`dk_a_${secret}`)).toBe('key-unknown');
  expect(who(`dk_nobody_${secret}`)).toBe('key-unknown');
  expect(who(`dk_a_b.c_${secret.replace('5', '6')}`)).toBe('key-unknown');
});

it('takes the old and the new of a key that is being exchanged', () => {
  const who = keysOf({ id: 'a', sha256: [hash('old'), hash('new')] });
  expect([who('old'), who('new'), who('older')]).toEqual(['a', 'a', 'key-unknown']);
});

it('ends a key at its expiry, to the millisecond and by its own offset', () => {
  const who = keysOf(entry('a', 'one', { expiresAt: '2026-06-01T02:00:00+02:00' }));
  expect([who('one', now - 1), who('one', now), who('one', now + 1)]).toEqual([
    'a',
    'key-expired',
    'key-expired',
  ]);
});

it('refuses a disabled key, and takes it again', () => {
  expect(keysOf(entry('a', 'one', { disabled: true }))('one')).toBe('key-disabled');
  expect(keysOf(entry('a', 'one', { disabled: false }))('one')).toBe('a');
});

it('says what a key is granted', () => {
  const keys = parseApiKeys(
    JSON.stringify([entry('a', 'one', { models: ['m*'], routes: ['/v1/models'], admin: true })]),
  );
  const grant = { models: ['m*'], routes: ['/v1/models'], isAdmin: true };
  expect(keys.identify('one', now)).toEqual({ kind: 'known', name: 'a', grant });
});

it.each([
  ['nothing', ''],
  ['an object', '{}'],
  ['no key', '[]'],
  ['a short hash', '[{"id":"a","sha256":"00"}]'],
  ['no hash', '[{"id":"a"}]'],
  ['an id with a space', JSON.stringify([{ ...entry('a', 'one'), id: 'a b' }])],
  // A misspelt expiry must not make a key that lasts for ever.
  ['a field of no meaning', JSON.stringify([entry('a', 'one', { expires: '2026-01-01T00:00:00Z' })])],
  ['a day as expiry', JSON.stringify([entry('a', 'one', { expiresAt: '2026-01-01' })])],
  ['no hash in a list', JSON.stringify([{ id: 'a', sha256: [] }])],
  ['a star inside a name', JSON.stringify([entry('a', 'one', { models: ['g*3'] })])],
  ['one key of two', JSON.stringify([entry('a', 'one'), entry('b', 'one')])],
  ['an id twice', JSON.stringify([entry('a', 'one'), entry('a', 'two')])],
  ['1001 keys', JSON.stringify(Array.from({ length: 1001 }, (_, index) => entry(`k${index}`, `${index}`)))],
])('refuses a file with %s', (_title, text) => {
  const error = thrownBy(() => parseApiKeys(text));
  expect(error).toMatchObject({ code: 'GATEWAY_KEYS_INVALID', details: {} });
  // A parser's error quotes what it read.
  expect(error).not.toHaveProperty('cause');
});
