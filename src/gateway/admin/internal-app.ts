/**
 * What the internal listener answers: whether the gateway lives and is ready, and its metrics, to anybody who reaches it. It is on
 * loopback unless the configuration says otherwise, and nothing here is served on the public port.
 */

import { Hono } from 'hono';
import type { InferenceClient } from '../../rpc/inference.ts';
import { readinessOf } from '../readiness.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface InternalAppOptions {
  readonly inference: InferenceClient;
  readonly metrics: Metrics;
  /** Aborted once the program is on its way out. */
  readonly draining: AbortSignal;
}

export function createInternalApp({ inference, metrics, draining }: InternalAppOptions): Hono {
  const app = new Hono();
  app.use('*', async (context, next) => {
    context.header('cache-control', 'no-store');
    context.header('x-content-type-options', 'nosniff');
    await next();
  });
  app.get('/livez', (context) => context.json({ status: 'alive' }));
  app.get('/readyz', (context) => {
    const { isReady, status } = readinessOf(inference, draining);
    return context.json({ status }, isReady ? 200 : 503);
  });
  app.get('/metrics', async (context) =>
    context.body(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  );
  return app;
}
