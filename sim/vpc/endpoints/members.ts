/** Resources with one interface in each of their subnets, called `address#0`, `address#1`, … by the subnets' addresses. */

import { placeOf } from '../../terraform/index.ts';
import type { OpenBlock } from '../build-context.ts';
import type { EndpointKind, UnknownCause } from '../model.ts';
import type { EndpointContext, EndpointSubnet } from './endpoint-input.ts';
import type { InterfacePlan, PublicChoice } from './interface-plan.ts';
import type { Partly } from './partly-known.ts';
import type { Groups } from './placement.ts';
import type { FixedAddresses } from './written-addresses.ts';

export interface MembersOptions {
  readonly kind: EndpointKind;
  /** What their ids begin with. */
  readonly prefix: string;
  readonly subnets: Partly<EndpointSubnet>;
  readonly groupsIn: (vpc: string) => Groups;
  readonly publicChoice: (subnet: EndpointSubnet) => PublicChoice;
  /** Over what the subnets say. */
  readonly fixed?: ReadonlyMap<string, FixedAddresses>;
  /** It has IPv6 addresses. */
  readonly hasIpv6?: boolean;
  /** The one interface goes by the address alone. */
  readonly isSingle?: boolean;
}

export const PRIVATE: PublicChoice = { isPublic: false };

export function planMembers(
  context: EndpointContext,
  { address, block, fields }: OpenBlock,
  options: MembersOptions,
): readonly InterfacePlan[] {
  const { kind, subnets, prefix } = options;
  const endpointOf = (index: number) => (options.isSingle === true ? address : `${address}#${index}`);
  if (subnets.cause !== undefined) {
    context.unplaced({ endpoint: endpointOf(subnets.known.length), address, kind, cause: subnets.cause });
  }
  const groupsOf = new Map<string, Groups>();
  return subnets.known.map((subnet, index): InterfacePlan => {
    const groups = groupsOf.get(subnet.vpc) ?? options.groupsIn(subnet.vpc);
    groupsOf.set(subnet.vpc, groups);
    return {
      address,
      endpoint: endpointOf(index),
      kind,
      place: placeOf(block),
      name: `${prefix}-${block.name}`,
      subnet,
      securityGroups: groups.securityGroups,
      ...(groups.cause === undefined ? {} : { groupsCause: groups.cause }),
      publicChoice: options.publicChoice(subnet),
      ...(options.hasIpv6 === true ? { ipv6: { site: fields.site } } : {}),
      ...options.fixed?.get(subnet.address),
      holders: [],
    };
  });
}

/** For a switch that may not be known: nothing said is no. */
export function publicBy(found: { readonly value?: boolean; readonly cause?: UnknownCause }): PublicChoice {
  return found.cause === undefined
    ? { isPublic: found.value ?? false }
    : { isPublic: false, cause: found.cause };
}
