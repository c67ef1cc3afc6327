/** Signatures as careless clients and attackers make them: the reason in our log says that each fails for what is wrong with it. */

import { expect, it } from 'vitest';
import { createNonceMemory } from '../../../../src/gateway/authentication/nonce-memory.ts';
import { signatureCheck, signatureWindowMs } from '../../../../src/gateway/authentication/signature-check.ts';
import { parseSignatureKeys } from '../../../../src/gateway/authentication/signature-keys.ts';
import { unknownConnection } from '../../../../src/gateway/connection.ts';
import { thrownBy } from '../thrown-by.ts';
import { digestOf, openSigner, type SignedFields, signedFields, type ToSign } from './signer.ts';

const start = Date.UTC(2026, 5, 1);
const now = start / 1000;
const ed = openSigner('ed', 'ed25519');
const mac = openSigner('mac', 'hmac-sha256');
const stranger = openSigner('ed', 'ed25519');
const ended = openSigner('ended', 'ed25519');
const disabled = openSigner('disabled', 'ed25519');
const keys = parseSignatureKeys(
  JSON.stringify([
    { ...ed.entry, caller: 'alice', models: ['gemma'] },
    mac.entry,
    { ...ended.entry, expiresAt: '2026-01-01T00:00:00Z' },
    { ...disabled.entry, disabled: true },
  ]),
);

const body = '{"model":"echo"}';
const url = 'http://gateway.test/v1/chat/completions?trace=1';
const post: ToSign = { method: 'POST', url, body, nowUnixMs: start };
const get: ToSign = { method: 'GET', url: 'http://gateway.test/v1/models', nowUnixMs: start };

function openCheck() {
  let nowUnixMs = start;
  const clock = { nowUnixMs: () => nowUnixMs };
  const nonces = createNonceMemory({ clock, windowMs: signatureWindowMs, noncesOfKeyMax: 20 });
  const check = signatureCheck(() => keys, { clock, nonces });
  return {
    later: (milliseconds: number) => {
      nowUnixMs += milliseconds;
    },
    async judge(fields: SignedFields, sent: Partial<ToSign> = {}) {
      const { method, url: address, body: content } = { ...post, ...sent };
      const hasBody = method === 'POST' && content !== undefined;
      const headers = { ...fields, ...(hasBody ? { 'content-length': String(content.length) } : {}) };
      const request = new Request(address, { method, headers, ...(hasBody ? { body: content } : {}) });
      const verdict = await check({ bearer: { kind: 'none' }, request, connection: unknownConnection });
      return verdict.kind === 'refused' ? verdict.reason : verdict;
    },
  };
}

it('knows who signed, what that grants, and what content it is for', async () => {
  const verdict = await openCheck().judge(signedFields(ed, post));
  expect(verdict).toMatchObject({ kind: 'known', name: 'alice', grant: { models: ['gemma'] } });
  const content = typeof verdict === 'object' && verdict.kind === 'known' ? verdict.content : undefined;
  expect(content?.matches(Buffer.from(body))).toBe(true);
  expect(content?.matches(Buffer.from(`${body} `))).toBe(false);
});

it('asks for no digest where there is no content', async () => {
  expect(await openCheck().judge(signedFields(mac, get), get)).toMatchObject({ kind: 'known', name: 'mac' });
});

it('sees that nothing is signed', async () => {
  expect(await openCheck().judge({})).toEqual({ kind: 'absent' });
});

const altered = (change: NonNullable<ToSign['with']>) => signedFields(ed, { ...post, with: change });
const withParameter = (parameters: Readonly<Record<string, string | number | undefined>>) =>
  altered({ parameters });

/** What was signed, sent as another request. */
const changed: Readonly<Record<string, readonly [sent: Partial<ToSign>, reason: string]>> = {
  'another method': [{ method: 'PUT' }, 'signature-wrong'],
  'another host': [{ url: url.replace('gateway', 'other') }, 'signature-wrong'],
  'another port': [{ url: url.replace('.test', '.test:8443') }, 'signature-wrong'],
  'another path': [{ url: url.replace('chat/', '') }, 'signature-wrong'],
  'a path that only looks the same': [{ url: url.replace('chat', '%63hat') }, 'signature-wrong'],
  'another query': [{ url: url.replace('trace=1', 'trace=2') }, 'signature-wrong'],
  'a longer query': [{ url: `${url}&more` }, 'signature-wrong'],
  'no query': [{ url: url.replace('?trace=1', '') }, 'signature-wrong'],
};

it.each(Object.entries(changed))('refuses what was signed as %s', async (_title, [sent, reason]) => {
  const fields = signedFields(ed, { ...post });
  const method = sent.method ?? 'POST';
  expect(await openCheck().judge(fields, { ...sent, method })).toBe(reason);
});

