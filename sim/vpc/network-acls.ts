/**
 * Network ACLs and which of them is in force for a subnet. An ACL that a configuration makes, or adopts, admits only
 * what it says; the default ACL that no configuration adopts admits everything.
 */

import { invalid, type Located, type Reference, type Site, type Value } from '../terraform/index.ts';
import {
  type BuildContext,
  type OpenBlock,
  type ReferenceTargets,
  requiredReferenceIn,
} from './build-context.ts';
import type { Direction, NetworkAcl, Vpc } from './model.ts';
import { byAddress } from './natural-order.ts';
import { inlineAclRule, standaloneAclRule, type WrittenAclRule } from './network-acl-rules.ts';
import { SUBNET, type WrittenSubnet } from './subnets.ts';
import { defaultAddress, VPC } from './vpcs.ts';

const NETWORK_ACL: ReferenceTargets = {
  what: 'an aws_network_acl',
  attributes: {
    aws_network_acl: ['id'],
    aws_default_network_acl: ['id'],
    aws_vpc: ['default_network_acl_id'],
  },
};
const DEFAULT_NETWORK_ACL: ReferenceTargets = {
  what: "an aws_vpc's default_network_acl_id",
  attributes: { aws_vpc: ['default_network_acl_id'] },
};
const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];
const INERT = ['tags', 'tags_all'];

interface WrittenAcl {
  readonly address: string;
  readonly vpc: string;
  readonly rules: Record<Direction, WrittenAclRule[]>;
  /** The provider removes every rule that does not stand in the ACL itself. */
  readonly isInline: boolean;
  readonly subnets: readonly Located<Value>[];
}

export interface NetworkAcls {
  readonly networkAcls: readonly NetworkAcl[];
  /** Subnet address to ACL address. */
  readonly inForce: ReadonlyMap<string, string>;
}

export function buildNetworkAcls(
  context: BuildContext,
  options: { readonly vpcs: readonly Vpc[]; readonly subnets: readonly WrittenSubnet[] },
): NetworkAcls {
  const acls = new Map<string, WrittenAcl>();
  const adopted = new Map<string, string>();
  for (const open of context.resources('aws_network_acl')) {
    const vpc = requiredReferenceIn(context, open.fields, { name: 'vpc_id', targets: VPC }).address;
    const isInline = DIRECTIONS.some((direction) => open.fields.isWritten(direction));
    acls.set(open.address, writtenAcl(open, { vpc, isInline }));
  }
  for (const open of context.resources('aws_default_network_acl')) {
    const reference = { name: 'default_network_acl_id', targets: DEFAULT_NETWORK_ACL };
    const vpc = requiredReferenceIn(context, open.fields, reference).address;
    refuseSecondAdoption(adopted.get(vpc), { vpc, site: open.fields.siteOf('default_network_acl_id') });
    adopted.set(vpc, open.address);
    // Unlike an ordinary ACL, an adopted one that declares no rules has none: the provider removes AWS's.
    acls.set(open.address, writtenAcl(open, { vpc, isInline: true }));
  }
  const defaultOf = (vpc: string) => adopted.get(vpc) ?? defaultAddress(vpc, 'network_acl');
  for (const { address: vpc } of options.vpcs) {
    if (!adopted.has(vpc)) acls.set(defaultOf(vpc), untouchedDefault(vpc));
  }
  const addressOf = ({ address, attribute }: Reference) =>
    attribute === 'default_network_acl_id' ? defaultOf(address) : address;

  addStandaloneRules(context, { acls, addressOf });
  const chosen = associations(context, { acls, addressOf, subnets: options.subnets });
  const inForce = new Map(
    options.subnets.map(({ address, vpc }) => [address, chosen.get(address) ?? defaultOf(vpc)]),
  );
  return { networkAcls: [...acls.values()].map(builtAcl).sort(byAddress), inForce };
}

function refuseSecondAdoption(
  before: string | undefined,
  adoption: { readonly vpc: string; readonly site: Site },
): void {
  if (before === undefined) return;
  const reason = `${before} already adopts the default ACL of ${adoption.vpc}`;
  throw invalid(adoption.site, { reason, nextStep: 'keep one of them' });
}

