/** What the routes of the administration have in common: only for administrators, and whose affairs they change is recorded. */

import type { Context } from 'hono';
import { invalidParam } from '../invalid-param.ts';
import type { GatewayEnv } from '../request-record.ts';
import type { Route } from '../routes.ts';

export function adminRoute(method: Route['method'], path: string, handle: Route['handle']): Route {
  return { method, path, isPublic: false, isAdmin: true, handle };
}

const callerCharactersMax = 256;

/** The caller that the address names; it stands in the record of the request from then on. @throws DrydockError GATEWAY_PARAM_INVALID */
export function callerOf(context: Context<GatewayEnv>): string {
  const caller = context.req.param('caller') ?? '';
  if (caller.length === 0 || caller.length > callerCharactersMax || !/^[\x20-\x7e]+$/.test(caller)) {
    throw invalidParam('caller', `is not 1 to ${callerCharactersMax} printable characters of ASCII`);
  }
  context.var.record.subject = caller;
  return caller;
}
