/** The internal listener's application without a socket or files: asked as an administrator unless said otherwise. */

import { createHash } from 'node:crypto';
import { createInternalApp } from '../../../../src/gateway/admin/internal-app.ts';
import { keyRoutes } from '../../../../src/gateway/admin/key-routes.ts';
import { createLimitOverrides } from '../../../../src/gateway/admin/limit-overrides.ts';
import { limitRoutes } from '../../../../src/gateway/admin/limit-routes.ts';
import { operationRoutes } from '../../../../src/gateway/admin/operation-routes.ts';
import { createShutOutCallers } from '../../../../src/gateway/admin/shut-out-callers.ts';
import { parseAdminKeys } from '../../../../src/gateway/authentication/api-keys.ts';
import { createInFlight } from '../../../../src/gateway/in-flight.ts';
import { createInMemoryLimitStore, type LimitStore } from '../../../../src/gateway/limits/limit-store.ts';
import { noLimits } from '../../../../src/gateway/limits/policy.ts';
import { defaultLimits } from '../../../../src/gateway/limits.ts';
import type { RequestRecord } from '../../../../src/gateway/request-record.ts';
import { createMetrics, type Metrics } from '../../../../src/gateway/telemetry/metrics.ts';
import { scriptedInference } from '../scripted-inference.ts';

export interface InProcessAdministrationOptions {
  /** Text of a file of keys. Default: `root-key` of `root`, who may do everything. */
  readonly keys?: string;
  readonly store?: LimitStore;
  readonly metrics?: Metrics;
  readonly drain?: () => void;
}

export interface AdministrationAsk {
  readonly method?: string;
  readonly key?: string | null;
  readonly body?: unknown;
}

const clock = { nowUnixMs: () => Date.UTC(2026, 6, 1) };

export function keyEntry(id: string, more: object = { admin: true }) {
  return { id, sha256: createHash('sha256').update(`${id}-key`).digest('hex'), ...more };
}

export function inProcessAdministration(options: InProcessAdministrationOptions = {}) {
  const {
    store = createInMemoryLimitStore({ clock }),
    metrics = createMetrics([]),
    drain = () => {},
  } = options;
  const { keys: text = JSON.stringify([keyEntry('root')]) } = options;
  const logLines: Readonly<Record<string, unknown>>[] = [];
  const recorded: RequestRecord[] = [];
  const log = (fields: Readonly<Record<string, unknown>>) => void logLines.push(fields);
  const logger = { info: log, warn: log };
  const inference = scriptedInference({ logger });
  const { signal: draining } = new AbortController();
  const settings = {
    current: () => ({ access: { policy: [], addresses: {}, isTls: false }, limits: noLimits }),
    reload: async () => ({ outcome: 'unchanged' as const }),
    [Symbol.dispose]: () => {},
  };
  const overrides = createLimitOverrides();
  const routes = [
    ...operationRoutes({ inference, inFlight: createInFlight(1), draining, drainMs: 0, drain }),
    ...keyRoutes({ settings, shutOut: createShutOutCallers(), clock }),
    ...limitRoutes({ clock, store, policies: () => overrides.over(noLimits), overrides }),
  ];
  const keys = parseAdminKeys(text);
  const administration = {
    ...{
      routes,
      keys: () => keys,
      gate: () => {},
      limits: defaultLimits,
      clock,
      randomId: () => 'id',
      logger,
    },
    observers: [(record: RequestRecord) => void recorded.push(record)],
  };
  const app = createInternalApp({ inference, draining, metrics, administration });
  return {
    app,
    routes,
    logLines,
    /** As the audit log is told. */
    recorded,
    async ask(path: string, { method = 'GET', key = 'root-key', body }: AdministrationAsk = {}) {
      const headers = {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      };
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      return app.fetch(new Request(`http://internal${path}`, { method, headers, ...content }));
    },
  };
}
