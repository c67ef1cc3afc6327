/** Who is meant by a security group in a rule: the private and the IPv6 addresses of the interfaces that carry it, never their public ones. */
import type { VpcModel } from '../vpc/model.ts';
import { type Family, ofFamily } from './families.ts';
import { digest } from './names.ts';
import { addressesOf } from './topology.ts';

export interface GroupMembers {
  of(group: string, family: Family): readonly string[];
  /** Name of the nft set that holds them. */
  setName(group: string, family: Family): string;
}

export function groupMembers(model: VpcModel): GroupMembers {
  const members = new Map<string, string[]>();
  for (const networkInterface of model.interfaces) {
    for (const group of networkInterface.securityGroups) {
      const known = members.get(group) ?? [];
      known.push(...addressesOf(networkInterface));
      members.set(group, known);
    }
  }
  return {
    of: (group, family) => ofFamily(family, [...new Set(members.get(group) ?? [])]),
    setName: (group, family) => `group_${digest(group)}_${family}`,
  };
}