function writtenAcl(
  { address, fields }: OpenBlock,
  options: { readonly vpc: string; readonly isInline: boolean },
): WrittenAcl {
  const rulesOf = (direction: Direction) =>
    fields.blocks(direction).map((rule) => inlineAclRule(rule, address));
  const rules = { ingress: rulesOf('ingress'), egress: rulesOf('egress') };
  const subnets = fields.list('subnet_ids');
  fields.refuseUnread({ inert: INERT });
  return { address, ...options, rules, subnets };
}

/** AWS: rule 100 of the default ACL allows everything in, and everything out. */
function untouchedDefault(vpc: string): WrittenAcl {
  const address = defaultAddress(vpc, 'network_acl');
  const rule = (direction: Direction): WrittenAclRule => ({
    rule: {
      address: `${address}.${direction}[0]`,
      number: 100,
      action: 'allow',
      protocol: 'all',
      cidr: '0.0.0.0/0',
    },
  });
  const rules = { ingress: [rule('ingress')], egress: [rule('egress')] };
  return { address, vpc, rules, isInline: false, subnets: [] };
}

interface AclTable {
  readonly acls: ReadonlyMap<string, WrittenAcl>;
  readonly addressOf: (reference: Reference) => string;
}

function addStandaloneRules(context: BuildContext, { acls, addressOf }: AclTable): void {
  for (const { fields } of context.resources('aws_network_acl_rule')) {
    const reference = { name: 'network_acl_id', targets: NETWORK_ACL };
    const acl = acls.get(addressOf(requiredReferenceIn(context, fields, reference)));
    const direction = fields.boolean('egress') === true ? 'egress' : 'ingress';
    const rule = standaloneAclRule(fields);
    if (acl?.isInline) {
      const reason = `${acl.address} has its rules inline, and the provider would remove this one`;
      throw invalid(fields.siteOf('network_acl_id'), { reason, nextStep: 'keep one of the two styles' });
    }
    acl?.rules[direction].push(rule);
  }
}

function builtAcl({ address, vpc, rules }: WrittenAcl): NetworkAcl {
  return { address, vpc, ingress: ordered(rules.ingress), egress: ordered(rules.egress) };
}

function ordered(rules: readonly WrittenAclRule[]): readonly NetworkAcl['ingress'][number][] {
  const sorted = rules.toSorted((left, right) => left.rule.number - right.rule.number);
  for (const [index, { rule, site }] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before?.rule.number !== rule.number) continue;
    const at = site ?? before.site;
    if (at === undefined) continue;
    const other = site === undefined ? rule : before.rule;
    const reason = `number ${rule.number} is already taken by ${other.address}`;
    throw invalid(at, { reason, nextStep: 'give every rule of a direction a number of its own' });
  }
  return sorted.map(({ rule }) => rule);
}

function associations(
  context: BuildContext,
  options: AclTable & { readonly subnets: readonly WrittenSubnet[] },
): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  const associate = (subnet: Located<Value>, acl: WrittenAcl | undefined) => {
    const { address } = context.refer(subnet, SUBNET);
    if (acl === undefined) return;
    const before = chosen.get(address);
    if (before !== undefined) {
      const reason = `${address} is already associated with ${before}`;
      throw invalid(subnet.site, { reason, nextStep: 'associate a subnet with one network ACL' });
    }
    const vpc = options.subnets.find((candidate) => candidate.address === address)?.vpc;
    if (vpc !== acl.vpc) {
      const reason = `${address} belongs to ${vpc}, ${acl.address} to ${acl.vpc}`;
      throw invalid(subnet.site, { reason, nextStep: 'choose a network ACL of the same VPC' });
    }
    chosen.set(address, acl.address);
  };

  for (const acl of options.acls.values()) {
    for (const subnet of acl.subnets) associate(subnet, acl);
  }
  for (const { fields } of context.resources('aws_network_acl_association')) {
    const reference = { name: 'network_acl_id', targets: NETWORK_ACL };
    const acl = options.acls.get(options.addressOf(requiredReferenceIn(context, fields, reference)));
    const subnet = fields.required('subnet_id', fields.value('subnet_id'));
    fields.refuseUnread({ inert: [] });
    associate(subnet, acl);
  }
  return chosen;
}
