/** The environment of the gateway, read once and frozen: the launch contract's keys, and two for a run by hand. */

import { z } from 'zod';
import { type EngineAddress, parseEngines } from '../rpc/contract/engines.ts';
import { ports } from '../rpc/contract/ports.ts';
import { DrydockError } from '../rpc/errors.ts';
import { toTracingSettings, tracingFields } from '../rpc/tracing/environment.ts';
import type { TracingSettings } from '../rpc/tracing/open-tracing-runtime.ts';
import type { FsyncPolicy } from './audit/runtime/audit-trail.ts';
import {
  type AccessSettings,
  type AccessTexts,
  accessFields,
  accessTextsOf,
  toAccessSettings,
} from './authentication/environment.ts';
import type { GatewayErrorCode } from './errors.ts';
import { defaultLimits } from './limits.ts';

export interface GatewayConfig {
  readonly environment: string;
  readonly engines: readonly EngineAddress[];
  readonly bodyBytesMax: number;
  /** Milliseconds that a request waits for a worker, and that an answer waits for another one. */
  readonly waits: { readonly queueMsMax: number; readonly resumeMsMax: number };
  readonly access: AccessSettings;
  /** What `access` was read from, for what may take the place of single keys of it. */
  readonly accessTexts: AccessTexts;
  /** Milliseconds that what is in work has to finish by itself once the program is told to stop. */
  readonly drainMs: number;
  readonly runDirectory: string;
  /** Whether it shows the engines a credential. */
  readonly hasCredential: boolean;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly metricsHost: string;
  /** Of metrics and administration. Absent: nothing listens. 0: any that is free. */
  readonly metricsPort?: number;
  /** Absent: no span is told to anybody. */
  readonly tracing?: TracingSettings;
  /** Absent: nothing is audited. */
  readonly audit?: AuditConfig;
}

export interface AuditConfig {
  readonly spoolDirectory: string;
  readonly spoolBytesMax: number;
  /** Absent: segments stay in the spool until it is full. */
  readonly storeDirectory?: string;
  /** Whether checkpoints are signed, with the key in the run directory. */
  readonly isSigned: boolean;
  readonly onFailure: 'refuse' | 'degrade';
  readonly fsync: FsyncPolicy;
  readonly keepsPrompts: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const environmentSchema = z.object({
  DRYDOCK_ENVIRONMENT: z.string().min(1),
  DRYDOCK_ENGINES: z.string().min(1),
  // Whoever starts the program resolves the reference; here it can only be wrong.
  DRYDOCK_API_KEYS: z
    .string()
    .regex(/^secretsmanager:.+$/)
    .optional(),
  DRYDOCK_CREDENTIAL: z
    .string()
    .regex(/^secretsmanager:.+$/)
    .optional(),
  DRYDOCK_BODY_BYTES_MAX: integerText(1, 64 * 1024 * 1024).default(defaultLimits.bodyBytesMax),
  DRYDOCK_QUEUE_MS_MAX: integerText(1, 600_000).default(10_000),
  DRYDOCK_RESUME_MS_MAX: integerText(1, 600_000).default(20_000),
  DRYDOCK_DRAIN_MS: integerText(0, 3_600_000).default(defaultLimits.drainMs),
  ...accessFields,
  ...tracingFields,
  DRYDOCK_RUN_DIR: z.string().min(1).default('/run/drydock'),
  DRYDOCK_GATEWAY_HOST: z.string().min(1).default('0.0.0.0'),
  DRYDOCK_GATEWAY_PORT: integerText(0, 65_535).default(ports.gateway),
  DRYDOCK_METRICS_HOST: z.string().min(1).default('127.0.0.1'),
  DRYDOCK_METRICS_PORT: integerText(0, 65_535).optional(),
  DRYDOCK_AUDIT_SPOOL: z.string().min(1).optional(),
  DRYDOCK_AUDIT_SPOOL_MIB_MAX: integerText(1, 1_000_000).default(256),
  DRYDOCK_AUDIT_STORE: z
    .string()
    .regex(/^file:.+$/)
    .optional(),
  DRYDOCK_AUDIT_KEY: z
    .string()
    .regex(/^secretsmanager:.+$/)
    .optional(),
  DRYDOCK_AUDIT_ON_FAILURE: z.enum(['refuse', 'degrade']).default('refuse'),
  DRYDOCK_AUDIT_FSYNC: z.enum(['always', 'interval', 'never']).default('interval'),
  DRYDOCK_AUDIT_PROMPTS: z.enum(['true', 'false']).default('false'),
});

function integerText(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}

/** @throws DrydockError GATEWAY_CONFIG_INVALID or RPC_CONFIG_INVALID, naming the key. */
export function readConfig(environment: Environment = process.env): GatewayConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) throw invalid(parsed.error.issues.map((issue) => String(issue.path[0])));
  const values = parsed.data;
  const missing: string[] = [];
  const access = toAccessSettings(values, (key) => missing.push(key));
  if (missing.length > 0) throw invalid(missing);
  return Object.freeze({
    environment: values.DRYDOCK_ENVIRONMENT,
    engines: parseEngines(values.DRYDOCK_ENGINES, ports.engineForGateways),
    bodyBytesMax: values.DRYDOCK_BODY_BYTES_MAX,
    waits: { queueMsMax: values.DRYDOCK_QUEUE_MS_MAX, resumeMsMax: values.DRYDOCK_RESUME_MS_MAX },
    access,
    accessTexts: accessTextsOf(environment),
    drainMs: values.DRYDOCK_DRAIN_MS,
    runDirectory: values.DRYDOCK_RUN_DIR,
    hasCredential: values.DRYDOCK_CREDENTIAL !== undefined,
    host: values.DRYDOCK_GATEWAY_HOST,
    port: values.DRYDOCK_GATEWAY_PORT,
    metricsHost: values.DRYDOCK_METRICS_HOST,
    ...auditOf(values),
    ...toTracingSettings(values),
    ...(values.DRYDOCK_METRICS_PORT === undefined ? {} : { metricsPort: values.DRYDOCK_METRICS_PORT }),
  });
}

function auditOf(values: z.infer<typeof environmentSchema>): { readonly audit?: AuditConfig } {
  const { DRYDOCK_AUDIT_SPOOL: spoolDirectory, DRYDOCK_AUDIT_STORE: store } = values;
  if (spoolDirectory === undefined) return {};
  return {
    audit: Object.freeze({
      spoolDirectory,
      spoolBytesMax: values.DRYDOCK_AUDIT_SPOOL_MIB_MAX * 1024 * 1024,
      ...(store === undefined ? {} : { storeDirectory: store.slice('file:'.length) }),
      isSigned: values.DRYDOCK_AUDIT_KEY !== undefined,
      onFailure: values.DRYDOCK_AUDIT_ON_FAILURE,
      fsync: values.DRYDOCK_AUDIT_FSYNC,
      keepsPrompts: values.DRYDOCK_AUDIT_PROMPTS === 'true',
    }),
  };
}

function invalid(keys: readonly string[]) {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_CONFIG_INVALID',
    `could not read the environment: ${[...new Set(keys)].join(', ')} is missing or not valid; see docs/launch-contract.md`,
  );
}
