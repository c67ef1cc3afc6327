/**
 * How a node proves to an engine which node it is: a signed token (a JWT, RFC 7519) in the `authorization` header of its
 * connection. Names and bounds that whoever issues and whoever verifies must agree on; docs/launch-contract.md has them too.
 */
import { z } from 'zod';

export const credentialRoles = ['worker', 'gateway'] as const;
export const credentialRoleSchema = z.enum(credentialRoles);
export type CredentialRole = z.infer<typeof credentialRoleSchema>;

/** Ed25519 (RFC 8037): an engine holds public keys alone, so one that is taken over can name nobody anew. */
export const credentialAlgorithm = 'EdDSA';

/** A token that lives longer is refused, however well it is signed. */
export const credentialSecondsMax = 3600;

/** Below the run directory. */
export const credentialFiles = {
  /** The node's own token, replaced while the program runs. */
  token: 'credential/token',
  /** One file for each role, with the public keys that may sign for it, base64url, between white space. */
  verifyKeys: 'verify-keys',
} as const;

/** A token of one environment is worth nothing in another. */
export function audienceOf(environment: string): string {
  return `drydock:${environment}`;
}

/** A node's name: it becomes part of function ids and log lines. */
export const nodeIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
