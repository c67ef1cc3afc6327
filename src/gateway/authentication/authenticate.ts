/**
 * Default-deny: every request needs the credentials of the policy, unless its exact method and path are on the public list.
 * Every way to fail has one answer, which tells nobody what was missing or wrong; our log knows.
 */

import type { Context, MiddlewareHandler } from 'hono';
import { DrydockError } from '../../rpc/errors.ts';
import { unknownConnection } from '../connection.ts';
import type { GatewayErrorCode } from '../errors.ts';
import type { GatewayEnv } from '../request-record.ts';
import { type AuthPolicy, decide, policyNames } from './auth-policy.ts';
import { looksLikeJwt, readBearerToken } from './bearer-token.ts';
import { type CheckedContent, checkedContent } from './checked-content.ts';
import type { CredentialCheck } from './credential-check.ts';
import { type AuthMethod, absent, authMethods, refused, type Verdict } from './principal.ts';
import { acceptSignature } from './signature-check.ts';

/** Whether anybody may ask that. Told the path that the router matches, so the two cannot disagree. */
export type IsPublic = (method: string, path: string) => boolean;

export interface AuthenticateOptions {
  readonly policy: AuthPolicy;
  /** One for each method that the policy names. */
  readonly checks: Readonly<Partial<Record<AuthMethod, CredentialCheck>>>;
  readonly isPublic: IsPublic;
  /** Whether an administrator has shut a caller out. Default: nobody is. */
  readonly isShutOut?: (callerId: string) => boolean;
}

export function authenticate(options: AuthenticateOptions): MiddlewareHandler<GatewayEnv> {
  const { policy, isPublic, isShutOut = () => false } = options;
  const checks = checksOf(options);
  const headers = challengesOf(policy);

  /** @returns what the content has to be, where a credential says so. */
  async function admit(context: Context<GatewayEnv>): Promise<CheckedContent | undefined> {
    const presented = {
      bearer: readBearerToken(context.req.header('authorization')),
      request: context.req.raw,
      connection: context.env?.connection ?? unknownConnection,
    };
    const verdicts = new Map<AuthMethod, Verdict>();
    for (const [name, check] of checks) verdicts.set(name, await check(presented));
    const record = context.get('record');
    const refuse = (reason: string) => {
      record.refusal = reason;
      return unauthenticated(headers);
    };
    const decision = decide(policy, verdicts);
    if (!decision.isAdmitted) throw refuse(decision.reason);
    if (isShutOut(decision.principal.id)) throw refuse('caller-shut-out');
    context.set('principal', decision.principal);
    record.keyId = decision.principal.id;
    record.span?.trustParent();
    const expected = [...verdicts.values()].flatMap((verdict) =>
      verdict.kind === 'known' && verdict.content !== undefined ? [verdict.content] : [],
    );
    return expected.length === 0 ? undefined : checkedContent(expected, () => refuse('content-digest-wrong'));
  }

  return async function authenticateRequest(context, next) {
    if (isPublic(context.req.method, context.req.path)) return next();
    const span = context.get('record').span?.child('authenticate');
    const content = await admit(context).finally(() => span?.end());
    if (content !== undefined) context.set('content', content);
    await next();
    // What reads content in a way of its own would serve what nobody signed.
    if (content?.isChecked === false && context.req.raw.bodyUsed && context.res.status < 400) {
      throw new TypeError('signed content was read without being checked');
    }
  };
}

function checksOf({
  policy,
  checks,
}: AuthenticateOptions): readonly (readonly [AuthMethod, CredentialCheck])[] {
  return authMethods
    .filter((method) => policyNames(policy, method))
    .map((method) => {
      const check = checks[method];
      if (check === undefined) throw new TypeError(`the policy names ${method}, for which there is no check`);
      return [method, bearerCheck(method, { policy, check })] as const;
    });
}

/** Keys and tokens share one header: what looks like a token is one wherever tokens are taken at all. */
function bearerCheck(
  method: AuthMethod,
  { policy, check }: { readonly policy: AuthPolicy; readonly check: CredentialCheck },
): CredentialCheck {
  if (method !== 'api-key' && method !== 'jwt') return check;
  const takesBoth = policyNames(policy, 'api-key') && policyNames(policy, 'jwt');
  return (presented) => {
    const { bearer } = presented;
    if (bearer.kind === 'none') return absent;
    if (bearer.kind === 'malformed') return refused('authorization-malformed');
    if (takesBoth && looksLikeJwt(bearer.token) !== (method === 'jwt')) return absent;
    return check(presented);
  };
}

interface Challenges {
  readonly challenge: string;
  readonly acceptSignature?: string;
}

/** RFC 9110 §11.6.1: a 401 names at least one way in. Only that of bearer tokens has a registered name. */
function challengesOf(policy: AuthPolicy): Challenges {
  const takesSignature = policyNames(policy, 'signature');
  const takesBearer = policyNames(policy, 'api-key') || policyNames(policy, 'jwt');
  return {
    challenge: takesBearer ? 'Bearer' : takesSignature ? 'Signature' : 'Certificate',
    ...(takesSignature ? { acceptSignature } : {}),
  };
}

function unauthenticated(challenges: Challenges) {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_UNAUTHENTICATED',
    'could not admit the request: its credentials are missing or not valid; send "Authorization: Bearer <key>", or what else this gateway asks for',
    { details: { ...challenges } },
  );
}
