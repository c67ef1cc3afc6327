/**
 * What a subnet's network ACL says to one packet that crosses its border: the first rule in order, stateless, and after
 * the last a denial. A rule that is not wholly known is both taken and passed over.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
 */

import type { NatGateway, NetworkAcl, NetworkAclRule, UnknownCause } from '../vpc/model.ts';
import { type Address, cidrFrom } from './address-space.ts';
import { allowed, causesOf, denied, unknown } from './layer.ts';
import { demand, isWithin, type PreparedModel } from './prepared-model.ts';
import { matchesTraffic, type RuleTraffic } from './rule-traffic.ts';
import { aclRuleWords, trafficWords } from './rule-words.ts';
import type { LayerVerdict } from './verdict.ts';

export interface AclQuestion {
  readonly subnet: string;
  readonly direction: 'ingress' | 'egress';
  /** The end of the packet that is not in the subnet. */
  readonly peer: Address;
  readonly traffic: RuleTraffic;
}

/** AWS chooses a NAT gateway's source ports from these, and nobody knows which. */
const NAT_PORT_MIN = 1024;
const NAT_PORT_MAX = 65_535;

export function judgeNetworkAcl(prepared: PreparedModel, question: AclQuestion): LayerVerdict {
  const { direction, peer, traffic } = question;
  const subnet = demand(prepared.subnets, question.subnet);
  const spot = { layer: 'network-acl', direction, at: subnet.address } as const;
  const cause = subnet.uncertain?.networkAcl;
  if (cause !== undefined) return unknown(spot, subnet, [cause]);
  const acl = demand(prepared.networkAcls, subnet.networkAcl);
  const matching = acl[direction].filter((rule) => isMatch(prepared, rule, question));
  const perhaps: { rule: NetworkAclRule; cause: UnknownCause }[] = [];
  for (const rule of matching) {
    if (rule.uncertain === undefined) {
      const open = perhaps.filter((one) => one.rule.action !== rule.action);
      if (open.length > 0) return unknown(spot, open[0]?.rule ?? rule, causesFrom(open));
      const words = aclRuleWords(rule, direction);
      return rule.action === 'allow' ? allowed(spot, rule, words) : denied(spot, rule, words);
    }
    perhaps.push({ rule, cause: rule.uncertain });
  }
  const open = perhaps.filter((one) => one.rule.action === 'allow');
  if (open.length > 0) return unknown(spot, open[0]?.rule ?? acl, causesFrom(open));
  const side = direction === 'ingress' ? 'from' : 'to';
  const text = `default: no rule allows ${trafficWords(traffic)} ${side} ${peer.text}`;
  return denied(spot, acl, text);
}

/** A packet towards a NAT gateway's own port: whatever the port, if the answer is the same for all of them. */
export function judgeNetworkAclForNat(
  prepared: PreparedModel,
  question: AclQuestion,
  gateway: NatGateway,
): LayerVerdict {
  if (question.traffic.port === undefined) return judgeNetworkAcl(prepared, question);
  const subnet = demand(prepared.subnets, question.subnet);
  const acl = subnet.uncertain?.networkAcl ? undefined : demand(prepared.networkAcls, subnet.networkAcl);
  const verdicts = natPortsWorthAsking(acl, question.direction).map((port) =>
    judgeNetworkAcl(prepared, { ...question, traffic: { ...question.traffic, port } }),
  );
  const [first] = verdicts;
  if (first === undefined) throw new TypeError('there is always a port to ask about');
  const saying = ({ verdict, ...layer }: LayerVerdict) =>
    [verdict, ...causesOf({ verdict, ...layer }).map(({ address, reason }) => `${address} ${reason}`)].join();
  if (verdicts.every((one) => saying(one) === saying(first))) return first;
  const divider = acl?.[question.direction].find((rule) => divides(prepared, rule, question));
  const cause: UnknownCause = {
    address: gateway.address,
    reason: `AWS chooses its source port, and ${divider?.address ?? subnet.networkAcl} tells ports apart`,
    ...(gateway.place !== undefined && { place: gateway.place }),
  };
  const spot = { layer: 'network-acl', direction: question.direction, at: subnet.address } as const;
  return unknown(spot, divider ?? subnet, [cause, ...distinct(verdicts.flatMap(causesOf))]);
}

export function distinct(causes: readonly UnknownCause[]): readonly UnknownCause[] {
  return [...new Map(causes.map((cause) => [`${cause.address} ${cause.reason}`, cause])).values()];
}

function isMatch(prepared: PreparedModel, rule: NetworkAclRule, { peer, traffic }: AclQuestion): boolean {
  return isWithin(prepared, rule.cidr, peer) && matchesTraffic(rule, traffic);
}

function causesFrom(open: readonly { readonly cause: UnknownCause }[]): readonly UnknownCause[] {
  return distinct(open.map(({ cause }) => cause));
}

function natPortsWorthAsking(
  acl: NetworkAcl | undefined,
  direction: 'ingress' | 'egress',
): readonly number[] {
  const edges = (acl?.[direction] ?? []).flatMap(({ ports }) => (ports ? [ports.from, ports.to + 1] : []));
  return [NAT_PORT_MIN, ...edges.filter((port) => port > NAT_PORT_MIN && port <= NAT_PORT_MAX)];
}

function divides(prepared: PreparedModel, rule: NetworkAclRule, { peer, traffic }: AclQuestion): boolean {
  if (rule.protocol !== traffic.protocol || rule.ports === undefined) return false;
  if (cidrFrom(rule.cidr).family !== peer.family || !isWithin(prepared, rule.cidr, peer)) return false;
  const { from, to } = rule.ports;
  return to >= NAT_PORT_MIN && from <= NAT_PORT_MAX && (from > NAT_PORT_MIN || to < NAT_PORT_MAX);
}
