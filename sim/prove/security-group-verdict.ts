/**
 * What an interface's security groups say to one packet: the union of all of them, which only ever allows. Answers are
 * tracked and never asked about here.
 * https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */

import type { NetworkInterface, SecurityGroupRule, UnknownCause } from '../vpc/model.ts';
import type { Address } from './address-space.ts';
import { allowed, denied, unknown } from './layer.ts';
import { isWithin, type PreparedModel } from './prepared-model.ts';
import { matchesTraffic, type RuleTraffic } from './rule-traffic.ts';
import { groupRuleWords, trafficWords } from './rule-words.ts';
import type { LayerVerdict } from './verdict.ts';

export interface GroupQuestion {
  readonly interface: NetworkInterface;
  readonly direction: 'ingress' | 'egress';
  /** The other end's address, as this end sees it. */
  readonly peer: Address;
  readonly traffic: RuleTraffic;
}

export function judgeSecurityGroups(prepared: PreparedModel, question: GroupQuestion): LayerVerdict {
  const { interface: one, direction, traffic, peer } = question;
  const spot = { layer: 'security-group', direction, at: one.endpoint } as const;
  const isUncertain = one.uncertain?.securityGroups !== undefined;
  if (one.securityGroups.length === 0 && !isUncertain) {
    return allowed(spot, one, 'default: it has no security group, and nothing filters it');
  }
  const matches = rulesOf(prepared, one, direction)
    .filter((rule) => matchesTraffic(rule, traffic))
    .map((rule) => ({ rule, ...matchPeer(prepared, rule, peer) }))
    .filter(({ isMatch }) => isMatch);
  const certain = matches.find(({ causes }) => causes.length === 0);
  if (certain !== undefined) return allowed(spot, certain.rule, groupRuleWords(certain.rule, direction));
  const causes = matches.flatMap((match) => match.causes);
  if (one.uncertain?.securityGroups !== undefined) causes.push(one.uncertain.securityGroups);
  const [first] = one.securityGroups;
  const decider = { address: first ?? one.address, place: prepared.securityGroups.get(first ?? '')?.place };
  if (causes.length > 0) return unknown(spot, matches[0]?.rule ?? decider, causes);
  const side = direction === 'ingress' ? 'from' : 'to';
  const text = `default: no rule of ${one.securityGroups.join(', ')} allows ${trafficWords(traffic)} ${side} ${peer.text}`;
  return denied(spot, decider, text);
}

function rulesOf(
  prepared: PreparedModel,
  one: NetworkInterface,
  direction: 'ingress' | 'egress',
): readonly SecurityGroupRule[] {
  return one.securityGroups.flatMap((address) => prepared.securityGroups.get(address)?.[direction] ?? []);
}

/** `causes`: why the rule, though it may match, perhaps does not. */
function matchPeer(
  prepared: PreparedModel,
  rule: SecurityGroupRule,
  peer: Address,
): { readonly isMatch: boolean; readonly causes: UnknownCause[] } {
  const own = rule.uncertain === undefined ? [] : [rule.uncertain];
  if (rule.peer.kind === 'any') return { isMatch: true, causes: own };
  if (rule.peer.kind === 'cidr') return { isMatch: isWithin(prepared, rule.peer.cidr, peer), causes: own };
  if (rule.peer.kind === 'prefix-list') {
    return { isMatch: rule.peer.cidrs.some((cidr) => isWithin(prepared, cidr, peer)), causes: own };
  }
  const group = rule.peer.address;
  if (prepared.members.get(group)?.has(peer.text) === true) return { isMatch: true, causes: own };
  const vpc = prepared.securityGroups.get(group)?.vpc;
  const cause = prepared.possibleMembers.get(vpc ?? '')?.get(peer.text);
  return cause === undefined ? { isMatch: false, causes: own } : { isMatch: true, causes: [...own, cause] };
}
