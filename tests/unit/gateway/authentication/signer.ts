/**
 * Signs requests as a client would: the signature base is written by hand here, so that the gateway's own reading of RFC 9421
 * is held against another.
 */

import {
  constants,
  createHash,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';

export type Algorithm = 'ed25519' | 'ecdsa-p256-sha256' | 'rsa-pss-sha512' | 'hmac-sha256';

export interface Signer {
  readonly id: string;
  readonly algorithm: Algorithm;
  /** What a gateway knows of it: an entry of `signature-keys.json`. */
  readonly entry: Readonly<Record<string, unknown>>;
  signatureOf(base: string): Buffer;
}

export interface ToSign {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
  readonly nowUnixMs: number;
  /** Instead of what a good client does. */
  readonly with?: {
    readonly covered?: readonly string[];
    readonly parameters?: Readonly<Record<string, string | number | undefined>>;
    readonly fields?: Readonly<Record<string, string>>;
    /** The text that is signed in place of the right one. */
    readonly base?: (right: string) => string;
    readonly label?: string;
  };
}

export type SignedFields = Readonly<Record<string, string>>;

export function openSigner(id: string, algorithm: Algorithm): Signer {
  if (algorithm === 'hmac-sha256') {
    const secret = randomBytes(32);
    const key = { kty: 'oct', k: secret.toString('base64url') };
    return {
      id,
      algorithm,
      entry: { id, algorithm, key },
      signatureOf: (base) => createHmac('sha256', secret).update(base).digest(),
    };
  }
  const { publicKey, privateKey } = keyPair(algorithm);
  return {
    id,
    algorithm,
    entry: { id, algorithm, key: publicKey.export({ format: 'jwk' }) },
    signatureOf: (base) => asymmetric(algorithm, base, privateKey),
  };
}

function keyPair(algorithm: Algorithm): { publicKey: KeyObject; privateKey: KeyObject } {
  if (algorithm === 'ed25519') return generateKeyPairSync('ed25519');
  if (algorithm === 'ecdsa-p256-sha256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function asymmetric(algorithm: Algorithm, base: string, key: KeyObject): Buffer {
  const bytes = Buffer.from(base);
  if (algorithm === 'ed25519') return sign(undefined, bytes, key);
  if (algorithm === 'ecdsa-p256-sha256') return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' });
  return sign('sha512', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 });
}

export function digestOf(body: string): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

/** Header fields that make the request a signed one. */
export function signedFields(signer: Signer, request: ToSign): SignedFields {
  const { method, url, body, nowUnixMs, with: instead = {} } = request;
  const { host, pathname, search } = new URL(url);
  const fields: Record<string, string> = {
    ...(body === undefined ? {} : { 'content-digest': digestOf(body) }),
    ...instead.fields,
  };
  const names = instead.covered ?? [
    '@method',
    '@authority',
    '@path',
    '@query',
    ...(body === undefined ? [] : ['content-digest']),
  ];
  const values: Readonly<Record<string, string>> = {
    '@method': method,
    '@authority': host,
    '@path': pathname,
    '@query': search === '' ? '?' : search,
    ...fields,
  };
  const created = Math.floor(nowUnixMs / 1000);
  const parameters = {
    created,
    expires: created + 60,
    nonce: randomBytes(18).toString('base64url'),
    keyid: signer.id,
    alg: signer.algorithm,
    ...instead.parameters,
  };
  const written = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `;${name}=${typeof value === 'number' ? value : `"${value}"`}`)
    .join('');
  const input = `(${names.map((name) => `"${name}"`).join(' ')})${written}`;
  const right = [
    ...names.map((name) => `"${name}": ${values[name] ?? ''}`),
    `"@signature-params": ${input}`,
  ].join('\n');
  const signature = signer.signatureOf(instead.base?.(right) ?? right).toString('base64');
  const label = instead.label ?? 'sig1';
  return { ...fields, 'signature-input': `${label}=${input}`, signature: `${label}=:${signature}:` };
}
