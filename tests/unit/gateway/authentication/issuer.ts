/** An issuer of tokens with keys of its own, for tests: what it signs is good, and what else is made of its keys is an attack. */

import { CompactSign, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

import { tokenCanary } from '../../../canaries.ts';

export const issuerName = 'https://issuer.test';
export const audience = 'drydock';

export interface Issuer {
  readonly publicKey: JWK;
  /** Its PEM, as an attacker would take it for a shared secret. */
  readonly publicPem: string;
  /** Signs what no issuer would. */
  signBytes(payload: Uint8Array): Promise<string>;
  sign(
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
}

export interface IssuerOptions {
  readonly kid: string;
  readonly alg?: 'ES256' | 'RS256';
  readonly nowUnixMs: () => number;
}

export async function openIssuer({ kid, alg = 'ES256', nowUnixMs }: IssuerOptions): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const spki = Buffer.from(await crypto.subtle.exportKey('spki', publicKey)).toString('base64');
  return {
    publicKey: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    publicPem: `-----BEGIN PUBLIC KEY-----\n${spki.match(/.{1,64}/g)?.join('\n')}\n-----END PUBLIC KEY-----\n`,
    signBytes: (payload) => new CompactSign(payload).setProtectedHeader({ alg, kid }).sign(privateKey),
    sign: (claims = {}, header = {}) =>
      new SignJWT({ ...tokenCanary, ...goodClaims(nowUnixMs()), ...claims })
        .setProtectedHeader({ alg, kid, ...header })
        .sign(privateKey),
  };
}

export function goodClaims(nowUnixMs: number): JWTPayload {
  const now = Math.floor(nowUnixMs / 1000);
  return { iss: issuerName, aud: audience, sub: 'alice', iat: now, exp: now + 300 };
}

export function part(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.from(text).toString('base64url');
}
