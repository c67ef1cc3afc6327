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
import type { IsPublic } from '../authentication/authenticate.ts';
import { refused } from '../authentication/principal.ts';
import type { Clock } from '../clock.ts';
import { mountRoutes } from '../mount-routes.ts';
import { readinessOf } from '../readiness.ts';
import { type GatewayEnv, type RequestObserver, recordRequests } from '../request-record.ts';
import type { Route } from '../routes.ts';
import { discardUnreadBody, type UnreadBodyOptions } from '../runtime/unread-body.ts';
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
  const { draining, administration } = options;
  const { keys, gate, limits, clock, logger } = administration;
  const known = apiKeyCheck(() => keys() ?? nobody, { clock });
  const access = { policy: [['api-key']] as const, checks: { 'api-key': known } };
  const open = openRoutes(options);
  const openPaths = new Set(open.map(({ path }) => path));
  const isOpen: IsPublic = (method, path) => (method === 'GET' || method === 'HEAD') && openPaths.has(path);
  const recorded = recordRequests({ ...administration, draining });
  // Who looks every few seconds would fill the log and the audit log. What goes wrong is said all the same.
  const quiet = { info: () => {}, warn: logger.warn.bind(logger) };
  const unrecorded = recordRequests({ ...administration, draining, logger: quiet, observers: [] });
  const app = new Hono<GatewayEnv>();
  app.use('*', (context, next) => {
    const record = isOpen(context.req.method, context.req.path) ? unrecorded : recorded;
    return record(context, next);
  });
  app.use('*', discardUnreadBody(limits));
  app.use(
    '*',
    admitByAccess(() => access, isOpen),
  );
  mountRoutes(app, [...open, ...administration.routes], { logger, gate });
  return app;
}

function openRoutes({ inference, metrics, draining }: InternalAppOptions): readonly Route[] {
  const open = (path: string, handle: Route['handle']): Route => ({
    ...{ method: 'GET', path, isPublic: true, isAdmin: false, handle },
  });
  return [
    open('/livez', (context) => context.json({ status: 'alive' })),
    open('/readyz', (context) => {
      const { isReady, status } = readinessOf(inference, draining);
      return context.json({ status }, isReady ? 200 : 503);
    }),
    open('/metrics', async (context) =>
      context.body(await metrics.text(), 200, { 'content-type': metrics.contentType }),
    ),
  ];
}

const nobody: ApiKeys = { listings: [], identify: () => refused('no-administrators') };
