/**
 * Names of namespaces and links. Each follows from what it stands for and from nothing else, so that a part that stays
 * between two versions of a configuration keeps its name.
 */
import { createHash } from 'node:crypto';

/** Linux takes 15 bytes for a link; 48 bits tell apart far more parts than a region holds. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

export const internetNamespace = 'internet';

export const namespaceNames = {
  interface: (id: string) => `eni-${id}`,
  router: (vpc: string) => `router-${digest(vpc)}`,
  edge: (vpc: string) => `edge-${digest(vpc)}`,
  natGateway: (address: string) => `nat-${digest(address)}`,
  endpoint: (address: string) => `endpoint-${digest(address)}`,
} as const;

/** The router's ends. */
export const linkNames = {
  interface: (id: string) => `e-${digest(id)}`,
  natGateway: (address: string) => `n-${digest(address)}`,
  endpoint: (address: string) => `s-${digest(address)}`,
  peering: (address: string) => `p-${digest(address)}`,
  internetGateway: 'igw',
  egressOnlyGateway: 'eigw',
  /** Where packets go that no route takes: the forward hook drops and counts them. */
  unrouted: 'x-none',
  unroutedPeer: 'x-none-peer',
  /** The internet's end of the link to a VPC's edge. */
  vpc: (vpc: string) => `v-${digest(vpc)}`,
} as const;

/** The other end of every link but the edge's, which has three. */
export const machineEnd = 'eth0';
export const edgeInternetLink = 'internet';
