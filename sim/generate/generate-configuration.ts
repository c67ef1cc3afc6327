/**
 * A random configuration that AWS would accept, as Terraform JSON. The same seed and size give the same bytes on every
 * runtime. It strives for meetings of rules, not for networks that somebody would want.
 */

import type { Draft } from './draft.ts';
import { addMachines } from './machines.ts';
import { addNetworkAcls } from './network-acls.ts';
import { addNetworks } from './networks.ts';
import { addGatewayEndpoint, addPrefixList } from './prefix-lists.ts';
import { randomFrom } from './random.ts';
import { addRouteTables } from './route-tables.ts';
import { drawPorts } from './rule-ranges.ts';
import { addSecurityGroups } from './security-groups.ts';

export interface GenerateOptions {
  /** Any integer; 32 bits of it count. */
  readonly seed: number;
  /** Interfaces at most. Default 8. */
  readonly size?: number;
}

export interface GeneratedConfiguration {
  /** Contents of a `main.tf.json`. */
  readonly text: string;
  /** What it has of what may vary, sorted. */
  readonly features: readonly string[];
}

const SIZE = 8;

export function generateConfiguration({ seed, size = SIZE }: GenerateOptions): GeneratedConfiguration {
  const random = randomFrom(seed);
  const draft: Draft = {
    random,
    resources: {},
    features: new Set(),
    interfacesLeft: random.integer(2, Math.max(2, size)),
    ports: drawPorts(random),
  };
  const vpcs = addNetworks(draft);
  const lists = addPrefixList(draft);
  for (const vpc of vpcs) {
    addRouteTables(draft, vpc, lists);
    const services = addGatewayEndpoint(draft, vpc);
    addSecurityGroups(draft, vpc, [...lists, ...services]);
    addNetworkAcls(draft, vpc);
  }
  addMachines(draft, vpcs);
  const document = { provider: { aws: [{ region: 'eu-west-1' }] }, resource: draft.resources };
  return { text: `${JSON.stringify(document, null, 2)}\n`, features: [...draft.features].sort() };
}
