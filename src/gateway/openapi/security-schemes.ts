/** The authentication policy in the terms of OpenAPI. Pure. */

import type { AuthPolicy } from '../authentication/auth-policy.ts';
import type { AuthMethod } from '../authentication/principal.ts';

const schemes: Readonly<Record<AuthMethod, Readonly<Record<string, string>>>> = {
  'api-key': { type: 'http', scheme: 'bearer', description: 'An API key.' },
  jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token of the issuer.' },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'Signature',
    description:
      'RFC 9421, with Signature-Input and Content-Digest. A 401 says in Accept-Signature what to sign.',
  },
  certificate: { type: 'mutualTLS', description: 'A client certificate.' },
};

export function securitySchemes(policy: AuthPolicy): Readonly<Record<string, object>> {
  const named = new Set(policy.flat());
  return Object.fromEntries(Object.entries(schemes).filter(([method]) => named.has(method as AuthMethod)));
}

/** Alternatives, of which each asks for all that it names. */
export function securityRequirements(policy: AuthPolicy): readonly Readonly<Record<string, readonly []>>[] {
  return policy.map((methods) => Object.fromEntries(methods.map((method) => [method, [] as const])));
}
