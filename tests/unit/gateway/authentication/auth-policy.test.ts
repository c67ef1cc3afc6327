import { describe, expect, it } from 'vitest';
import { decide, parseAuthPolicy } from '../../../../src/gateway/authentication/auth-policy.ts';
import {
  type AuthMethod,
  absent,
  refused,
  type Verdict,
} from '../../../../src/gateway/authentication/principal.ts';

const grant = { isAdmin: false };
const of = (name: string): Verdict => ({ kind: 'known', name, grant });

function decided(text: string, given: Partial<Record<AuthMethod, Verdict>>) {
  const policy = parseAuthPolicy(text) ?? [];
  const named = new Map(policy.flat().map((method) => [method, given[method] ?? absent] as const));
  const decision = decide(policy, named);
  return decision.isAdmitted ? decision.principal.id : `no: ${decision.reason}`;
}

describe('reads a policy', () => {
  it.each([
    ['api-key', [['api-key']]],
    ['signature+api-key', [['api-key', 'signature']]],
    ['jwt|api-key', [['jwt'], ['api-key']]],
    [
      'jwt+signature|api-key+certificate',
      [
        ['jwt', 'signature'],
        ['api-key', 'certificate'],
      ],
    ],
  ])('%s', (text, policy) => {
    expect(parseAuthPolicy(text)).toEqual(policy);
  });

  it.each([
    '',
    '|',
    '+',
    'api-key|',
    'api-key+',
    'none',
    'API-KEY',
    'api-key + jwt',
    'api-key+api-key',
    'api-key+jwt',
    Array(9).fill('jwt').join('|'),
  ])('refuses "%s"', (text) => {
    expect(parseAuthPolicy(text)).toBeUndefined();
  });
});

it.each<[string, Partial<Record<AuthMethod, Verdict>>, string]>([
  ['api-key', {}, 'no: credential-missing'],
  ['api-key', { 'api-key': of('a') }, 'a'],
  ['api-key', { 'api-key': refused('key-expired') }, 'no: key-expired'],
  ['jwt', { jwt: of('a') }, 'jwt:a'],
  // Stripping one half leaves nothing.
  ['api-key+signature', { 'api-key': of('a') }, 'no: credential-missing'],
  ['api-key+signature', { signature: of('a') }, 'no: credential-missing'],
  ['api-key+signature', { 'api-key': of('a'), signature: of('a') }, 'a'],
  // Two halves of two callers make no whole.
  ['api-key+signature', { 'api-key': of('a'), signature: of('b') }, 'no: credentials-disagree'],
  ['jwt+signature', { jwt: of('a'), signature: of('a') }, 'a'],
  ['jwt|api-key', { 'api-key': of('a') }, 'a'],
  ['jwt|api-key', { jwt: of('a') }, 'jwt:a'],
  // What is presented must be good, even where it is not needed.
  ['api-key|signature', { 'api-key': of('a'), signature: refused('signature-wrong') }, 'no: signature-wrong'],
  ['api-key|jwt+signature', { jwt: of('a') }, 'no: credential-missing'],
  ['certificate|api-key+signature', { 'api-key': of('a'), certificate: of('b') }, 'b'],
])('under %s decides %j as %s', (policy, verdicts, expected) => {
  expect(decided(policy, verdicts)).toBe(expected);
});

it('admits nobody where there is no policy', () => {
  expect(decide([], new Map([['api-key', of('a')]]))).toMatchObject({ isAdmitted: false });
});
