/** Which tokens name a node, and why the others do not. */
import { SignJWT } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { verifyCredential } from '../../../../src/rpc/auth/verify-credential.ts';
import { parseVerifyKeys } from '../../../../src/rpc/auth/verify-keys.ts';
import { type Issuer, makeIssuer } from './issuer.ts';

let issuer: Issuer;
let other: Issuer;
beforeAll(async () => {
  [issuer, other] = await Promise.all([makeIssuer(), makeIssuer()]);
});

const nowMs = 1_700_000_000_000;
const secondMs = 1000;

async function judge(authorization: unknown, issuers: readonly Issuer[] = [issuer]) {
  const text = issuers.map(({ publicKeys }) => publicKeys.worker).join(' ');
  const keys = await parseVerifyKeys(text, 'keys');
  return await verifyCredential(authorization, { role: 'worker', environment: 'dev', keys, nowMs });
}

const token = (options: Parameters<Issuer['token']>[2] = {}, from = issuer) =>
  from.token('worker', 'worker-0', { issuedAtMs: nowMs, ...options });
const header = async (text: Promise<string>) => `Bearer ${await text}`;

test('names the node of a token that its role’s key has signed', async () => {
  expect(await judge(await header(token()))).toEqual({ nodeId: 'worker-0' });
  expect(await judge((await header(token())).replace('Bearer', 'bearer'))).toEqual({ nodeId: 'worker-0' });
});

test('accepts what either of two keys has signed, and after the old one is gone only the new', async () => {
  const old = await header(token({}, other));
  expect(await judge(old, [issuer, other])).toEqual({ nodeId: 'worker-0' });
  expect(await judge(await header(token()), [other, issuer])).toEqual({ nodeId: 'worker-0' });
  expect(await judge(old, [issuer])).toEqual({ refusal: 'signature' });
});

async function unsigned(): Promise<string> {
  const [, claims] = (await token()).split('.');
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`;
}

/** Signed with what everybody can know, in the hope that the public key is taken for a shared secret. */
async function confused(): Promise<string> {
  return await new SignJWT({ role: 'worker' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('worker-0')
    .setAudience('drydock:dev')
    .setIssuedAt(nowMs / secondMs)
    .setExpirationTime(nowMs / secondMs + 60)
    .sign(Buffer.from(issuer.publicKeys.worker, 'base64url'));
}

async function altered(): Promise<string> {
  const [head, claims = '', signature] = (await token()).split('.');
  const text = Buffer.from(claims, 'base64url').toString().replace('worker-0', 'worker-1');
  return [head, Buffer.from(text).toString('base64url'), signature].join('.');
}

const refusals: readonly (readonly [string, string, () => unknown])[] = [
  ['no header', 'missing', () => undefined],
  ['an empty header', 'missing', () => ''],
  ['two headers', 'missing', () => ['Bearer a', 'Bearer b']],
  ['another scheme', 'malformed', async () => `Basic ${await token()}`],
  ['no token', 'malformed', () => 'Bearer '],
  ['a word', 'malformed', () => 'Bearer word'],
  ['a token of 3 kB', 'malformed', () => `Bearer ${'a'.repeat(3000)}`],
  ['a token without signature', 'malformed', () => header(unsigned())],
  ['a token signed by the public key as a secret', 'malformed', () => header(confused())],
  ['another issuer’s token', 'signature', () => header(token({}, other))],
  [
    'the key of the other role',
    'signature',
    () => header(issuer.token('gateway', 'worker-0', { claimedRole: 'worker', issuedAtMs: nowMs })),
  ],
  ['an altered id', 'signature', () => header(altered())],
  [
    'a token that has expired',
    'expired',
    () => header(token({ issuedAtMs: nowMs - 120 * secondMs, lifeSeconds: 60 })),
  ],
  ['a token from tomorrow', 'not-yet-valid', () => header(token({ issuedAtMs: nowMs + 86_400 * secondMs }))],
  ['another environment', 'foreign-environment', () => header(token({ environment: 'prod' }))],
  ['another role', 'wrong-role', () => header(token({ claimedRole: 'gateway' }))],
  ['a token that lives for a day', 'too-long-lived', () => header(token({ lifeSeconds: 86_400 }))],
  [
    'an id that would leave its prefix',
    'no-node-id',
    () => header(issuer.token('worker', 'a::b', { issuedAtMs: nowMs })),
  ],
  ['an empty id', 'no-node-id', () => header(issuer.token('worker', '', { issuedAtMs: nowMs }))],
];

test.each(refusals)('refuses %s as %s', async (_what, refusal, make) => {
  expect(await judge(await make())).toEqual({ refusal });
});

test.each([
  ['none', ' \n'],
  ['five', Array.from({ length: 5 }, () => 'A'.repeat(43)).join('\n')],
  ['one that is too short', 'AAAA'],
  ['a PEM', '-----BEGIN PUBLIC KEY-----'],
])('refuses a file of keys with %s, and quotes nothing of it', async (_what, text) => {
  await expect(parseVerifyKeys(text, '/run/drydock/verify-keys/worker')).rejects.toMatchObject({
    code: 'RPC_CONFIG_INVALID',
    message: expect.stringMatching(/^could not read \/run\/drydock\/verify-keys\/worker: [^;-]+; write it/),
  });
});
