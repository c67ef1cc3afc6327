/** Tokens as attackers make them. Each is refused, and the reason that our log gives says that it was for what was wrong. */

import { createHmac } from 'node:crypto';
import { createLocalJWKSet, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { jwtCheck } from '../../../../src/gateway/authentication/jwt-check.ts';
import { audience, goodClaims, issuerName, openIssuer, part } from './issuer.ts';
import { presentedToken } from './presented-token.ts';

const nowUnixMs = Date.UTC(2026, 5, 1);
const now = nowUnixMs / 1000;
const clock = { nowUnixMs: () => nowUnixMs };
const issuer = await openIssuer({ kid: 'one', ...clock });
const second = await openIssuer({ kid: 'two', alg: 'RS256', ...clock });
const stranger = await openIssuer({ kid: 'one', ...clock });
const settings = { issuer: issuerName, audience, algorithms: ['ES256', 'RS256'] };
const keys = createLocalJWKSet({ keys: [issuer.publicKey, second.publicKey] });
const check = jwtCheck({ settings, keys, clock });

async function judged(token: string) {
  const verdict = await check(presentedToken(token));
  return verdict.kind === 'known' ? verdict.name : verdict.kind === 'refused' ? verdict.reason : verdict.kind;
}

function hs256(header: object, secret: string, claims: object = goodClaims(nowUnixMs)): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** With other text in place of a part, and the signature of what was there. */
async function tampered(index: number, text: string): Promise<string> {
  const parts = (await issuer.sign()).split('.');
  parts[index] = text;
  return parts.join('.');
}

const good: Readonly<Record<string, () => Promise<string>>> = {
  'a plain one': () => issuer.sign(),
  'one of another key and algorithm': () => second.sign(),
  'one typed as an access token': () => issuer.sign({}, { typ: 'at+jwt' }),
  'one for several audiences': () => issuer.sign({ aud: ['other', audience] }),
  'one whose clock is a little ahead': () => issuer.sign({ iat: now + 25, nbf: now + 25 }),
  'one that expired a moment ago': () => issuer.sign({ exp: now - 25 }),
  'one that is not said to be of a key': () => issuer.sign({}, { kid: undefined }),
};

it.each(Object.entries(good))('takes %s', async (_title, make) => {
  expect(await judged(await make())).toBe('alice');
});

const notAllowed = 'ERR_JOSE_ALG_NOT_ALLOWED';
const claimFailed = 'ERR_JWT_CLAIM_VALIDATION_FAILED';
const wrongSignature = 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED';
const malformed = 'jwt-malformed';

const bad: Readonly<Record<string, readonly [reason: string, make: () => string | Promise<string>]>> = {
  // No algorithm, in the spellings that were ever taken for it.
  'alg none': [malformed, () => `${part({ alg: 'none' })}.${part(goodClaims(nowUnixMs))}.`],
  'alg none with a signature': [notAllowed, () => tampered(0, part({ alg: 'none', kid: 'one' }))],
  'alg NonE': [notAllowed, () => tampered(0, part({ alg: 'NonE', kid: 'one' }))],
  'no alg': ['ERR_JWS_INVALID', () => tampered(0, part({ kid: 'one' }))],
  'an empty alg': ['ERR_JWS_INVALID', () => tampered(0, part({ alg: '', kid: 'one' }))],
  'a list as alg': ['ERR_JWS_INVALID', () => tampered(0, part({ alg: ['ES256'], kid: 'one' }))],
  // The public key taken for a shared secret.
  'HS256 with the public PEM': [notAllowed, () => hs256({ alg: 'HS256', kid: 'one' }, issuer.publicPem)],
  'HS256 with the public JWK': [
    notAllowed,
    () => hs256({ alg: 'HS256', kid: 'one' }, JSON.stringify(issuer.publicKey)),
  ],
  'HS256 with nothing': [notAllowed, () => hs256({ alg: 'HS256', kid: 'one' }, '')],
  'an HMAC said to be RS256': [wrongSignature, () => hs256({ alg: 'RS256', kid: 'two' }, second.publicPem)],
  // Another algorithm, or the key of another.
  'the algorithm of another key': [
    'ERR_JWKS_NO_MATCHING_KEY',
    () => issuer.sign({}, { alg: 'ES256', kid: 'two' }),
  ],
  'an algorithm that is not pinned': [notAllowed, () => tampered(0, part({ alg: 'PS256', kid: 'two' }))],
  'an encryption algorithm': [notAllowed, () => tampered(0, part({ alg: 'RSA-OAEP', kid: 'two' }))],
  'a key of a stranger': [wrongSignature, () => stranger.sign()],
  // The kid as something else than a name.
  'a kid that is a path': [
    'ERR_JWKS_NO_MATCHING_KEY',
    () => issuer.sign({}, { kid: '../../../../dev/null' }),
  ],
  'a kid that is SQL': ['ERR_JWKS_NO_MATCHING_KEY', () => issuer.sign({}, { kid: "one' UNION SELECT 'key" })],
  'a kid that is an address': [
    'ERR_JWKS_NO_MATCHING_KEY',
    () => issuer.sign({}, { kid: 'https://evil.test/key' }),
  ],
  'a kid of every object': ['ERR_JWKS_NO_MATCHING_KEY', () => issuer.sign({}, { kid: '__proto__' })],
  'a kid that is a number': ['ERR_JWKS_NO_MATCHING_KEY', () => issuer.sign({}, { kid: 1 })],
  'HS256 with a file that everybody has': [notAllowed, () => hs256({ alg: 'HS256', kid: '/dev/null' }, '')],
  // A token that brings its key.
  'its own jwk': [malformed, () => stranger.sign({}, { jwk: stranger.publicKey })],
  'its own jku': [malformed, () => stranger.sign({}, { jku: 'https://evil.test/jwks' })],
  'the jku of the issuer': [malformed, () => issuer.sign({}, { jku: 'https://issuer.test/jwks' })],
  'its own x5u': [malformed, () => stranger.sign({}, { x5u: 'https://evil.test/cert' })],
  'its own x5c': [malformed, () => stranger.sign({}, { x5c: ['MIIB'] })],
  'an extension': [malformed, () => tampered(0, part({ alg: 'ES256', kid: 'one', crit: ['exp'], exp: 1 }))],
  'a payload that is not encoded': [
    malformed,
    () => tampered(0, part({ alg: 'ES256', b64: false, crit: ['b64'] })),
  ],
  'a token of another type': [malformed, () => issuer.sign({}, { typ: 'dpop+jwt' })],
  'a logout token': [malformed, () => issuer.sign({}, { typ: 'logout+jwt' })],
  'a token in a token': [malformed, () => issuer.sign({}, { cty: 'JWT' })],
  // Time.
  expired: ['ERR_JWT_EXPIRED', () => issuer.sign({ exp: now - 31 })],
  'not valid yet': [claimFailed, () => issuer.sign({ nbf: now + 31 })],
  'made in the future': [claimFailed, () => issuer.sign({ iat: now + 31 })],
  'older than a day': ['ERR_JWT_EXPIRED', () => issuer.sign({ iat: now - 24 * 3600 - 31, exp: now + 300 })],
  'no expiry': [claimFailed, () => issuer.sign({ exp: undefined })],
  'no time of making': [claimFailed, () => issuer.sign({ iat: undefined })],
  'an expiry as text': [claimFailed, async () => signedText(`{"exp":"${now + 300}"}`)],
  // Whom it is of, and for.
  'another issuer': [claimFailed, () => issuer.sign({ iss: 'https://evil.test' })],
  'the issuer with a slash': [claimFailed, () => issuer.sign({ iss: `${issuerName}/` })],
  'no issuer': [claimFailed, () => issuer.sign({ iss: undefined })],
  'another audience': [claimFailed, () => issuer.sign({ aud: 'other' })],
  'the beginning of the audience': [claimFailed, () => issuer.sign({ aud: 'dry' })],
  'no audience': [claimFailed, () => issuer.sign({ aud: undefined })],
  'an empty list of audiences': [claimFailed, () => issuer.sign({ aud: [] })],
  'no subject': [claimFailed, () => issuer.sign({ sub: undefined })],
  'a subject with a line break': ['jwt-subject-invalid', () => issuer.sign({ sub: 'alice\nadmin' })],
  'a grant that cannot be read': ['jwt-grant-invalid', () => issuer.sign({ drydock: { admin: 'yes' } })],
  // One token that two programs read differently.
  'a claim twice': ['jwt-claims-ambiguous', () => signedText(`${claimsText()},"sub":"admin"}`)],
  'a claim twice, once in disguise': [
    'jwt-claims-ambiguous',
    () => signedText(`${claimsText()},"s\\u0075b":"admin"}`),
  ],
  'a header field twice': [malformed, () => tampered(0, part('{"alg":"none","alg":"ES256","kid":"one"}'))],
  'claims that are a list': ['ERR_JWT_INVALID', () => signedText('[]')],
  'claims that are no UTF-8': ['ERR_JWT_INVALID', () => issuer.signBytes(invalidUtf8())],
  // Form.
  oversized: [malformed, () => issuer.sign({ padding: 'x'.repeat(8192) })],
  'five parts': [malformed, async () => `${await issuer.sign()}.e30.e30`],
  'two parts': [malformed, async () => (await issuer.sign()).split('.').slice(0, 2).join('.')],
  'no signature': [malformed, () => tampered(2, '')],
  'padding at the end': [malformed, async () => `${await issuer.sign()}=`],
  'the other alphabet of base64': [malformed, () => tampered(0, `${part({ alg: 'ES256' })}+/`)],
  'bits that mean nothing': [malformed, () => tampered(1, 'AB')],
  'a changed claim': [wrongSignature, () => tampered(1, part({ ...goodClaims(nowUnixMs), sub: 'admin' }))],
  'a signature of zeros': [wrongSignature, () => tampered(2, Buffer.alloc(64).toString('base64url'))],
  'JSON instead of the compact form': [malformed, () => '{"payload":"e30","signatures":[]}'],
};

function claimsText(): string {
  return JSON.stringify(goodClaims(nowUnixMs)).slice(0, -1);
}

/** Signed by the issuer, though it says what no issuer should. */
async function signedText(text: string): Promise<string> {
  return issuer.signBytes(Buffer.from(text));
}

function invalidUtf8(): Buffer {
  return Buffer.concat([Buffer.from(`${claimsText()},"x":"`), Buffer.from([0xff]), Buffer.from('"}')]);
}

it.each(Object.entries(bad))('refuses %s', async (_title, [reason, make]) => {
  expect(await judged(await make())).toBe(reason);
});

it('reads what a token is granted', async () => {
  const token = await issuer.sign({ drydock: { models: ['gemma*'] } });
  const verdict = await check(presentedToken(token));
  expect(verdict).toMatchObject({ kind: 'known', grant: { models: ['gemma*'], isAdmin: false } });
});

it('would take the token of a symmetric key if such were pinned, so that it is the pin that refuses it', async () => {
  const secret = new TextEncoder().encode(issuer.publicPem);
  const symmetric = jwtCheck({
    settings: { ...settings, algorithms: ['HS256'] },
    keys: async () => secret,
    clock,
  });
  const token = await new SignJWT(goodClaims(nowUnixMs)).setProtectedHeader({ alg: 'HS256' }).sign(secret);
  expect(await symmetric(presentedToken(token))).toMatchObject({ kind: 'known' });
});
