/** What a running gateway has beside its public port: metrics, limits, the audit log and the internal listener. Disposing closes all of it. */

import { join } from 'node:path';
import type { InferenceClient, RpcLogger } from '../../rpc/inference.ts';
import { openTracing } from '../../rpc/tracing/open-tracing-runtime.ts';
import type { Attributes, Tracer } from '../../rpc/tracing/span.ts';
import { createInternalApp } from '../admin/internal-app.ts';
import { keyRoutes } from '../admin/key-routes.ts';
import { createLimitOverrides } from '../admin/limit-overrides.ts';
import { limitRoutes } from '../admin/limit-routes.ts';
import { operationRoutes } from '../admin/operation-routes.ts';
import type { ShutOutCallers } from '../admin/shut-out-callers.ts';
import { type Audit, openAudit } from '../audit/runtime/open-audit.ts';
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config.ts';
import type { InFlight } from '../in-flight.ts';
import { createInMemoryLimitStore } from '../limits/limit-store.ts';
import { createLimiter, type Limiter } from '../limits/limiter.ts';
import type { GatewayLimits } from '../limits.ts';
import type { RequestObserver } from '../request-record.ts';
import { gaugesOf } from '../telemetry/gauges.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { traceRequest } from '../telemetry/trace-requests.ts';
import { settlesWithin } from './abortable.ts';
import type { Listen } from './listen.ts';
import type { OpenSettings } from './open-settings.ts';

export interface OperationsOptions {
  readonly config: GatewayConfig;
  readonly listen: Listen;
  readonly inference: InferenceClient;
  readonly inFlight: InFlight;
  readonly limits: GatewayLimits;
  readonly settings: OpenSettings;
  readonly shutOut: ShutOutCallers;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly randomId: () => string;
  readonly logger: RpcLogger;
  readonly draining: AbortSignal;
  /** Begins to drain, as SIGTERM does. */
  readonly drain: () => void;
}

export interface Operations extends AsyncDisposable {
  readonly observers: readonly RequestObserver[];
  readonly limiter: Limiter;
  /** Throws while requests must be refused. */
  readonly gate: () => void;
  readonly keepsPrompts: boolean;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
  /** Absent: nothing listens. */
  readonly metricsPort?: number;
}

/** Milliseconds for the answers of the internal listener that are on their way. */
const farewellMs = 500;

/** @throws DrydockError GATEWAY_AUDIT_INVALID, GATEWAY_PORT_TAKEN, GATEWAY_LISTEN_FAILED */
export async function openOperations(options: OperationsOptions): Promise<Operations> {
  const { config, inference, inFlight, settings, limits, nodeId, clock, randomId, logger } = options;
  const overrides = createLimitOverrides();
  const store = createInMemoryLimitStore(options);
  const policies = () => overrides.over(settings.current().limits);
  const limiter = createLimiter({ ...options, store, policies, requestMs: limits.requestMs });
  await using resources = new AsyncDisposableStack();
  // Before the audit log, so that this one closes first: a collector that does not answer must not cost the log its end.
  const tracing =
    config.tracing === undefined
      ? undefined
      : resources.use(openTracing(config.tracing, { logger, resource: resourceOf(options) }));
  const keyFile = join(config.runDirectory, 'secrets', 'audit-key.pem');
  const audit =
    config.audit === undefined
      ? undefined
      : resources.use(await openAudit({ nodeId, clock, randomId, logger, config: config.audit, keyFile }));
  const residentBytes = () => process.memoryUsage.rss();
  const metrics = createMetrics(gaugesOf({ inference, inFlight, residentBytes, audit, tracing }));
  const internal = { ...options, store, policies, overrides, metrics, audit };
  const metricsPort = await listenInside(internal, resources);
  const held = resources.move();
  return {
    observers: [
      metrics.observe,
      ...(audit === undefined ? [] : [audit.observe]),
      ...(tracing === undefined ? [] : [traceRequest]),
    ],
    ...(tracing === undefined ? {} : { tracer: tracing.tracer }),
    gate: audit?.gate ?? (() => {}),
    keepsPrompts: config.audit?.keepsPrompts ?? false,
    limiter,
    ...(metricsPort === undefined ? {} : { metricsPort }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function resourceOf({ config, nodeId }: OperationsOptions): Attributes {
  return {
    'service.name': 'drydock-gateway',
    'service.instance.id': nodeId,
    'deployment.environment.name': config.environment,
  };
}

type ListenInsideOptions = OperationsOptions &
  Omit<Parameters<typeof limitRoutes>[0], 'clock'> & {
    readonly metrics: ReturnType<typeof createMetrics>;
    readonly audit: Audit | undefined;
  };

/** @returns the port of the internal listener, where the configuration wants one. */
async function listenInside(
  options: ListenInsideOptions,
  resources: AsyncDisposableStack,
): Promise<number | undefined> {
  const { config, listen, settings, limits, audit } = options;
  if (config.metricsPort === undefined) return undefined;
  const routes = [
    ...operationRoutes({ ...options, drainMs: limits.drainMs }),
    ...keyRoutes(options),
    ...limitRoutes(options),
  ];
  const app = createInternalApp({
    ...options,
    administration: {
      ...options,
      routes,
      keys: () => settings.current().adminKeys,
      gate: audit?.gate ?? (() => {}),
      observers: audit === undefined ? [] : [audit.observe],
    },
  });
  const listener = await listen({
    host: config.metricsHost,
    port: config.metricsPort,
    fetch: (request, connection) => app.fetch(request, { connection }),
  });
  resources.defer(async () => {
    if (!(await settlesWithin(listener.close(), farewellMs))) listener.destroy();
  });
  return listener.port;
}
