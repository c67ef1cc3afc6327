/** Security groups in each of the three styles in which people write their rules. */

import { add, type Body, type Draft, type DraftVpc, ref } from './draft.ts';
import { OUTSIDE_BLOCKS, OUTSIDE_BLOCKS_IPV6 } from './prefix-lists.ts';
import { drawRange, type RuleRange } from './rule-ranges.ts';

type Direction = 'ingress' | 'egress';
type Style = 'inline' | 'apart' | 'apart, older';

type RulePeer =
  | { readonly kind: 'cidr' | 'ipv6'; readonly cidr: string }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'self' }
  | { readonly kind: 'list'; readonly list: string };

interface DrawnRule {
  readonly direction: Direction;
  readonly range: RuleRange;
  readonly peer: RulePeer;
}

const RULES_MAX = 4;

export function addSecurityGroups(draft: Draft, vpc: DraftVpc, lists: readonly string[]): void {
  const { random, features } = draft;
  const count = random.integer(1, 3);
  for (let index = 0; index < count; index += 1) {
    const name = `${vpc.name}_g${index}`;
    const style: Style = random.pick(['inline', 'apart', 'apart, older']);
    features.add(`group rules ${style}`);
    addGroup(draft, { name, style, vpc, rules: drawRules(draft, vpc, lists) });
    vpc.groups.push(name);
  }
  if (random.chance(0.2)) {
    features.add('adopted default security group');
    const rules = drawRules(draft, vpc, lists);
    add(
      draft,
      { type: 'aws_default_security_group', name: vpc.name },
      { vpc_id: ref(`aws_vpc.${vpc.name}.id`), ...inlineRules(rules) },
    );
  }
}

function drawRules(draft: Draft, vpc: DraftVpc, lists: readonly string[]): readonly DrawnRule[] {
  const { random } = draft;
  const rules = new Map<string, DrawnRule>();
  // One that says the same as another is refused by AWS.
  const keep = (rule: DrawnRule) => rules.set(JSON.stringify(rule), rule);
  for (const direction of ['ingress', 'egress'] as const) {
    for (let left = random.integer(0, RULES_MAX); left > 0; left -= 1) {
      const peer = drawPeer(draft, vpc, lists);
      keep({ direction, range: drawRange(draft, peer.kind === 'ipv6' ? 6 : 4), peer });
    }
    if (!random.chance(direction === 'egress' ? 0.5 : 0.2)) continue;
    const range: RuleRange = { protocol: '-1', from: 0, to: 0 };
    keep({ direction, range, peer: { kind: 'cidr', cidr: '0.0.0.0/0' } });
    if (vpc.hasIpv6) keep({ direction, range, peer: { kind: 'ipv6', cidr: '::/0' } });
  }
  return [...rules.values()];
}

function drawPeer(draft: Draft, vpc: DraftVpc, lists: readonly string[]): RulePeer {
  const { random, features } = draft;
  const cidrs = [
    ...vpc.cidrs,
    ...vpc.subnets.map(({ cidr }) => cidr),
    ...vpc.peers.map(({ vpc: peer }) => peer.cidrs[0]),
  ];
  // Only groups that stand before this one: two that name each other in-line are a cycle to Terraform.
  const groups = [...vpc.groups, ...vpc.peers.flatMap((peer) => (peer.isAccepted ? peer.vpc.groups : []))];
  const [group] = random.some(groups, 1);
  const [list] = random.some(lists, 1);
  switch (random.integer(0, 9)) {
    case 0:
    case 1:
      return { kind: 'cidr', cidr: '0.0.0.0/0' };
    case 2:
      return { kind: 'cidr', cidr: random.pick(OUTSIDE_BLOCKS) };
    case 3:
    case 4:
      return { kind: 'ipv6', cidr: random.pick(['::/0', '::/0', ...OUTSIDE_BLOCKS_IPV6]) };
    case 5:
    case 6:
      if (group === undefined) return { kind: 'self' };
      features.add(vpc.groups.includes(group) ? 'group as peer' : 'group of a peered VPC as peer');
      return { kind: 'group', group };
    case 7:
      features.add('self rule');
      return { kind: 'self' };
    case 8:
      if (list !== undefined) return { kind: 'list', list };
      break;
    default:
  }
  return { kind: 'cidr', cidr: random.pick(['10.0.0.0/8', ...cidrs]) };
}

interface DrawnGroup {
  readonly name: string;
  readonly style: Style;
  readonly vpc: DraftVpc;
  readonly rules: readonly DrawnRule[];
}

function addGroup(draft: Draft, { name, style, vpc, rules }: DrawnGroup): void {
  const head = { name, vpc_id: ref(`aws_vpc.${vpc.name}.id`) };
  add(
    draft,
    { type: 'aws_security_group', name },
    { ...head, ...(style === 'inline' && inlineRules(rules)) },
  );
  if (style === 'inline') return;
  for (const [index, rule] of rules.entries()) {
    const isOlder = style === 'apart, older';
    const type = isOlder ? 'aws_security_group_rule' : `aws_vpc_security_group_${rule.direction}_rule`;
    add(draft, { type, name: `${name}_${index}` }, isOlder ? olderRule(name, rule) : newerRule(name, rule));
  }
}

function inlineRules(rules: readonly DrawnRule[]): Body {
  const of = (direction: Direction) => rules.filter((rule) => rule.direction === direction).map(inlineRule);
  return { ingress: of('ingress'), egress: of('egress') };
}

/** In JSON Terraform wants every attribute of such a rule, null where it says nothing. */
const EMPTY_RULE = {
  description: null,
  cidr_blocks: null,
  ipv6_cidr_blocks: null,
  prefix_list_ids: null,
  security_groups: null,
  self: null,
};

function inlineRule({ range, peer }: DrawnRule): Body {
  const groups = peer.kind === 'group' && { security_groups: [groupId(peer.group)] };
  return { ...EMPTY_RULE, ...ported(range), ...peerLists(peer), ...groups };
}

function olderRule(group: string, { direction, range, peer }: DrawnRule): Body {
  return {
    type: direction,
    security_group_id: groupId(group),
    ...ported(range),
    ...peerLists(peer),
    ...(peer.kind === 'group' && { source_security_group_id: groupId(peer.group) }),
  };
}

function newerRule(group: string, { range, peer }: DrawnRule): Body {
  const { protocol: ip_protocol, from: from_port, to: to_port } = range;
  const ports = ip_protocol === '-1' ? {} : { from_port, to_port };
  return { security_group_id: groupId(group), ip_protocol, ...ports, ...onePeer(group, peer) };
}

function onePeer(group: string, peer: RulePeer): Body {
  switch (peer.kind) {
    case 'cidr':
      return { cidr_ipv4: peer.cidr };
    case 'ipv6':
      return { cidr_ipv6: peer.cidr };
    case 'list':
      return { prefix_list_id: ref(peer.list) };
    case 'group':
      return { referenced_security_group_id: groupId(peer.group) };
    case 'self':
      return { referenced_security_group_id: groupId(group) };
  }
}

function ported({ protocol, from, to }: RuleRange): Body {
  return { protocol, from_port: from, to_port: to };
}

function peerLists(peer: RulePeer): Body {
  if (peer.kind === 'cidr') return { cidr_blocks: [peer.cidr] };
  if (peer.kind === 'ipv6') return { ipv6_cidr_blocks: [peer.cidr] };
  if (peer.kind === 'list') return { prefix_list_ids: [ref(peer.list)] };
  return peer.kind === 'self' ? { self: true } : {};
}

function groupId(name: string): string {
  return ref(`aws_security_group.${name}.id`);
}
