/** What the routes of the administration have in common: only for administrators, and whose affairs they change is recorded. */

import type { Context } from 'hono';
import { isCallerId } from '../authentication/caller-id.ts';
import { invalidParam } from '../invalid-param.ts';
import type { GatewayEnv } from '../request-record.ts';
import type { Route } from '../routes.ts';

export function adminRoute(method: Route['method'], path: string, handle: Route['handle']): Route {
  return { method, path, isPublic: false, isAdmin: true, handle };
}

/** The caller that the address names; it stands in the record of the request from then on, so what is pasted by mistake must not. @throws DrydockError GATEWAY_PARAM_INVALID */
export function callerOf(context: Context<GatewayEnv>): string {
  const caller = context.req.param('caller') ?? '';
  if (!isCallerId(caller)) {
    throw invalidParam(
      'caller',
      'is not the id of a caller, as in records (alice, jwt:alice); never a key or a token',
    );
  }
  context.var.record.subject = caller;
  return caller;
}
