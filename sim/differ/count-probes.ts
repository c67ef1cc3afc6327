/**
 * How many probes a complete plan has, by arithmetic and without enumerating any: pairs times ports. It shares no step
 * with the plan but the list of addresses outside, so that a plan that skips something does not skip it here as well.
 */

import type { NetworkInterface, PortRange, VpcModel } from '../vpc/model.ts';
import { internetAddresses, serviceAddresses } from './outside-addresses.ts';
import {
  destinationPorts,
  networkAclRules,
  rangesOf,
  securityGroupRules,
  sourcePorts,
} from './port-atoms.ts';

export interface ProbeCount {
  readonly total: number;
  readonly tcp: number;
  readonly udp: number;
  readonly icmp: number;
}

export function countProbes(
  model: VpcModel,
  interfaces: readonly NetworkInterface[] = model.interfaces,
): ProbeCount {
  const pairs = pairsOfIpv4(model, interfaces) + pairsOfIpv6(model, interfaces);
  const all = [...securityGroupRules(model), ...networkAclRules(model)];
  const stateless = networkAclRules(model);
  const exchanges = (protocol: 'tcp' | 'udp') =>
    pairs *
    portsAt(destinationPorts, rangesOf(all, protocol)) *
    portsAt(sourcePorts, rangesOf(stateless, protocol));
  const counts = { tcp: exchanges('tcp'), udp: exchanges('udp'), icmp: pairs };
  return { ...counts, total: counts.tcp + counts.udp + counts.icmp };
}

/** Every boundary, its neighbours, and both ends of the axis. */
function portsAt(axis: PortRange, ranges: readonly PortRange[]): number {
  const at = new Set([axis.from, axis.to]);
  for (const { from, to } of ranges) {
    for (const port of [from - 1, from, to, to + 1]) if (axis.from <= port && port <= axis.to) at.add(port);
  }
  return at.size;
}

function pairsOfIpv4(model: VpcModel, interfaces: readonly NetworkInterface[]): number {
  const own = interfaces.length;
  const translated = interfaces.filter(({ publicAddress }) => publicAddress !== undefined).length;
  const internet = internetAddresses(model, 4).length;
  const services = serviceAddresses(model).filter((address) => !address.includes(':')).length;
  const inwards = internet * (own + translated);
  const inside = (own - 1) * (own + translated);
  return inwards + inside + own * (internet + services);
}

function pairsOfIpv6(model: VpcModel, interfaces: readonly NetworkInterface[]): number {
  const own = interfaces.filter(({ ipv6Address }) => ipv6Address !== undefined).length;
  const internet = internetAddresses(model, 6).length;
  const services = serviceAddresses(model).filter((address) => address.includes(':')).length;
  return own * (own - 1 + 2 * internet + services);
}
