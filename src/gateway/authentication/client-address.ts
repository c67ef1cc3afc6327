/**
 * Whose request it is, by address. X-Forwarded-For is believed only as far as trusted proxies wrote it: from the right, each entry is
 * the word of the one after it. Whatever stands to the left of the first untrusted address is that client's invention. Pure.
 */

import { type AddressList, canonicalAddress } from './address-list.ts';

export interface ClientAddressOptions {
  readonly peerAddress: string;
  /** Values joined by commas, as they came. */
  readonly forwardedFor: string | undefined;
  readonly trustedProxies: AddressList | undefined;
}

/** @returns `undefined` where it cannot be told: a trusted proxy says what is no address, or the peer is not known. */
export function clientAddress(options: ClientAddressOptions): string | undefined {
  const { forwardedFor, trustedProxies } = options;
  let client = canonicalAddress(options.peerAddress.replace(/%.*$/, ''));
  const claims = forwardedFor?.split(',') ?? [];
  while (client !== undefined && trustedProxies?.has(client) === true) {
    const claim = claims.pop();
    // A proxy that says nothing asks for itself, as it does to see whether the gateway lives.
    if (claim === undefined) return client;
    client = canonicalAddress(withoutPort(claim.trim()));
  }
  return client;
}

/** Some proxies write the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(claim: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(claim);
  if (bracketed !== null) return bracketed[1] ?? '';
  return /^[\d.]+:\d{1,5}$/.test(claim) ? claim.replace(/:\d+$/, '') : claim;
}
