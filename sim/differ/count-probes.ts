/**
 * How many probes a complete plan has, by arithmetic and without enumerating any: pairs times ports. It reads the model's
 * rules by itself and shares with the plan only the list of addresses outside, so that a plan that skips a rule, a port or a
 * pair does not skip it here as well.
 */

import type { NetworkAclRule, NetworkInterface, SecurityGroupRule, VpcModel } from '../vpc/model.ts';
import { internetAddresses, serviceAddresses } from './outside-addresses.ts';

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
  const stateless = model.networkAcls.flatMap(bothWays);
  const all = [...stateless, ...model.securityGroups.flatMap(bothWays)];
  const exchanges = (protocol: 6 | 17) =>
    pairs * portsFrom(1, { rules: all, protocol }) * portsFrom(1024, { rules: stateless, protocol });
  const counts = { tcp: exchanges(6), udp: exchanges(17), icmp: pairs };
  return { ...counts, total: counts.tcp + counts.udp + counts.icmp };
}

type PortRule = Pick<SecurityGroupRule | NetworkAclRule, 'protocol' | 'ports'>;

function bothWays<Rule>({ ingress, egress }: { ingress: readonly Rule[]; egress: readonly Rule[] }) {
  return [...ingress, ...egress];
}

/** Ports from `first` on that have to be tried: both ends, every boundary of a rule, and the port beyond it. */
function portsFrom(
  first: number,
  { rules, protocol }: { readonly rules: readonly PortRule[]; readonly protocol: 6 | 17 },
): number {
  const last = 65_535;
  const ports = new Set([first, last]);
  for (const { protocol: ruled, ports: range } of rules) {
    if (range === undefined || (ruled !== 'all' && ruled !== protocol)) continue;
    for (const port of [range.from - 1, range.from, range.to, range.to + 1]) ports.add(port);
  }
  return [...ports].filter((port) => first <= port && port <= last).length;
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
