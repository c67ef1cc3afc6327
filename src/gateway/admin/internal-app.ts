/**
 * What the internal listener answers: to anybody who reaches it whether the gateway lives and is ready, and its metrics; to administrators,
 * by keys of a file of their own, all that `adminRoutes` has. Whatever is not one of the three needs such a key. Nothing of it is served on
 * the public port.
 */

import { Hono } from 'hono';
import type { InferenceClient, RpcLogger } from '../../rpc/inference.ts';
import { admitByAccess } from '../authentication/access.ts';
import { apiKeyCheck } from '../authentication/api-key-check.ts';
import type { ApiKeys } from '../authentication/api-keys.ts';
import { refused } from '../authentication/principal.ts';
import type { Clock } from '../clock.ts';
import { mountRoutes } from '../mount-routes.ts';
import { readinessOf } from '../readiness.ts';
import { type GatewayEnv, type RequestObserver, recordRequests } from '../request-record.ts';
import type { Route } from '../routes.ts';
import { discardUnreadBody, type UnreadBodyOptions } from '../runtime/unread-body.ts';
import { securityHeaders } from '../security-headers.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface InternalAppOptions {
  readonly inference: InferenceClient;
  readonly metrics: Metrics;
  /** Aborted once the program is on its way out. */
  readonly draining: AbortSignal;
  readonly administration: AdministrationOptions;
}

export interface AdministrationOptions {
  readonly routes: readonly Route[];
  /** `undefined`: nobody is an administrator. */
  readonly keys: () => ApiKeys | undefined;
  /** Called before each request of an administrator. Throws while it must be refused. */
  readonly gate: () => void;
  readonly observers: readonly RequestObserver[];
  readonly limits: UnreadBodyOptions;
  readonly clock: Clock;
  readonly randomId: () => string;
  readonly logger: RpcLogger;
}

export function createInternalApp(options: InternalAppOptions): Hono<GatewayEnv> {
  const { inference, metrics, draining, administration } = options;
  const app = new Hono<GatewayEnv>();
  for (const path of ['/livez', '/readyz', '/metrics']) {
    app.use(path, async (context, next) => {
      for (const [name, value] of Object.entries(securityHeaders)) context.header(name, value);
      await next();
    });
  }
  app.get('/livez', (context) => context.json({ status: 'alive' }));
  app.get('/readyz', (context) => {
    const { isReady, status } = readinessOf(inference, draining);
    return context.json({ status }, isReady ? 200 : 503);
  });
  app.get('/metrics', async (context) =>
    context.body(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  );
  const guarded = createAdministration(draining, administration);
  app.all('*', (context) => guarded.fetch(context.req.raw, context.env));
  return app;
}

/** Nothing in it is public. */
function createAdministration(draining: AbortSignal, options: AdministrationOptions): Hono<GatewayEnv> {
  const { routes, keys, gate, limits, clock, logger } = options;
  const known = apiKeyCheck(() => keys() ?? nobody, { clock });
  const access = { policy: [['api-key']] as const, checks: { 'api-key': known } };
  const app = new Hono<GatewayEnv>();
  app.use('*', recordRequests({ ...options, draining }));
  app.use('*', discardUnreadBody(limits));
  app.use(
    '*',
    admitByAccess(
      () => access,
      () => false,
    ),
  );
  mountRoutes(app, routes, { logger, gate });
  return app;
}

const nobody: ApiKeys = { listings: [], identify: () => refused('no-administrators') };
