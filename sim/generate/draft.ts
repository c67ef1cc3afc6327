/** A configuration while it is being drawn up: its resources so far, and the choices still to be made. */

import type { Random } from './random.ts';

export type Body = Record<string, unknown>;

export interface Draft {
  readonly random: Random;
  readonly resources: Record<string, Record<string, Body>>;
  /** What the configuration has of what may vary. */
  readonly features: Set<string>;
  /** How many interfaces may still be added. */
  interfacesLeft: number;
  /** Ports that rules begin and end at: few, so that rules meet. */
  readonly ports: readonly [number, ...number[]];
}

export interface DraftSubnet {
  readonly name: string;
  readonly cidr: string;
  readonly zone: string;
  readonly hasIpv6: boolean;
}

export interface DraftVpc {
  readonly name: string;
  readonly cidrs: readonly [string, ...string[]];
  readonly hasIpv6: boolean;
  readonly hasInternetGateway: boolean;
  readonly hasEgressOnlyGateway: boolean;
  readonly subnets: readonly [DraftSubnet, ...DraftSubnet[]];
  /** Terraform names. */
  readonly natGateways: string[];
  readonly groups: string[];
  readonly tables: string[];
  readonly peers: { readonly connection: string; readonly isAccepted: boolean; readonly vpc: DraftVpc }[];
}

/** Adds a resource under a name that is free. */
export function add(
  draft: Draft,
  address: { readonly type: string; readonly name: string },
  body: Body,
): void {
  const blocks = draft.resources[address.type] ?? {};
  if (blocks[address.name] !== undefined)
    throw new TypeError(`${address.type}.${address.name} is there already`);
  blocks[address.name] = body;
  draft.resources[address.type] = blocks;
}

/** An expression, as Terraform JSON writes it. */
export function ref(expression: string): string {
  return `\${${expression}}`;
}

export function isFilled<Item>(items: readonly Item[]): items is readonly [Item, ...Item[]] {
  return items.length > 0;
}
