/** What rules can tell of an address: the smallest named block around it, and the groups that are carried by it. */

import type { NetworkInterface, UnknownCause, VpcModel } from '../vpc/model.ts';
import { addressFrom } from './address-space.ts';
import { type CidrNode, type CidrTree, smallestAround } from './cidr-tree.ts';

export interface AddressKey {
  readonly id: number;
  readonly node: CidrNode;
  /** Groups that some rule names, and that an interface with the address carries. */
  readonly groups: ReadonlySet<string>;
  /** By VPC: why the address may carry any group of it. */
  readonly possible: ReadonlyMap<string, UnknownCause>;
}

export interface AddressKeys {
  readonly ofAddress: (text: string) => AddressKey;
  /** Of addresses outside, which carry no group. */
  readonly ofNode: (node: CidrNode) => AddressKey;
}

interface Carried {
  readonly groups: Set<string>;
  readonly possible: Map<string, UnknownCause>;
}

export function addressKeys(model: VpcModel, tree: CidrTree): AddressKeys {
  const carried = carriedBy(model);
  const known = new Map<string, AddressKey>();
  const keyOf = (node: CidrNode, { groups, possible }: Carried): AddressKey => {
    const doubts = [...possible].map(([vpc, { address, reason }]) => [vpc, address, reason]);
    const text = JSON.stringify([node.index, [...groups].sort(), doubts]);
    const found = known.get(text);
    if (found !== undefined) return found;
    const key = { id: known.size, node, groups, possible };
    known.set(text, key);
    return key;
  };
  const nobody: Carried = { groups: new Set(), possible: new Map() };
  return {
    ofAddress(text) {
      const address = addressFrom(text);
      return keyOf(smallestAround(tree, address), carried.get(address.text) ?? nobody);
    },
    ofNode: (node) => keyOf(node, nobody),
  };
}

function carriedBy(model: VpcModel): ReadonlyMap<string, Carried> {
  const named = new Set(
    model.securityGroups.flatMap(({ ingress, egress }) =>
      [...ingress, ...egress].flatMap(({ peer }) => (peer.kind === 'security-group' ? [peer.address] : [])),
    ),
  );
  const vpcs = new Map(model.subnets.map(({ address, vpc }) => [address, vpc]));
  const carried = new Map<string, Carried>();
  for (const one of model.interfaces) {
    for (const text of ownAddresses(one)) {
      const entry = carried.get(text) ?? { groups: new Set(), possible: new Map() };
      for (const group of one.securityGroups) if (named.has(group)) entry.groups.add(group);
      const cause = one.uncertain?.securityGroups;
      if (cause !== undefined) entry.possible.set(vpcs.get(one.subnet) ?? '', cause);
      carried.set(text, entry);
    }
  }
  return carried;
}

function ownAddresses({ privateAddress, ipv6Address }: NetworkInterface): readonly string[] {
  const texts = ipv6Address === undefined ? [privateAddress] : [privateAddress, ipv6Address];
  return texts.map((text) => addressFrom(text).text);
}