it('takes a port that goes without saying, and capitals in the host, for what was signed', async () => {
  const check = openCheck();
  for (const host of ['gateway.test:80', 'GATEWAY.test', 'gateway.test:443']) {
    expect(
      await check.judge(signedFields(ed, post), { url: url.replace('gateway.test', host) }),
    ).toMatchObject({
      kind: 'known',
    });
  }
});

const wrong: Readonly<Record<string, readonly [fields: () => SignedFields, reason: string]>> = {
  'another key': [() => signedFields(stranger, post), 'signature-wrong'],
  'an unknown key': [() => withParameter({ keyid: 'nobody' }), 'signature-unreadable'],
  'a key that ended': [() => signedFields(ended, post), 'signature-key-expired'],
  'a disabled key': [() => signedFields(disabled, post), 'signature-key-disabled'],
  'the algorithm of another key': [() => withParameter({ alg: 'hmac-sha256' }), 'signature-algorithm-wrong'],
  'no algorithm': [() => withParameter({ alg: undefined }), 'signature-unreadable'],
  'no time': [() => withParameter({ created: undefined }), 'signature-unreadable'],
  'no end': [() => withParameter({ expires: undefined }), 'signature-unreadable'],
  'no nonce': [() => withParameter({ nonce: undefined }), 'signature-unreadable'],
  'a short nonce': [() => withParameter({ nonce: 'n'.repeat(15) }), 'signature-unreadable'],
  'a nonce that goes on and on': [() => withParameter({ nonce: 'n'.repeat(129) }), 'signature-unreadable'],
  'no key': [() => withParameter({ keyid: undefined }), 'signature-unreadable'],
  'a time in the future': [() => withParameter({ created: now + 31 }), 'signature-from-the-future'],
  'an end that has passed': [
    () => withParameter({ created: now - 90, expires: now - 30 }),
    'signature-expired',
  ],
  'an end before its beginning': [() => withParameter({ expires: now }), 'signature-life-too-long'],
  'a long life': [() => withParameter({ expires: now + 301 }), 'signature-life-too-long'],
  'a time with a fraction': [() => withParameter({ created: now + 0.5 }), 'signature-unreadable'],
  'the tag of another application': [
    () => withParameter({ tag: 'web-bot-auth' }),
    'signature-of-another-application',
  ],
  'no components': [() => altered({ covered: [] }), 'signature-covers-too-little'],
  'no digest': [
    () => altered({ covered: ['@method', '@authority', '@path', '@query'] }),
    'signature-covers-no-content',
  ],
  'no method': [
    () => altered({ covered: ['@authority', '@path', '@query', 'content-digest'] }),
    'signature-covers-too-little',
  ],
  'no query': [
    () => altered({ covered: ['@method', '@authority', '@path', 'content-digest'] }),
    'signature-covers-too-little',
  ],
  'a component twice': [
    () => altered({ covered: ['@method', '@method', '@authority', '@path', '@query', 'content-digest'] }),
    'signature-components-unknown',
  ],
  'a field that is not there': [
    () => altered({ covered: ['@method', '@authority', '@path', '@query', 'content-digest', 'x-absent'] }),
    'signature-components-unknown',
  ],
  'a component nobody knows': [
    () => altered({ covered: ['@method', '@authority', '@path', '@query', 'content-digest', '@body'] }),
    'signature-components-unknown',
  ],
  'a field in capitals': [
    () =>
      altered({ covered: ['@method', '@authority', '@path', '@query', 'content-digest', 'Content-Digest'] }),
    'signature-components-unknown',
  ],
  'another digest than signed': [
    () => ({ ...signedFields(ed, post), 'content-digest': digestOf('other') }),
    'signature-wrong',
  ],
  'a digest of a broken algorithm': [
    () => altered({ fields: { 'content-digest': 'md5=:AAAAAAAAAAAAAAAAAAAAAA==:' } }),
    'content-digest-unreadable',
  ],
  'a digest of the wrong length': [
    () => altered({ fields: { 'content-digest': 'sha-256=:AAAA:' } }),
    'content-digest-unreadable',
  ],
  'a good digest beside a bad one': [
    () => altered({ fields: { 'content-digest': `${digestOf(body)}, sha-512=:AAAA:` } }),
    'content-digest-unreadable',
  ],
  'a changed text': [() => altered({ base: (right) => `${right} ` }), 'signature-wrong'],
  'the signature alone': [() => omit(signedFields(ed, post), 'signature-input'), 'signature-unreadable'],
  'the input alone': [() => omit(signedFields(ed, post), 'signature'), 'signature-unreadable'],
  'two labels': [
    () => ({
      ...signedFields(ed, post),
      signature: signedFields(ed, { ...post, with: { label: 'x' } }).signature ?? '',
    }),
    'signature-unreadable',
  ],
  'two signatures of known keys': [
    () => joined(signedFields(ed, post), signedFields(mac, { ...post, with: { label: 'sig2' } })),
    'signature-unreadable',
  ],
  'no structured field': [
    () => ({ ...signedFields(ed, post), 'signature-input': 'sig1=(' }),
    'signature-unreadable',
  ],
  'an item in place of a list': [
    () => ({ ...signedFields(ed, post), 'signature-input': 'sig1="@method"' }),
    'signature-unreadable',
  ],
  'text in place of bytes': [
    () => ({ ...signedFields(ed, post), signature: 'sig1="AAAA"' }),
    'signature-unreadable',
  ],
  'nine labels': [
    () => ({
      ...signedFields(ed, post),
      signature: Array.from({ length: 9 }, (_, index) => `sig${index}=:AAAA:`).join(', '),
    }),
    'signature-unreadable',
  ],
};

