/** The algorithms of RFC 9421 §3.3 that are taken, by Node's own cryptography. */

import {
  constants,
  createHmac,
  createPublicKey,
  createSecretKey,
  type JsonWebKey,
  type KeyObject,
  timingSafeEqual,
  verify,
} from 'node:crypto';

export const signatureAlgorithms = ['ed25519', 'ecdsa-p256-sha256', 'rsa-pss-sha512', 'hmac-sha256'] as const;
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number];

export interface SignatureVerifier {
  isValid(base: string, signature: Uint8Array): boolean;
}

const secretBytesMin = 32;

/** @returns `undefined` where the key is none for the algorithm, or too weak a one. */
export function openVerifier(algorithm: SignatureAlgorithm, jwk: JsonWebKey): SignatureVerifier | undefined {
  if (algorithm === 'hmac-sha256') return hmacVerifier(jwk);
  const key = publicKeyOf(jwk);
  if (key === undefined || !isFor(algorithm, key)) return undefined;
  const { digest, options } = schemes[algorithm];
  return {
    isValid: (base, signature) => verify(digest, Buffer.from(base), { key, ...options }, signature),
  };
}

const schemes = {
  ed25519: { digest: undefined, options: {} },
  'ecdsa-p256-sha256': { digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  'rsa-pss-sha512': {
    digest: 'sha512',
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 },
  },
} as const;

function isFor(algorithm: SignatureAlgorithm, key: KeyObject): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (algorithm === 'ed25519') return type === 'ed25519';
  if (algorithm === 'ecdsa-p256-sha256') return type === 'ec' && details?.namedCurve === 'prime256v1';
  return (type === 'rsa' || type === 'rsa-pss') && (details?.modulusLength ?? 0) >= 2048;
}

function publicKeyOf(jwk: JsonWebKey): KeyObject | undefined {
  // A private key has no place in a gateway, which would take its public half without a word.
  if (jwk.d !== undefined) return undefined;
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    // What is wrong with it stands in the file.
    return undefined;
  }
}

function hmacVerifier({ kty, k }: JsonWebKey): SignatureVerifier | undefined {
  if (kty !== 'oct' || typeof k !== 'string') return undefined;
  const bytes = Buffer.from(k, 'base64url');
  if (bytes.byteLength < secretBytesMin) return undefined;
  const key = createSecretKey(bytes);
  return {
    isValid(base, signature) {
      const expected = createHmac('sha256', key).update(base).digest();
      return signature.byteLength === expected.byteLength && timingSafeEqual(signature, expected);
    },
  };
}
