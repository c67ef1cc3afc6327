/** The signatures that RFC 9421 itself gives (appendix B.2), with the text that each covers. */

import type { JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type InnerList, parseDictionary } from 'structured-headers';
import { expect, it } from 'vitest';
import {
  openVerifier,
  type SignatureAlgorithm,
} from '../../../../src/gateway/authentication/signature-algorithms.ts';
import {
  type SignedMessage,
  signatureBase,
  signedRequest,
} from '../../../../src/gateway/authentication/signature-base.ts';

interface Vectors {
  readonly keys: Readonly<Record<string, JsonWebKey>>;
  readonly messages: Readonly<
    Record<
      'request' | 'response',
      {
        readonly start: string;
        readonly fields: readonly (readonly [string, string])[];
        readonly body: string;
      }
    >
  >;
  readonly signatures: readonly {
    readonly id: string;
    readonly message: 'request' | 'response';
    readonly algorithm: SignatureAlgorithm;
    readonly key: string;
    readonly signatureInput: string;
    readonly signature: string;
    readonly base: string;
  }[];
}

const path = new URL('../../../vectors/http-signatures/rfc9421.json', import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(path, 'utf8'));

function messageOf(kind: 'request' | 'response'): SignedMessage {
  const { start, fields } = vectors.messages[kind];
  const headers = new Headers(fields.map(([name, value]) => [name, value]));
  if (kind === 'response') {
    return { status: Number(start.split(' ')[1]), field: (name) => headers.get(name) ?? undefined };
  }
  const [method = '', target = ''] = start.split(' ');
  const url = `http://${headers.get('host')}${target}`;
  return signedRequest(new Request(url, { method, headers, body: vectors.messages.request.body }));
}

function covered(signatureInput: string): InnerList {
  const [member] = parseDictionary(signatureInput).values();
  if (member === undefined || !Array.isArray(member[0])) throw new TypeError('the vector covers something');
  return [member[0], member[1]];
}

function bytesOf(signature: string): Uint8Array {
  const value = [...parseDictionary(signature).values()][0]?.[0];
  return value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array();
}

it('has all six', () => {
  expect(vectors.signatures.map(({ id }) => id)).toEqual([
    'B.2.1',
    'B.2.2',
    'B.2.3',
    'B.2.4',
    'B.2.5',
    'B.2.6',
  ]);
});

it.each(vectors.signatures)(
  'builds the text of $id, and verifies its signature with $algorithm',
  (vector) => {
    const base = signatureBase(messageOf(vector.message), covered(vector.signatureInput));
    expect(base).toBe(vector.base);
    const verifier = openVerifier(vector.algorithm, vectors.keys[vector.key] ?? {});
    const signature = bytesOf(vector.signature);
    expect(verifier?.isValid(vector.base, signature)).toBe(true);
    expect(verifier?.isValid(`${vector.base} `, signature)).toBe(false);
    expect(verifier?.isValid(vector.base, signature.subarray(1))).toBe(false);
    expect(verifier?.isValid(vector.base, signature.with(0, (signature[0] ?? 0) ^ 1))).toBe(false);
  },
);

it('opens no key for an algorithm that it is not for', () => {
  const opened = Object.entries(vectors.keys).flatMap(([name, key]) =>
    (['ed25519', 'ecdsa-p256-sha256', 'rsa-pss-sha512', 'hmac-sha256'] as const)
      .filter((algorithm) => openVerifier(algorithm, key) !== undefined)
      .map((algorithm) => `${name} ${algorithm}`),
  );
  expect(opened.toSorted()).toEqual([
    'test-key-ecc-p256 ecdsa-p256-sha256',
    'test-key-ed25519 ed25519',
    'test-key-rsa-pss rsa-pss-sha512',
    'test-shared-secret hmac-sha256',
  ]);
});
