/** What a running gateway has beside its public port: metrics, limits, the audit log and the internal listener. Disposing closes all of it. */

import { join } from 'node:path';
import type { InferenceClient, RpcLogger } from '../../rpc/inference.ts';
import { createInternalApp } from '../admin/internal-app.ts';
import { openAudit } from '../audit/runtime/open-audit.ts';
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
  readonly nodeId: string;
  readonly clock: Clock;
  readonly randomId: () => string;
  readonly logger: RpcLogger;
  readonly draining: AbortSignal;
}

export interface Operations extends AsyncDisposable {
  readonly observers: readonly RequestObserver[];
  readonly limiter: Limiter;
  /** Throws while requests must be refused. */
  readonly gate: () => void;
  readonly keepsPrompts: boolean;
  /** Absent: nothing listens. */
  readonly metricsPort?: number;
}

/** @throws DrydockError GATEWAY_LIMITS_INVALID, GATEWAY_AUDIT_INVALID, GATEWAY_PORT_TAKEN, GATEWAY_LISTEN_FAILED */
export async function openOperations(options: OperationsOptions): Promise<Operations> {
  const { config, listen, inference, inFlight, draining } = options;
  const policies = await readLimitPolicies(config.runDirectory);
  const limiter = createLimiter({
    ...options,
    store: createInMemoryLimitStore(options),
    policies: () => policies,
  });
  await using resources = new AsyncDisposableStack();
  const keyFile = join(config.runDirectory, 'secrets', 'audit-key.pem');
  const audit =
    config.audit === undefined
      ? undefined
      : resources.use(await openAudit({ ...options, config: config.audit, keyFile }));
  const residentBytes = () => process.memoryUsage.rss();
  const metrics = createMetrics(gaugesOf({ inference, inFlight, residentBytes, audit }));
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
    observers: [metrics.observe, ...(audit === undefined ? [] : [audit.observe])],
    gate: audit?.gate ?? (() => {}),
    keepsPrompts: config.audit?.keepsPrompts ?? false,
    limiter,
    ...(metricsPort === undefined ? {} : { metricsPort }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
