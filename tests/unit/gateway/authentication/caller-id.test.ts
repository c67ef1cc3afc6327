import { expect, it } from 'vitest';
import { isCallerId } from '../../../../src/gateway/authentication/caller-id.ts';

const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';

it.each([
  'alice',
  'team.a.prod',
  'dk_test',
  'a'.repeat(64),
  'jwt:alice',
  'jwt:auth0|alice@example.org',
  'jwt:https://issuer/alice',
  `jwt:${'a'.repeat(128)}`,
])('is %s', (text) => {
  expect(isCallerId(text)).toBe(true);
});

it.each([
  '',
  'a'.repeat(65),
  'alice smith',
  'alice\n',
  'al:ice',
  'jwt:',
  `jwt:${'a'.repeat(129)}`,
  'Bearer alice',
  token,
  `jwt:${token}`,
  `dk_alice_${'0f'.repeat(32)}`,
  `jwt:dk_alice_${'0f'.repeat(32)}`,
  `dk_alice_${'0f'.repeat(10)}`,
])('is not %j', (text) => {
  expect(isCallerId(text)).toBe(false);
});
