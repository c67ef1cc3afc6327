/**
 * Judges a bearer token as a JWT (RFC 7519, with the advice of RFC 8725): pinned algorithms, issuer, audience, an expiry, a bound on
 * its age. Its `kid` only looks a key up among the issuer's; a token that brings a key of its own is refused.
 */

import { type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Clock } from '../clock.ts';
import { parseCompactToken, parseMembers, tokenRefusal } from './compact-token.ts';
import type { CredentialCheck, Presented } from './credential-check.ts';
import { parseGrant } from './grant.ts';
import { absent, refused, type Verdict } from './principal.ts';

export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Asymmetric ones alone: the keys are public. */
  readonly algorithms: readonly string[];
}

export interface JwtCheckOptions {
  readonly settings: JwtSettings;
  /** @throws jose's errors where the issuer has no such key; anything else where that cannot be told. */
  readonly keys: JWTVerifyGetKey;
  readonly clock: Clock;
}

/** Seconds by which the issuer's clock may differ from ours. */
const clockToleranceSeconds = 30;
/** A token lives no longer than this, whatever its expiry says. */
const ageSecondsMax = 24 * 3600;

const subject = /^[A-Za-z0-9._:@|/-]{1,128}$/;
const types = new Set(['jwt', 'at+jwt']);

export function jwtCheck({ settings, keys, clock }: JwtCheckOptions): CredentialCheck {
  const { issuer, audience, algorithms } = settings;

  async function verified(text: string): Promise<Verdict> {
    const parsed = parseCompactToken(text);
    if (parsed === undefined || !isTyped(parsed.header)) return refused('jwt-malformed');
    const { payload } = await jwtVerify(parsed.token, keys, {
      algorithms: [...algorithms],
      issuer,
      audience,
      requiredClaims: ['exp', 'iat', 'sub'],
      clockTolerance: clockToleranceSeconds,
      maxTokenAge: ageSecondsMax,
      currentDate: new Date(clock.nowUnixMs()),
    });
    const claims = parseMembers(Buffer.from(text.split('.')[1] ?? '', 'base64url'));
    if (claims === undefined) return refused('jwt-claims-ambiguous');
    if (typeof payload.sub !== 'string' || !subject.test(payload.sub)) return refused('jwt-subject-invalid');
    const grant = parseGrant(claims.drydock ?? {});
    if (grant === undefined) return refused('jwt-grant-invalid');
    return { kind: 'known', name: payload.sub, grant };
  }

  return async function checkJwt({ bearer }: Presented): Promise<Verdict> {
    if (bearer.kind !== 'token') return absent;
    try {
      return await verified(bearer.token);
    } catch (error) {
      const reason = tokenRefusal(error);
      if (reason === undefined) throw error;
      return refused(reason);
    }
  };
}

/** A token of another kind (an identity token, a logout token) is not to be taken for one of access: RFC 8725 §3.11. */
function isTyped({ typ, cty }: Readonly<Record<string, unknown>>): boolean {
  return (
    cty === undefined && (typ === undefined || (typeof typ === 'string' && types.has(typ.toLowerCase())))
  );
}
