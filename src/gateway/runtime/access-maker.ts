/** Makes of a node's settings what judges requests. What requests leave behind, nonces and the keys of an issuer, outlasts a change. */

import type { JWTVerifyGetKey } from 'jose';
import type { Access } from '../authentication/access.ts';
import { apiKeyCheck } from '../authentication/api-key-check.ts';
import { certificateCheck } from '../authentication/certificate-check.ts';
import type { CredentialCheck } from '../authentication/credential-check.ts';
import { jwtCheck } from '../authentication/jwt-check.ts';
import { createNonceMemory } from '../authentication/nonce-memory.ts';
import type { AuthMethod } from '../authentication/principal.ts';
import { signatureCheck, signatureWindowMs } from '../authentication/signature-check.ts';
import type { Clock } from '../clock.ts';
import type { NodeSettings } from './node-settings.ts';
import { remoteJwks } from './remote-jwks.ts';

export interface AccessMakerOptions {
  readonly clock: Clock;
  readonly isShutOut: (callerId: string) => boolean;
}

/** @returns an access of its own for each settings. */
export function accessMaker({ clock, isShutOut }: AccessMakerOptions): (settings: NodeSettings) => Access {
  // A nonce that was used before a change is used after it, too.
  const nonces = createNonceMemory({ clock, windowMs: signatureWindowMs });
  let issuer: { readonly url: string; readonly keys: JWTVerifyGetKey } | undefined;
  function keysOf(url: string): JWTVerifyGetKey {
    if (issuer?.url !== url) issuer = { url, keys: remoteJwks(url, { clock }) };
    return issuer.keys;
  }
  return (settings) => {
    const { access, apiKeys, signatureKeys, clientCertificates } = settings;
    const { policy, addresses, certificateField: field, jwt } = access;
    const { trustedProxies } = addresses;
    const checks: Partial<Record<AuthMethod, CredentialCheck>> = {};
    if (apiKeys !== undefined) checks['api-key'] = apiKeyCheck(() => apiKeys, { clock });
    if (jwt !== undefined) checks.jwt = jwtCheck({ settings: jwt, keys: keysOf(jwt.jwksUrl), clock });
    if (signatureKeys !== undefined) {
      checks.signature = signatureCheck(() => signatureKeys, { clock, nonces });
    }
    if (clientCertificates !== undefined) {
      checks.certificate = certificateCheck(() => clientCertificates, {
        clock,
        ...(field === undefined ? {} : { field }),
        ...(trustedProxies === undefined ? {} : { trustedProxies }),
      });
    }
    return { policy, checks, addresses, isShutOut };
  };
}
