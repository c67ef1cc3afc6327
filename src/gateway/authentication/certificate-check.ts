/**
 * Judges the client's certificate: that of the connection where it ends here, or the one that a trusted proxy passes on in a field.
 * That the client holds its key, and that an authority vouches for it, was seen by whoever ended the connection.
 */

import { X509Certificate } from 'node:crypto';
import { parseItem } from 'structured-headers';
import type { Clock } from '../clock.ts';
import { type AddressList, canonicalAddress } from './address-list.ts';
import type { ClientCertificates } from './client-certificates.ts';
import type { CredentialCheck, Presented } from './credential-check.ts';
import { absent, refused } from './principal.ts';

export interface CertificateCheckOptions {
  readonly clock: Clock;
  /** Name of the field in which a proxy passes certificates on. Absent: none is read. */
  readonly field?: string;
  readonly trustedProxies?: AddressList;
}

export function certificateCheck(
  current: () => ClientCertificates,
  options: CertificateCheckOptions,
): CredentialCheck {
  return function checkCertificate(presented) {
    const passedOn = fieldOf(presented, options);
    const bytes = passedOn === undefined ? presented.connection.peerCertificate : decode(passedOn);
    if (bytes === undefined) return passedOn === undefined ? absent : refused('certificate-unreadable');
    const certificate = parse(bytes);
    if (certificate === undefined) return refused('certificate-unreadable');
    return current().identify(certificate, options.clock.nowUnixMs());
  };
}

/** What anybody but a trusted proxy writes there is not read. */
function fieldOf({ request, connection }: Presented, { field, trustedProxies }: CertificateCheckOptions) {
  if (field === undefined || trustedProxies === undefined) return undefined;
  const peer = canonicalAddress(connection.peerAddress.replace(/%.*$/, ''));
  if (peer === undefined || !trustedProxies.has(peer)) return undefined;
  return request.headers.get(field) ?? undefined;
}

/** As RFC 9440 writes it, or as AWS's load balancers do: PEM, percent-encoded. */
function decode(text: string): Uint8Array | undefined {
  try {
    if (!text.startsWith(':')) return Buffer.from(decodeURIComponent(text));
    const [value] = parseItem(text);
    return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
  } catch {
    return undefined;
  }
}

function parse(bytes: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes);
  } catch {
    return undefined;
  }
}
