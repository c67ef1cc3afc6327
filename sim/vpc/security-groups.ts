/**
 * Security groups with their rules, as they are after an apply. The provider takes away the rule with which AWS
 * lets everything out, so a group admits what the configuration says and nothing else; a default group that no
 * configuration adopts keeps AWS's rules.
 */

import { invalid, type Reference } from '../terraform/index.ts';
import { type BuildContext, type OpenBlock, requiredReferenceIn } from './build-context.ts';
import type { Direction, SecurityGroup, SecurityGroupRule, Vpc } from './model.ts';
import { byAddress } from './natural-order.ts';
import {
  inlineRules,
  legacyRules,
  type PeerContext,
  SECURITY_GROUP,
  singleRules,
  type WrittenRule,
} from './security-group-rules.ts';
import { defaultAddress, VPC } from './vpcs.ts';

const INERT = ['name_prefix', 'tags', 'tags_all', 'revoke_rules_on_delete', 'description'];
const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

interface WrittenGroup {
  readonly address: string;
  readonly name: string;
  readonly vpc: string;
  readonly rules: Record<Direction, WrittenRule[]>;
  /** Directions whose rules stand in the group itself; the provider removes all others. */
  readonly inline: ReadonlySet<Direction>;
}

export interface SecurityGroups {
  readonly groups: readonly SecurityGroup[];
  /** The model's address of the group that a reference means. */
  addressOf(reference: Reference): string;
}

export function buildSecurityGroups(
  context: BuildContext,
  options: { readonly vpcs: readonly Vpc[]; readonly region: string },
): SecurityGroups {
  const adopted = adoptedGroups(context);
  const addressOf = ({ address, attribute }: Reference) =>
    attribute === 'default_security_group_id'
      ? (adopted.get(address) ?? defaultAddress(address, 'security_group'))
      : address;
  const peers = { context, region: options.region, groupOf: addressOf };

  const groups = new Map<string, WrittenGroup>();
  for (const open of [
    ...context.resources('aws_security_group'),
    ...context.resources('aws_default_security_group'),
  ]) {
    groups.set(open.address, writtenGroup(open, peers));
  }
  for (const { address: vpc } of options.vpcs) {
    if (!adopted.has(vpc)) groups.set(defaultAddress(vpc, 'security_group'), untouchedDefault(vpc));
  }
  addStandaloneRules(groups, peers);
  for (const group of groups.values()) refuseContradictions(group, groups);

  const built = [...groups.values()].map(({ address, name, vpc, rules }) => ({
    address,
    name,
    vpc,
    ingress: rules.ingress.map(({ rule }) => rule),
    egress: rules.egress.map(({ rule }) => rule),
  }));
  return { groups: built.sort(byAddress), addressOf };
}

function adoptedGroups(context: BuildContext): ReadonlyMap<string, string> {
  const adopted = new Map<string, string>();
  for (const { address, fields } of context.resources('aws_default_security_group')) {
    const vpc = requiredReferenceIn(context, fields, { name: 'vpc_id', targets: VPC }).address;
    const before = adopted.get(vpc);
    if (before !== undefined) {
      const reason = `${before} already adopts the default group of ${vpc}`;
      throw invalid(fields.siteOf('vpc_id'), { reason, nextStep: 'keep one of them' });
    }
    adopted.set(vpc, address);
  }
  return adopted;
}

function writtenGroup({ address, block, fields }: OpenBlock, peers: PeerContext): WrittenGroup {
  const vpc = requiredReferenceIn(peers.context, fields, { name: 'vpc_id', targets: VPC }).address;
  const name =
    block.type === 'aws_default_security_group' ? 'default' : (fields.textIfKnown('name') ?? block.name);
  const rulesOf = (direction: Direction) =>
    fields.blocks(direction).flatMap((rule) => inlineRules({ rule, group: address }, peers));
  const rules = { ingress: rulesOf('ingress'), egress: rulesOf('egress') };
  const inline = new Set(DIRECTIONS.filter((direction) => fields.isWritten(direction)));
  fields.refuseUnread({ inert: INERT });
  return { address, name, vpc, rules, inline };
}

/** AWS: the default group lets its members in, and everything out. */
function untouchedDefault(vpc: string): WrittenGroup {
  const address = defaultAddress(vpc, 'security_group');
  const rule = (direction: Direction, peer: SecurityGroupRule['peer']): WrittenRule => ({
    rule: { address: `${address}.${direction}[0]`, description: '', protocol: 'all', peer },
  });
  return {
    address,
    name: 'default',
    vpc,
    rules: {
      ingress: [rule('ingress', { kind: 'security-group', address })],
      egress: [rule('egress', { kind: 'cidr', cidr: '0.0.0.0/0' })],
    },
    inline: new Set(),
  };
}

function addStandaloneRules(groups: ReadonlyMap<string, WrittenGroup>, peers: PeerContext): void {
  const { context } = peers;
  const add = (
    open: OpenBlock,
    read: (group: string) => { direction: Direction; rules: readonly WrittenRule[] },
  ) => {
    const reference = { name: 'security_group_id', targets: SECURITY_GROUP };
    const address = peers.groupOf(requiredReferenceIn(context, open.fields, reference));
    const { direction, rules } = read(address);
    const group = groups.get(address);
    if (group?.inline.has(direction)) {
      const reason = `${address} has its ${direction} rules inline, and the provider would remove this one`;
      throw invalid(open.fields.siteOf('security_group_id'), {
        reason,
        nextStep: 'keep one of the two styles',
      });
    }
    group?.rules[direction].push(...rules);
  };

  for (const direction of DIRECTIONS) {
    for (const open of context.resources(`aws_vpc_security_group_${direction}_rule`)) {
      add(open, () => ({ direction, rules: singleRules(open, peers) }));
    }
  }
  for (const open of context.resources('aws_security_group_rule')) {
    add(open, (group) => legacyRules({ open, group }, peers));
  }
}

function refuseContradictions(group: WrittenGroup, groups: ReadonlyMap<string, WrittenGroup>): void {
  for (const direction of DIRECTIONS) {
    const seen = new Map<string, WrittenRule>();
    for (const written of group.rules[direction]) {
      const { address, description: _, ...meaning } = written.rule;
      const key = JSON.stringify(meaning);
      const before = seen.get(key);
      seen.set(key, written);
      if (written.site === undefined) continue;
      if (before !== undefined) {
        const reason = `it says the same as ${before.rule.address}, and AWS refuses a rule that exists`;
        throw invalid(written.site, { reason, nextStep: 'remove one of them' });
      }
      refuseForeignPeer(written, { group, groups });
    }
  }
}

function refuseForeignPeer(
  written: WrittenRule,
  options: { readonly group: WrittenGroup; readonly groups: ReadonlyMap<string, WrittenGroup> },
): void {
  const { peer } = written.rule;
  if (peer.kind !== 'security-group' || written.site === undefined) return;
  const other = options.groups.get(peer.address)?.vpc;
  if (other === options.group.vpc) return;
  const reason = `${peer.address} belongs to ${other}, ${options.group.address} to ${options.group.vpc}`;
  throw invalid(written.site, { reason, nextStep: 'refer to a group of the same VPC' });
}
