/** `/etc/drydock/node.env` of each tier, as docs/launch-contract.md lists it. References only: no secret passes here. */
import { ports } from '../src/rpc/contract/ports.ts';
import type { Environment } from './environment.ts';
import type { Tier } from './flows.ts';

/** @returns lines of `KEY=VALUE`, each with its newline. */
export function nodeEnvironment(environment: Environment, tier: Tier): string {
  return Object.entries(valuesOf(environment)[tier])
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function valuesOf(environment: Environment): Record<Tier, Readonly<Record<string, string | number>>> {
  const { name, zones, gateway, worker, engineTls } = environment;
  const scheme = engineTls === undefined ? '' : 'wss://';
  const engines = zones.map((zone) => `${zone.name}=${scheme}${zone.engineAddress}`).join(',');
  const authority = engineTls && { DRYDOCK_ENGINE_AUTHORITY: `secretsmanager:${engineTls.authoritySecret}` };
  const behindProxy = engineTls && {
    DRYDOCK_ENGINE_CERTIFICATE: `secretsmanager:${engineTls.certificateSecret}`,
    DRYDOCK_ENGINE_HOST: '127.0.0.1',
    DRYDOCK_ENGINE_WORKERS_PORT: ports.engineBehindProxy.workers,
    DRYDOCK_ENGINE_GATEWAYS_PORT: ports.engineBehindProxy.gateways,
  };
  return {
    gateway: {
      DRYDOCK_ENVIRONMENT: name,
      DRYDOCK_ENGINES: engines,
      ...authority,
      DRYDOCK_CREDENTIAL: `secretsmanager:${environment.credentialSecrets.gateway}`,
      DRYDOCK_API_KEYS: `secretsmanager:${environment.apiKeysSecret}`,
      DRYDOCK_BODY_BYTES_MAX: gateway.bodyBytesMax,
      // On loopback: whoever wants to read there comes by the machine itself, and no security group lets anybody in.
      DRYDOCK_METRICS_PORT: ports.gatewayInternal,
      DRYDOCK_AUDIT_SPOOL: '/run/drydock/audit/spool',
      DRYDOCK_AUDIT_STORE: 'file:/run/drydock/audit/sealed',
    },
    engine: { DRYDOCK_ENVIRONMENT: name, ...behindProxy },
    worker: {
      DRYDOCK_ENVIRONMENT: name,
      DRYDOCK_ENGINES: engines,
      ...authority,
      DRYDOCK_CREDENTIAL: `secretsmanager:${environment.credentialSecrets.worker}`,
      DRYDOCK_MODEL: `s3://${environment.modelBucket}/${environment.model}/`,
      DRYDOCK_SLOTS: worker.slots,
      DRYDOCK_THREADS: worker.threads,
      DRYDOCK_CONTEXT_TOKENS: worker.contextTokens,
    },
  };
}
