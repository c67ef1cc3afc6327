/** Certificates that a proxy passes on in a field: believed of a trusted one, and of nobody else. */

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseAddressList } from '../../../../src/gateway/authentication/address-list.ts';
import { certificateCheck } from '../../../../src/gateway/authentication/certificate-check.ts';
import { parseClientCertificates } from '../../../../src/gateway/authentication/client-certificates.ts';
import { thrownBy } from '../thrown-by.ts';

function certificate(name: string): X509Certificate {
  return new X509Certificate(
    readFileSync(new URL(`../../../fixtures/gateway-tls/${name}.pem`, import.meta.url)),
  );
}

const client = certificate('client');
const now = Date.parse(client.validFrom) + 1000;
const trustedProxies = parseAddressList('10.0.0.0/8') ?? { has: () => false };
const rfc9440 = (found: X509Certificate) => `:${found.raw.toString('base64')}:`;
const aws = (found: X509Certificate) => encodeURIComponent(found.toString());

function judge(
  entries: readonly object[],
  {
    field = rfc9440(client),
    peer = '10.0.0.1',
    nowUnixMs = now,
    peerCertificate = undefined as Uint8Array | undefined,
  } = {},
) {
  const certificates = parseClientCertificates(JSON.stringify(entries));
  const check = certificateCheck(() => certificates, {
    clock: { nowUnixMs: () => nowUnixMs },
    field: 'client-cert',
    trustedProxies,
  });
  const headers: Record<string, string> = field === '' ? {} : { 'client-cert': field };
  const verdict = check({
    bearer: { kind: 'none' },
    request: new Request('http://gateway.test/', { headers }),
    connection: { peerAddress: peer, ...(peerCertificate === undefined ? {} : { peerCertificate }) },
  });
  if (verdict instanceof Promise) throw new TypeError('it does not wait for anything');
  return verdict.kind === 'known' ? verdict.name : verdict.kind === 'refused' ? verdict.reason : verdict.kind;
}

const known = { id: 'a', san: 'DNS:client.test' };

it.each<[string, Parameters<typeof judge>[1], string]>([
  ['of RFC 9440', {}, 'a'],
  ["of AWS's load balancers", { field: aws(client) }, 'a'],
  ['of a peer that is not trusted', { peer: '192.0.2.1' }, 'absent'],
  ['of a peer that nobody knows', { peer: '' }, 'absent'],
  ['that is not there', { field: '' }, 'absent'],
  ['that is nothing', { field: 'x' }, 'certificate-unreadable'],
  ['with a percent sign too many', { field: '%E0%A4%A' }, 'certificate-unreadable'],
  ['with something after it', { field: `${rfc9440(client)}, ${rfc9440(client)}` }, 'certificate-unreadable'],
  ['with other bytes', { field: ':AAAA:' }, 'certificate-unreadable'],
  ['of another client', { field: rfc9440(certificate('neighbour')) }, 'certificate-unknown'],
  ['before its time', { nowUnixMs: now - 2000 }, 'certificate-not-yet-valid'],
  ['after its time', { nowUnixMs: Date.parse(client.validTo) + 1 }, 'certificate-expired'],
  [
    'beside that of the connection',
    { field: rfc9440(certificate('neighbour')), peerCertificate: client.raw },
    'certificate-unknown',
  ],
  ['in place of which there is that of the connection', { field: '', peerCertificate: client.raw }, 'a'],
])('judges a field %s', (_title, options, expected) => {
  expect(judge([known], options)).toBe(expected);
});

it.each<[object, string]>([
  [{ id: 'a', subject: 'O=Drydock\\, Ltd.,CN=client' }, 'a'],
  [{ id: 'a', subject: 'CN=client' }, 'certificate-unknown'],
  [{ id: 'a', san: 'URI:spiffe://drydock/client' }, 'a'],
  [{ id: 'a', san: 'URI:spiffe://drydock/' }, 'certificate-unknown'],
  [{ id: 'a', san: 'DNS:test' }, 'certificate-unknown'],
  [{ id: 'a', sha256: client.fingerprint256.replaceAll(':', '') }, 'a'],
  [{ id: 'a', sha256: '0'.repeat(64) }, 'certificate-unknown'],
  [{ ...known, disabled: true }, 'certificate-disabled'],
  [{ ...known, expiresAt: '2020-01-01T00:00:00Z' }, 'certificate-entry-expired'],
])('knows by %j: %s', (entry, expected) => {
  expect(judge([entry])).toBe(expected);
});

it('does not choose between two that it could be', () => {
  expect(judge([known, { id: 'b', san: 'URI:spiffe://drydock/client' }])).toBe('certificate-ambiguous');
});

it.each([
  ['nothing', []],
  ['no name', [{ id: 'a' }]],
  ['two names', [{ id: 'a', san: 'DNS:x', subject: 'CN=x' }]],
  ['a name of no kind', [{ id: 'a', san: 'x' }]],
  ['an id twice', [known, known]],
])('refuses a file with %s', (_title, entries) => {
  expect(thrownBy(() => parseClientCertificates(JSON.stringify(entries)))).toMatchObject({
    code: 'GATEWAY_KEYS_INVALID',
  });
});
