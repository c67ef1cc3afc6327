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
  const { name, zones, gateway, worker } = environment;
  const engines = zones.map((zone) => `${zone.name}=${zone.engineAddress}`).join(',');
  return {
    gateway: {
      DRYDOCK_ENVIRONMENT: name,
      DRYDOCK_ENGINES: engines,
      DRYDOCK_CREDENTIAL: `secretsmanager:${environment.credentialSecrets.gateway}`,
      DRYDOCK_API_KEYS: `secretsmanager:${environment.apiKeysSecret}`,
      DRYDOCK_BODY_BYTES_MAX: gateway.bodyBytesMax,
      // On loopback: whoever wants to read there comes by the machine itself, and no security group lets anybody in.
      DRYDOCK_METRICS_PORT: ports.gatewayInternal,
      DRYDOCK_AUDIT_SPOOL: '/run/drydock/audit/spool',
      DRYDOCK_AUDIT_STORE: 'file:/run/drydock/audit/sealed',
    },
    engine: { DRYDOCK_ENVIRONMENT: name },
    worker: {
      DRYDOCK_ENVIRONMENT: name,
      DRYDOCK_ENGINES: engines,
      DRYDOCK_CREDENTIAL: `secretsmanager:${environment.credentialSecrets.worker}`,
      DRYDOCK_MODEL: `s3://${environment.modelBucket}/${environment.model}/`,
      DRYDOCK_SLOTS: worker.slots,
      DRYDOCK_THREADS: worker.threads,
      DRYDOCK_CONTEXT_TOKENS: worker.contextTokens,
    },
  };
}
