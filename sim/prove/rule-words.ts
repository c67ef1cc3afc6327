/** Rules and traffic in words, for verdicts that people read. */

import type {
  IcmpMatch,
  NetworkAclRule,
  Peer,
  PortRange,
  Protocol,
  SecurityGroupRule,
} from '../vpc/model.ts';
import type { RuleTraffic } from './rule-traffic.ts';

const NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' };

export function trafficWords({ protocol, port, icmp }: RuleTraffic): string {
  const name = protocolName(protocol);
  if (port !== undefined) return `${name}/${port}`;
  return icmp === undefined ? name : `${name} type ${icmp.type} code ${icmp.code}`;
}

export function groupRuleWords(rule: SecurityGroupRule, direction: 'ingress' | 'egress'): string {
  return `allow ${matchWords(rule)} ${direction === 'ingress' ? 'from' : 'to'} ${peerWords(rule.peer)}`;
}

export function aclRuleWords(rule: NetworkAclRule, direction: 'ingress' | 'egress'): string {
  return `rule ${rule.number}: ${rule.action} ${matchWords(rule)} ${direction === 'ingress' ? 'from' : 'to'} ${rule.cidr}`;
}

export function protocolName(protocol: number): string {
  return NAMES[protocol] ?? `protocol ${protocol}`;
}

function matchWords(rule: {
  readonly protocol: Protocol;
  readonly ports?: PortRange;
  readonly icmp?: IcmpMatch;
}): string {
  if (rule.protocol === 'all') return 'everything';
  const name = protocolName(rule.protocol);
  if (rule.ports !== undefined) {
    const { from, to } = rule.ports;
    return from === to ? `${name}/${from}` : `${name}/${from}-${to}`;
  }
  if (rule.icmp === undefined || rule.icmp.type === -1) return name;
  return `${name} type ${rule.icmp.type}${rule.icmp.code === -1 ? '' : ` code ${rule.icmp.code}`}`;
}

function peerWords(peer: Peer): string {
  if (peer.kind === 'cidr') return peer.cidr;
  return peer.kind === 'any' ? 'anything' : peer.address;
}
