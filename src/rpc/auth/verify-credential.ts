/**
 * Whether a token names a node of this environment in the role that its listener is for. A refusal says why by a word of our
 * own; nothing of the token is in it.
 */
import type { JWTPayload } from 'jose';
import * as errors from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import {
  audienceOf,
  type CredentialRole,
  credentialAlgorithm,
  credentialSecondsMax,
  nodeIdSchema,
} from '../contract/credential.ts';
import type { VerifyKey } from './verify-keys.ts';

export type RefusalReason =
  | 'missing'
  | 'malformed'
  | 'signature'
  | 'expired'
  | 'not-yet-valid'
  | 'foreign-environment'
  | 'wrong-role'
  | 'too-long-lived'
  | 'no-node-id';

export type CredentialVerdict = { readonly nodeId: string } | { readonly refusal: RefusalReason };

export interface VerifyOptions {
  readonly role: CredentialRole;
  readonly environment: string;
  /** Those of `role`. */
  readonly keys: readonly VerifyKey[];
  readonly nowMs: number;
}

/** Longer than any of ours; what is longer is not even decoded. */
const tokenCharactersMax = 2048;
/** Clocks of two machines differ. */
const toleranceSeconds = 30;

/** @param authorization the header as it came. */
export async function verifyCredential(
  authorization: unknown,
  options: VerifyOptions,
): Promise<CredentialVerdict> {
  if (typeof authorization !== 'string' || authorization === '') return { refusal: 'missing' };
  const [, token] = /^Bearer ([A-Za-z0-9_.-]+)$/i.exec(authorization) ?? [];
  if (token === undefined || token.length > tokenCharactersMax) return { refusal: 'malformed' };
  for (const key of options.keys) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [credentialAlgorithm],
        audience: audienceOf(options.environment),
        requiredClaims: ['sub', 'role', 'iat', 'exp'],
        clockTolerance: toleranceSeconds,
        // Also refuses what is dated in the future.
        maxTokenAge: credentialSecondsMax,
        currentDate: new Date(options.nowMs),
      });
      return judgeClaims(payload, options.role);
    } catch (error) {
      // Another key may have signed it.
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) return { refusal: reasonOf(error) };
    }
  }
  return { refusal: 'signature' };
}

function judgeClaims(claims: JWTPayload, role: CredentialRole): CredentialVerdict {
  const { iat = 0, exp = 0, sub } = claims;
  if (exp - iat > credentialSecondsMax) return { refusal: 'too-long-lived' };
  // The key of one role cannot name the other: who issues may still have mixed them up.
  if (claims.role !== role) return { refusal: 'wrong-role' };
  const nodeId = nodeIdSchema.safeParse(sub).data;
  return nodeId === undefined ? { refusal: 'no-node-id' } : { nodeId };
}

function reasonOf(error: unknown): RefusalReason {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'foreign-environment';
    if (error.claim === 'nbf' || error.claim === 'iat') return 'not-yet-valid';
  }
  return 'malformed';
}
