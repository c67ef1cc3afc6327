/**
 * A network without machines is judged by imagined ones: an interface for each subnet and each security group of its
 * VPC; where a VPC has no group of its own, its default one.
 */

import { parseCidr, unsupported } from '../../terraform/index.ts';
import type { EndpointContext, EndpointSubnet } from './endpoint-input.ts';
import type { InterfacePlan } from './interface-plan.ts';
import { defaultGroup } from './placement.ts';

const IMAGINED_MAX = 2000;
/** AWS keeps the first four addresses of a subnet, and its last. */
const RESERVED = 5;

export function imagineInterfaces(context: EndpointContext): readonly InterfacePlan[] {
  const pairs = context.subnets.flatMap((subnet) =>
    groupsOf(context, subnet).map((group): InterfacePlan => imagined(subnet, group)),
  );
  const [first] = pairs;
  if (pairs.length <= IMAGINED_MAX || first === undefined) return fitting(context, pairs);
  const reason = `without machines it is judged by one for each subnet and group, and ${pairs.length} are more than ${IMAGINED_MAX}`;
  const problem = { reason, nextStep: 'add the machines, or verify a part of it' };
  context.context.problems.add(unsupported(first.subnet.site, problem));
  return [];
}

/** Nobody made a subnet too small for machines that nobody made: those that find no room are judged unknown. */
function fitting(context: EndpointContext, pairs: readonly InterfacePlan[]): readonly InterfacePlan[] {
  const room = new Map(context.subnets.map((subnet) => [subnet, roomIn(context, subnet)]));
  return pairs.filter(({ address, endpoint, kind, subnet }) => {
    const left = room.get(subnet) ?? 0;
    room.set(subnet, left - 1);
    if (left > 0) return true;
    const reason = `its block ${subnet.cidr} has fewer addresses than its VPC has groups`;
    context.unplaced({ endpoint, address, kind, cause: { address, reason } });
    return false;
  });
}

function roomIn({ natGateways }: EndpointContext, { address, cidr }: EndpointSubnet): number {
  const block = parseCidr(cidr);
  const size = block === undefined ? 0 : 2 ** (32 - block.prefix);
  return size - RESERVED - natGateways.filter(({ subnet }) => subnet === address).length;
}

function groupsOf(context: EndpointContext, { vpc }: EndpointSubnet): readonly string[] {
  const byDefault = defaultGroup(context, vpc);
  const own = context.securityGroups.groups
    .filter((group) => group.vpc === vpc && group.address !== byDefault)
    .map(({ address }) => address);
  return own.length > 0 ? own : [byDefault];
}

function imagined(subnet: EndpointSubnet, group: string): InterfacePlan {
  const unknown = subnet.mapsPublicAddressUnknown;
  return {
    address: subnet.address,
    endpoint: `imagined(${subnet.address}+${group})`,
    kind: 'imagined',
    name: 'imagined',
    subnet,
    securityGroups: [group],
    publicChoice:
      unknown === undefined ? { isPublic: subnet.mapsPublicAddress } : { isPublic: false, cause: unknown },
    ...(subnet.assignsIpv6 === true ? { ipv6: { site: subnet.site } } : {}),
    holders: [],
  };
}