function omit(fields: SignedFields, name: string): SignedFields {
  return Object.fromEntries(Object.entries(fields).filter(([found]) => found !== name));
}

function joined(one: SignedFields, other: SignedFields): SignedFields {
  return Object.fromEntries(
    Object.entries(one).map(([name, value]) => [
      name,
      name === 'content-digest' ? value : `${value}, ${other[name]}`,
    ]),
  );
}

it.each(Object.entries(wrong))('refuses a signature with %s', async (_title, [fields, reason]) => {
  expect(await openCheck().judge(fields())).toBe(reason);
});

it('takes one of ours beside one of a proxy', async () => {
  const other = openSigner('proxy', 'ed25519');
  const fields = joined(signedFields(ed, post), signedFields(other, { ...post, with: { label: 'proxy' } }));
  expect(await openCheck().judge(fields)).toMatchObject({ kind: 'known' });
});

it('takes a nonce once, for as long as its signature is good, and of each key its own', async () => {
  const check = openCheck();
  const nonce = 'the-same-nonce-for-both';
  const life = { created: now, expires: now + 300, nonce };
  const fields = signedFields(ed, { ...post, with: { parameters: life } });
  expect(await check.judge(fields)).toMatchObject({ kind: 'known' });
  expect(await check.judge(signedFields(mac, { ...post, with: { parameters: life } }))).toMatchObject({
    kind: 'known',
  });
  for (let elapsed = 0; elapsed < 330_000; elapsed += 10_000) {
    expect(await check.judge(fields)).toBe('signature-replayed');
    check.later(10_000);
  }
  expect(await check.judge(fields)).toBe('signature-expired');
});

it('does not let a wrong signature use up the nonce of a right one', async () => {
  const check = openCheck();
  const parameters = { nonce: 'a-nonce-of-a-good-one' };
  expect(await check.judge(signedFields(stranger, { ...post, with: { parameters } }))).toBe(
    'signature-wrong',
  );
  expect(await check.judge(signedFields(ed, { ...post, with: { parameters } }))).toMatchObject({
    kind: 'known',
  });
});

it('forgets nothing early: a signer that uses up its nonces waits, and no other does', async () => {
  const check = openCheck();
  for (let count = 0; count < 20; count += 1) {
    expect(await check.judge(signedFields(ed, post))).toMatchObject({ kind: 'known' });
  }
  await expect(check.judge(signedFields(ed, post))).rejects.toMatchObject({ code: 'GATEWAY_BUSY' });
  expect(await check.judge(signedFields(mac, post))).toMatchObject({ kind: 'known' });
  check.later(signatureWindowMs);
  const nowUnixMs = start + signatureWindowMs;
  expect(await check.judge(signedFields(ed, { ...post, nowUnixMs }))).toMatchObject({ kind: 'known' });
});

it.each([
  ['nothing', ''],
  ['no key', '[]'],
  ['an unknown algorithm', JSON.stringify([{ ...ed.entry, algorithm: 'rsa-v1_5-sha256' }])],
  ['a key of another algorithm', JSON.stringify([{ ...ed.entry, algorithm: 'rsa-pss-sha512' }])],
  ['a short secret', JSON.stringify([{ ...mac.entry, key: { kty: 'oct', k: 'c2hvcnQ' } }])],
  ['a private key', JSON.stringify([{ ...ed.entry, key: { ...Object(ed.entry.key), d: 'AAAA' } }])],
  ['an id twice', JSON.stringify([ed.entry, ed.entry])],
  ['a field of no meaning', JSON.stringify([{ ...ed.entry, expires: 'never' }])],
])('refuses a key file with %s, and quotes none of it', (_title, text) => {
  expect(thrownBy(() => parseSignatureKeys(text))).toMatchObject({
    code: 'GATEWAY_KEYS_INVALID',
    details: {},
  });
});
