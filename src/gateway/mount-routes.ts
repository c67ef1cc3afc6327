/**
 * Puts a table of routes into an application that authenticates before it routes: each holds its caller to what it is granted, a known
 * address refuses other methods, everything else is 404, and every error becomes an answer in one place.
 */

import type { ErrorHandler, Hono } from 'hono';
import { DrydockError } from '../rpc/errors.ts';
import type { RpcLogger } from '../rpc/inference.ts';
import { authorizeRoute } from './authentication/authorize.ts';
import type { GatewayErrorCode } from './errors.ts';
import { recordError } from './record-error.ts';
import type { GatewayEnv } from './request-record.ts';
import type { Route } from './routes.ts';

export interface MountRoutesOptions {
  readonly logger: RpcLogger;
  /** Called before whatever is not public. Throws while it must be refused. */
  readonly gate: () => void;
}

export function mountRoutes(
  app: Hono<GatewayEnv>,
  routes: readonly Route[],
  { logger, gate }: MountRoutesOptions,
): void {
  for (const route of routes) {
    app.on(route.method, route.path, (context) => {
      context.get('record').route = route.path;
      if (!route.isPublic) {
        authorizeRoute(context.get('principal'), route);
        gate();
      }
      return route.handle(context);
    });
  }
  for (const [path, allow] of allowedMethods(routes)) {
    app.all(path, (context) => {
      context.get('record').route = path;
      throw methodNotAllowed(allow);
    });
  }
  app.notFound(() => {
    throw routeUnknown();
  });
  app.onError(answerError(logger));
}

function answerError(logger: RpcLogger): ErrorHandler<GatewayEnv> {
  return function answerErrorOnce(error, context) {
    const { status, envelope, headers } = recordError(error, { record: context.get('record'), logger });
    return context.json(envelope, status, { ...headers });
  };
}

function allowedMethods(routes: readonly Route[]): ReadonlyMap<string, string> {
  const allowed = new Map<string, string>();
  for (const { path, method } of routes) {
    // Whatever answers GET answers HEAD.
    const methods = [allowed.get(path), method, method === 'GET' ? 'HEAD' : undefined];
    allowed.set(path, methods.filter((name) => name !== undefined).join(', '));
  }
  return allowed;
}

function methodNotAllowed(allow: string) {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_METHOD_NOT_ALLOWED',
    `could not serve the request: this address does not take its method; use ${allow}`,
    { details: { allow } },
  );
}

function routeUnknown() {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_ROUTE_UNKNOWN',
    'could not serve the request: there is nothing at this address; see the list of routes in the README',
  );
}
