/**
 * Security groups with their rules, as they are after an apply. The provider takes away the rule with which AWS
 * lets everything out, so a group admits what the configuration says and nothing else; a default group that no
 * configuration adopts keeps AWS's rules.
 */

import { invalid, placeOf, type Reference } from '../terraform/index.ts';
import { type BuildContext, type OpenBlock, requiredReferenceIn } from './build-context.ts';
import type { Direction, PeeringConnection, Place, SecurityGroup, SecurityGroupRule } from './model.ts';
import { byAddress } from './natural-order.ts';
import type { PrefixLists } from './prefix-lists.ts';
import { noteCause, startReading } from './reading.ts';
import { addStandaloneRules } from './security-group-additions.ts';
import { distinctRules } from './security-group-mistakes.ts';
import {
  anyRule,
  inlineRules,
  type PeerContext,
  SECURITY_GROUP,
  type WrittenRule,
} from './security-group-rules.ts';
import { defaultAddress, UNKNOWN_VPC, vpcIn, vpcOrDefaultIn, type WrittenVpc } from './vpcs.ts';

export const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];
const INERT = ['name', 'name_prefix', 'revoke_rules_on_delete', 'description', 'vpc_id'];

export interface WrittenGroup {
  readonly address: string;
  readonly place?: Place;
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
  /** Whether interfaces in the VPC may carry the group: its own VPC's, and those that it is associated with. */
  isUsableIn(address: string, vpc: string): boolean;
}

export interface SecurityGroupOptions {
  readonly vpcs: readonly WrittenVpc[];
  readonly prefixLists: PrefixLists;
  readonly peering: readonly PeeringConnection[];
}

export function buildSecurityGroups(context: BuildContext, options: SecurityGroupOptions): SecurityGroups {
  const adopted = adoptedGroups(context);
  const addressOf = ({ address, attribute }: Reference) =>
    attribute === 'default_security_group_id'
      ? (adopted.get(address) ?? defaultAddress(address, 'security_group'))
      : address;
  const peers = { context, prefixLists: options.prefixLists, groupOf: addressOf };

  const groups = new Map<string, WrittenGroup>();
  for (const type of ['aws_security_group', 'aws_default_security_group']) {
    for (const open of context.resources(type)) groups.set(open.address, writtenGroup(open, peers));
  }
  for (const vpc of options.vpcs) {
    if (adopted.has(vpc.address)) continue;
    groups.set(defaultAddress(vpc.address, 'security_group'), untouchedDefault(vpc));
  }
  addStandaloneRules(groups, peers);
  const associated = associations(context, peers);
  const vpcOf = (address: string) => groups.get(address)?.vpc;
  const check = { context, vpcOf, peering: options.peering };

  const built = [...groups.values()].map((group): SecurityGroup => {
    const { address, place, name, vpc } = group;
    const rules = (direction: Direction) => distinctRules(group, direction, check);
    return {
      address,
      ...(place && { place }),
      name,
      vpc,
      ingress: rules('ingress'),
      egress: rules('egress'),
    };
  });
  return {
    groups: built.sort(byAddress),
    addressOf,
    isUsableIn: (address, vpc) => {
      const own = vpcOf(address);
      return own === vpc || own === UNKNOWN_VPC || associated.has(`${address} ${vpc}`);
    },
  };
}

function adoptedGroups(context: BuildContext): ReadonlyMap<string, string> {
  const adopted = new Map<string, string>();
  for (const { address, fields } of context.resources('aws_default_security_group')) {
    const vpc = context.problems.attempt(() => vpcOrDefaultIn(context, fields));
    if (vpc.kind === 'unknown') noteCause(context, vpc.cause, 'default security groups');
    if (vpc.kind !== 'known') continue;
    const before = adopted.get(vpc.value);
    if (before === undefined) adopted.set(vpc.value, address);
    else {
      const reason = `${before} already adopts the default group of ${vpc.value}`;
      context.problems.add(invalid(fields.siteOf('vpc_id'), { reason, nextStep: 'keep one of them' }));
    }
  }
  return adopted;
}

function writtenGroup({ address, block, fields }: OpenBlock, peers: PeerContext): WrittenGroup {
  const { context } = peers;
  const reading = startReading(context, fields);
  const vpc = context.problems.attempt(() => vpcOrDefaultIn(context, fields));
  if (vpc.kind === 'unknown')
    noteCause(context, vpc.cause, `which VPC ${address} belongs to`, { mayHide: true });
  const named = context.problems.attempt(() => fields.textIfKnown('name'));
  const name = (named.kind === 'known' ? named.value : undefined) ?? block.name;
  const rulesOf = (direction: Direction): WrittenRule[] => {
    const blocks = context.problems.attempt(() => fields.blocks(direction));
    if (blocks.kind === 'unknown') {
      noteCause(context, blocks.cause, `the ${direction} rules of ${address}`);
      return [anyRule(`${address}.${direction}`, blocks.cause)];
    }
    if (blocks.kind === 'invalid') return [];
    return blocks.value.flatMap((rule) => inlineRules({ rule, group: address }, peers));
  };
  const rules = { ingress: rulesOf('ingress'), egress: rulesOf('egress') };
  const inline = new Set(DIRECTIONS.filter((direction) => fields.isWritten(direction)));
  const cause = reading.finish({ inert: INERT }, `every rule of ${address}`);
  if (cause !== undefined) for (const direction of DIRECTIONS) rules[direction].push(anyRule(address, cause));
  return {
    address,
    place: placeOf(fields.site),
    name: block.type === 'aws_default_security_group' ? 'default' : name,
    vpc: vpc.kind === 'known' ? vpc.value : UNKNOWN_VPC,
    rules,
    inline,
  };
}

/** AWS: the default group lets its members in, and everything out, by IPv6 too where the VPC has it. */
function untouchedDefault(vpc: WrittenVpc): WrittenGroup {
  const address = defaultAddress(vpc.address, 'security_group');
  const rule = (at: string, peer: SecurityGroupRule['peer']): WrittenRule => ({
    rule: { address: `${address}.${at}`, description: '', protocol: 'all', peer },
    isInline: false,
  });
  const hasIpv6 = vpc.ipv6Cidrs.length > 0 || vpc.unknownIpv6 !== undefined;
  const ipv6 = hasIpv6 ? [rule('egress[1]', { kind: 'cidr', cidr: '::/0' })] : [];
  return {
    address,
    name: 'default',
    vpc: vpc.address,
    rules: {
      ingress: [rule('ingress[0]', { kind: 'security-group', address })],
      egress: [rule('egress[0]', { kind: 'cidr', cidr: '0.0.0.0/0' }), ...ipv6],
    },
    inline: new Set(),
  };
}

/** `aws_vpc_security_group_vpc_association`: groups and the VPCs that may use them too. */
function associations(context: BuildContext, { groupOf }: PeerContext): ReadonlySet<string> {
  const associated = new Set<string>();
  for (const { fields } of context.resources('aws_vpc_security_group_vpc_association')) {
    const reading = startReading(context, fields);
    const reference = { name: 'security_group_id', targets: SECURITY_GROUP };
    const group = reading.get(() => groupOf(requiredReferenceIn(context, fields, reference)), undefined);
    const vpc = reading.get(() => vpcIn(context, fields), undefined);
    reading.finish({ inert: ['state'] }, 'which interfaces may carry the group');
    if (group !== undefined && vpc !== undefined) associated.add(`${group} ${vpc}`);
  }
  return associated;
}
