/** Interfaces by what refers to them. */

import type { NetworkInterface } from '../model.ts';
import type { InterfacePlan } from './interface-plan.ts';

export interface InterfaceIndex {
  /** Ids of the interfaces that a resource has, or that go by its address. */
  ofResource(address: string): readonly string[];
  /** Ids of those that have the private address, in whichever VPC. */
  ofAddress(address: string): readonly string[];
}

export function interfaceIndex(
  built: readonly { readonly plan: InterfacePlan; readonly networkInterface: NetworkInterface }[],
): InterfaceIndex {
  const resources = new Map<string, string[]>();
  const addresses = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, key: string, id: string) => {
    const ids = map.get(key);
    if (ids === undefined) map.set(key, [id]);
    else ids.push(id);
  };
  for (const { plan, networkInterface } of built) {
    const { id, privateAddress, ipv6Address } = networkInterface;
    for (const holder of new Set([plan.address, ...plan.holders])) add(resources, holder, id);
    add(addresses, privateAddress, id);
    if (ipv6Address !== undefined) add(addresses, ipv6Address, id);
  }
  return {
    ofResource: (address) => resources.get(address) ?? [],
    ofAddress: (address) => addresses.get(address) ?? [],
  };
}
