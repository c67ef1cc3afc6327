/** Default-deny: every request needs a known key, unless its exact method and path are on the public list. */

import type { MiddlewareHandler } from 'hono';
import { DrydockError } from '../rpc/errors.ts';
import type { ApiKeys } from './api-keys.ts';
import type { GatewayErrorCode } from './errors.ts';
import type { GatewayEnv } from './request-record.ts';

// RFC 6750 §2.1 (token68); the scheme is case-insensitive (RFC 9110 §11.1). Two joined headers do not match.
const bearer = /^Bearer ([A-Za-z0-9._~+/-]{1,512}={0,2})$/i;

/** @param publicPaths answered to anybody on GET and HEAD. Compared with the path the router matches, so the two cannot disagree. */
export function authenticate(
  apiKeys: ApiKeys,
  publicPaths: ReadonlySet<string>,
): MiddlewareHandler<GatewayEnv> {
  return async function authenticateRequest(context, next) {
    const { method, path } = context.req;
    const isPublic = (method === 'GET' || method === 'HEAD') && publicPaths.has(path);
    if (!isPublic) context.var.record.keyId = identify(apiKeys, context.req.header('authorization'));
    await next();
  };
}

function identify(apiKeys: ApiKeys, header: string | undefined): string {
  const presentedKey = bearer.exec(header ?? '')?.[1];
  const keyId = presentedKey === undefined ? undefined : apiKeys.identify(presentedKey);
  if (keyId === undefined) {
    // One text for a missing, a malformed and a wrong key: the answer tells nobody which it was.
    throw new DrydockError<GatewayErrorCode>(
      'GATEWAY_UNAUTHENTICATED',
      'could not admit the request: the API key is missing or unknown; send "Authorization: Bearer <key>"',
    );
  }
  return keyId;
}
