/**
 * Whether a row of the proof holds packets that a rule speaks of. In doubt it says yes, so that nobody is told that a rule
 * is dead which is not: addresses behind a NAT gateway, or public ones of machines, may be what the rule sees.
 */

import { intersect, isPublic, outsideBlock, rangesOf } from '../policy/index.ts';
import type { Family, Flow } from '../prove/index.ts';
import { type Cidr, containsAddress, overlap, parseAddress, parseCidr } from '../terraform/index.ts';
import type { NetworkInterface, PortRange, SecurityGroupRule } from '../vpc/model.ts';
import type { ModelIndex } from './model-index.ts';

const NUMBERS: Readonly<Record<string, readonly [number, number]>> = {
  tcp: [6, 6],
  udp: [17, 17],
  icmp: [1, 58],
};

/** By protocol, ports and family; not by peer. */
export function isTrafficOf(rule: SecurityGroupRule, flow: Flow): boolean {
  if (rule.protocol === 'all') return true;
  const [four, six] = NUMBERS[flow.protocol] ?? [Number(flow.protocol), Number(flow.protocol)];
  if (rule.protocol !== (flow.family === 4 ? four : six)) return false;
  return intersect(rangesOf(flow), [rangeOfRule(rule)]).length > 0;
}

export function rangeOfRule(rule: Pick<SecurityGroupRule, 'ports' | 'icmp'>): PortRange {
  if (rule.icmp !== undefined) {
    const { type } = rule.icmp;
    return type < 0 ? { from: 0, to: 255 } : { from: type, to: type };
  }
  return rule.ports ?? { from: 0, to: 65_535 };
}

/** Whether the rule's peer may be the party of that name. */
export function isPeer(
  index: ModelIndex,
  rule: SecurityGroupRule,
  { name, family }: { name: string; family: Family },
) {
  const { peer } = rule;
  if (peer.kind === 'any') return true;
  const members = index.named(name);
  if (peer.kind === 'security-group') {
    return members.some(({ securityGroups }) => securityGroups.includes(peer.address));
  }
  const blocks = (peer.kind === 'cidr' ? [peer.cidr] : peer.cidrs)
    .flatMap((cidr) => parseCidr(cidr) ?? [])
    .filter((block) => block.family === family);
  if (members.length > 0) return blocks.some((block) => seen(index, members, block));
  const ranges = outsideRanges(index, name);
  return ranges === 'internet'
    ? blocks.some(isPublic)
    : blocks.some((block) => ranges.some((range) => overlap(range, block)));
}

function seen(index: ModelIndex, members: readonly NetworkInterface[], block: Cidr): boolean {
  const translated = index.model.natGateways.flatMap(({ privateAddress, publicAddress }) => [
    privateAddress,
    publicAddress,
  ]);
  const own = members.flatMap(({ privateAddress, publicAddress, ipv6Address }) => [
    privateAddress,
    publicAddress,
    ipv6Address,
  ]);
  return [...own, ...translated].some((text) => {
    const address = text === undefined ? undefined : parseAddress(text);
    return address !== undefined && containsAddress(block, address);
  });
}

function outsideRanges(index: ModelIndex, name: string): 'internet' | readonly Cidr[] {
  if (name === 'internet') return 'internet';
  const block = outsideBlock(name);
  if (block !== undefined) return [block];
  const service = index.model.gatewayEndpoints.find(({ address }) => address === name);
  return (service?.cidrs ?? []).flatMap((cidr) => parseCidr(cidr) ?? []);
}
