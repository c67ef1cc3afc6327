/**
 * From which addresses and with which credentials one may call, as it is now. Each request is judged by one state of it from beginning to
 * end: what changes while it is judged counts for the next.
 */

import type { MiddlewareHandler } from 'hono';
import type { GatewayEnv } from '../request-record.ts';
import { type AddressSettings, admitAddress } from './admit-address.ts';
import { type AuthenticateOptions, authenticate, type IsPublic } from './authenticate.ts';

export interface Access extends Omit<AuthenticateOptions, 'isPublic'> {
  readonly addresses?: AddressSettings;
}

/** @param current asked for every request; what it gives is prepared once for each new object. */
export function admitByAccess(current: () => Access, isPublic: IsPublic): MiddlewareHandler<GatewayEnv> {
  const prepared = new WeakMap<Access, MiddlewareHandler<GatewayEnv>>();
  return function admit(context, next) {
    const access = current();
    const judge = prepared.get(access) ?? judgeOf(access, isPublic);
    prepared.set(access, judge);
    return judge(context, next);
  };
}

function judgeOf(access: Access, isPublic: IsPublic): MiddlewareHandler<GatewayEnv> {
  const address = admitAddress(access.addresses ?? {}, isPublic);
  const credentials = authenticate({ ...access, isPublic });
  return async (context, next) => {
    await address(context, async () => {
      await credentials(context, next);
    });
  };
}
