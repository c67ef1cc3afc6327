/** What a running gateway has beside its public port: metrics, limits and the internal listener. Disposing closes all of it. */

import type { InferenceClient, RpcLogger } from '../../rpc/inference.ts';
import { createInternalApp } from '../admin/internal-app.ts';
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config.ts';
import type { InFlight } from '../in-flight.ts';
import { createInMemoryLimitStore } from '../limits/limit-store.ts';
import { createLimiter, type Limiter } from '../limits/limiter.ts';
import type { RequestObserver } from '../request-record.ts';
import { gaugesOf } from '../telemetry/gauges.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { Listen } from './listen.ts';
import { readLimitPolicies } from './node-files.ts';

export interface OperationsOptions {
  readonly config: GatewayConfig;
  readonly listen: Listen;
  readonly inference: InferenceClient;
  readonly inFlight: InFlight;
  readonly requestMs: number;
  readonly clock: Clock;
  readonly randomId: () => string;
  readonly logger: RpcLogger;
  readonly draining: AbortSignal;
}

export interface Operations extends AsyncDisposable {
  readonly observers: readonly RequestObserver[];
  readonly limiter: Limiter;
  /** Absent: nothing listens. */
  readonly metricsPort?: number;
}

/** @throws DrydockError GATEWAY_LIMITS_INVALID, GATEWAY_PORT_TAKEN, GATEWAY_LISTEN_FAILED */
export async function openOperations(options: OperationsOptions): Promise<Operations> {
  const { config, listen, inference, inFlight, draining } = options;
  const residentBytes = () => process.memoryUsage.rss();
  const metrics = createMetrics(gaugesOf({ inference, inFlight, residentBytes }));
  const policies = await readLimitPolicies(config.runDirectory);
  const limiter = createLimiter({
    ...options,
    store: createInMemoryLimitStore(options),
    policies: () => policies,
  });
  await using resources = new AsyncDisposableStack();
  let metricsPort: number | undefined;
  if (config.metricsPort !== undefined) {
    const app = createInternalApp({ inference, metrics, draining });
    const listener = await listen({
      host: config.metricsHost,
      port: config.metricsPort,
      fetch: (request) => app.fetch(request),
    });
    resources.defer(() => listener.destroy());
    metricsPort = listener.port;
  }
  const held = resources.move();
  return {
    observers: [metrics.observe],
    limiter,
    ...(metricsPort === undefined ? {} : { metricsPort }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
