/** A certificate chain and its private key in one file, so that the two are exchanged together or not at all. */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { DrydockError } from '../../rpc/errors.ts';
import type { GatewayErrorCode } from '../errors.ts';

export interface TlsBundle {
  /** PEM, the leaf first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const privateKey = /-----BEGIN (?:EC |RSA )?PRIVATE KEY-----[^-]+-----END (?:EC |RSA )?PRIVATE KEY-----/g;

/** @throws DrydockError GATEWAY_TLS_INVALID, which quotes nothing of the file. */
export function parseTlsBundle(text: string): TlsBundle {
  const certificates = text.match(certificate) ?? [];
  const [key, ...moreKeys] = text.match(privateKey) ?? [];
  const [leaf] = certificates;
  if (leaf === undefined || key === undefined || moreKeys.length > 0 || !belongTogether(leaf, key)) {
    throw invalid(
      'tls.pem',
      'it does not hold a certificate chain, its leaf first, and the one private key of that',
    );
  }
  return { cert: certificates.join('\n'), key };
}

/** @returns PEM of the authorities. @throws DrydockError GATEWAY_TLS_INVALID */
export function parseAuthorities(text: string): string {
  const certificates = text.match(certificate) ?? [];
  if (certificates.length === 0 || !certificates.every(isAuthority)) {
    throw invalid('client-ca.pem', 'it does not hold certificates of authorities alone');
  }
  return certificates.join('\n');
}

function belongTogether(leaf: string, key: string): boolean {
  try {
    createSecureContext({ cert: leaf, key });
    return new X509Certificate(leaf).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function isAuthority(text: string): boolean {
  try {
    return new X509Certificate(text).ca;
  } catch {
    return false;
  }
}

function invalid(file: string, reason: string) {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_TLS_INVALID',
    `could not use ${file}: ${reason}; see docs/launch-contract.md`,
  );
}
