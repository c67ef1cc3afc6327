/** The Content-Digest of a request (RFC 9530 §2), and the check of what then comes. */

import { createHash, timingSafeEqual } from 'node:crypto';
import { parseDictionary } from 'structured-headers';

export interface ExpectedContent {
  /** Whether these bytes are what the digests were made of. */
  matches(content: Uint8Array): boolean;
}

/** The two that are not broken: RFC 9530 §5. */
const algorithms = [
  { name: 'sha-256', hash: 'sha256', bytes: 32 },
  { name: 'sha-512', hash: 'sha512', bytes: 64 },
];

/** @returns `undefined` where the field has no digest that can be trusted. All that can be must match. */
export function readContentDigest(field: string): ExpectedContent | undefined {
  const digests = digestsOf(field);
  if (digests === undefined || digests.length === 0) return undefined;
  return {
    matches: (content) =>
      digests.every(({ hash, digest }) => timingSafeEqual(createHash(hash).update(content).digest(), digest)),
  };
}

function digestsOf(field: string) {
  try {
    const members = parseDictionary(field);
    return algorithms.flatMap(({ name, hash, bytes }) => {
      const value = members.get(name)?.[0];
      if (value === undefined) return [];
      if (!(value instanceof ArrayBuffer) || value.byteLength !== bytes)
        throw new TypeError('no such digest');
      return [{ hash, digest: Buffer.from(value) }];
    });
  } catch {
    return undefined;
  }
}
