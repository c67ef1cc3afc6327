/**
 * Network ACLs with their rules. An ACL that a configuration makes, or adopts, admits only what it says; the default
 * ACL that no configuration adopts admits everything.
 */

import { invalid, type Located, placeOf, type Reference, type Site, type Value } from '../terraform/index.ts';
import {
  type BuildContext,
  type OpenBlock,
  type ReferenceTargets,
  requiredReferenceIn,
} from './build-context.ts';
import type { Direction, NetworkAcl, Place, UnknownCause } from './model.ts';
import { byAddress } from './natural-order.ts';
import {
  anyAclRules,
  doubted,
  inlineAclRules,
  standaloneAclRules,
  type WrittenAclRule,
} from './network-acl-rules.ts';
import { noteCause, startReading } from './reading.ts';
import { defaultAddress, UNKNOWN_VPC, vpcIn, type WrittenVpc } from './vpcs.ts';

export const NETWORK_ACL: ReferenceTargets = {
  what: 'an aws_network_acl',
  attributes: {
    aws_network_acl: ['id'],
    aws_default_network_acl: ['id'],
    aws_vpc: ['default_network_acl_id'],
    aws_default_vpc: ['default_network_acl_id'],
  },
};
const DEFAULT_NETWORK_ACL: ReferenceTargets = {
  what: "an aws_vpc's default_network_acl_id",
  attributes: { aws_vpc: ['default_network_acl_id'], aws_default_vpc: ['default_network_acl_id'] },
};
const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

export interface WrittenAcl {
  readonly address: string;
  readonly place?: Place;
  readonly vpc: string;
  readonly rules: Record<Direction, WrittenAclRule[]>;
  /** The provider removes every rule that does not stand in the ACL itself. */
  readonly isInline: boolean;
  readonly subnets: readonly Located<Value>[];
  /** It may name subnets that are not known. */
  readonly unknownSubnets?: UnknownCause;
}

export interface NetworkAcls {
  readonly written: ReadonlyMap<string, WrittenAcl>;
  readonly networkAcls: readonly NetworkAcl[];
  addressOf(reference: Reference): string;
  defaultOf(vpc: string): string;
  /** An adoption of which it is not known whose ACL it adopts. */
  readonly unknownAdoption?: UnknownCause;
}

export function buildNetworkAcls(
  context: BuildContext,
  options: { readonly vpcs: readonly WrittenVpc[] },
): NetworkAcls {
  const acls = new Map<string, WrittenAcl>();
  for (const open of context.resources('aws_network_acl')) {
    const vpc = context.problems.attempt(() => vpcIn(context, open.fields));
    if (vpc.kind === 'unknown') noteCause(context, vpc.cause, `which VPC ${open.address} belongs to`);
    const isInline = DIRECTIONS.some((direction) => open.fields.isWritten(direction));
    const address = vpc.kind === 'known' ? vpc.value : UNKNOWN_VPC;
    acls.set(open.address, writtenAcl(context, open, { vpc: address, isInline }));
  }
  const { adopted, unknown } = adoptions(context);
  // Unlike an ordinary ACL, an adopted one that declares no rules has none: the provider removes AWS's.
  for (const [vpc, open] of adopted) {
    acls.set(open.address, writtenAcl(context, open, { vpc, isInline: true }));
  }
  const defaultOf = (vpc: string) => adopted.get(vpc)?.address ?? defaultAddress(vpc, 'network_acl');
  for (const vpc of options.vpcs) {
    if (!adopted.has(vpc.address)) acls.set(defaultOf(vpc.address), untouchedDefault(vpc));
  }
  const addressOf = ({ address, attribute }: Reference) =>
    attribute === 'default_network_acl_id' ? defaultOf(address) : address;
  addStandaloneRules(context, { acls, addressOf });
  addUnexpanded(context, acls);
  return {
    written: acls,
    networkAcls: [...acls.values()].map((acl) => builtAcl(context, acl)).sort(byAddress),
    addressOf,
    defaultOf,
    ...(unknown && { unknownAdoption: unknown }),
  };
}

function adoptions(context: BuildContext): {
  readonly adopted: ReadonlyMap<string, OpenBlock>;
  readonly unknown?: UnknownCause;
} {
  const adopted = new Map<string, OpenBlock>();
  let unknown: UnknownCause | undefined;
  for (const open of context.resources('aws_default_network_acl')) {
    const reference = { name: 'default_network_acl_id', targets: DEFAULT_NETWORK_ACL };
    const found = context.problems.attempt(
      () => requiredReferenceIn(context, open.fields, reference).address,
    );
    if (found.kind === 'unknown') {
      noteCause(context, found.cause, 'default network ACLs');
      unknown ??= found.cause;
    }
    if (found.kind !== 'known') continue;
    const before = adopted.get(found.value);
    if (before === undefined) adopted.set(found.value, open);
    else {
      const reason = `${before.address} already adopts the default ACL of ${found.value}`;
      context.problems.add(
        invalid(open.fields.siteOf(reference.name), { reason, nextStep: 'keep one of them' }),
      );
    }
  }
  unknown ??= context.unexpanded('aws_default_network_acl')[0];
  return { adopted, ...(unknown && { unknown }) };
}

function writtenAcl(
  context: BuildContext,
  { address, fields }: OpenBlock,
  options: { readonly vpc: string; readonly isInline: boolean },
): WrittenAcl {
  const reading = startReading(context, fields);
  const rulesOf = (direction: Direction) => {
    const blocks = context.problems.attempt(() => fields.blocks(direction));
    if (blocks.kind === 'unknown') {
      noteCause(context, blocks.cause, `the ${direction} rules of ${address}`);
      return [...anyAclRules(address, blocks.cause)];
    }
    return blocks.kind === 'known'
      ? blocks.value.flatMap((rule) => inlineAclRules(context, rule, address))
      : [];
  };
  const rules = { ingress: rulesOf('ingress'), egress: rulesOf('egress') };
  const subnets = context.problems.attempt(() => fields.list('subnet_ids'));
  if (subnets.kind === 'unknown')
    noteCause(context, subnets.cause, 'subnets without a network ACL of their own');
  const cause = reading.finish({ inert: ['default_network_acl_id', 'vpc_id'] }, `every rule of ${address}`);
  if (cause !== undefined)
    for (const direction of DIRECTIONS) rules[direction].push(...anyAclRules(address, cause));
  return {
    address,
    place: placeOf(fields.site),
    ...options,
    rules,
    subnets: subnets.kind === 'known' ? subnets.value : [],
    ...(subnets.kind === 'unknown' && { unknownSubnets: subnets.cause }),
  };
}

/** AWS: rule 100 of the default ACL allows everything in, and everything out; 101 the same of IPv6, where the VPC has it. */
function untouchedDefault(vpc: WrittenVpc): WrittenAcl {
  const address = defaultAddress(vpc.address, 'network_acl');
  const hasIpv6 = vpc.ipv6Cidrs.length > 0 || vpc.unknownIpv6 !== undefined;
  const cidrs = hasIpv6 ? ['0.0.0.0/0', '::/0'] : ['0.0.0.0/0'];
  const rulesOf = (direction: Direction) =>
    cidrs.map((cidr, index): WrittenAclRule => {
      const at = `${address}.${direction}[${index}]`;
      return { rule: { address: at, number: 100 + index, action: 'allow', protocol: 'all', cidr } };
    });
  const rules = { ingress: rulesOf('ingress'), egress: rulesOf('egress') };
  return { address, vpc: vpc.address, rules, isInline: false, subnets: [] };
}

interface AclTable {
  readonly acls: ReadonlyMap<string, WrittenAcl>;
  readonly addressOf: (reference: Reference) => string;
}

/** A rule of which the ACL, or the direction, is not known is, uncertain, wherever it may be. */
function addStandaloneRules(context: BuildContext, { acls, addressOf }: AclTable): void {
  for (const { address, fields } of context.resources('aws_network_acl_rule')) {
    const found = context.problems.attempt(() => {
      const reference = { name: 'network_acl_id', targets: NETWORK_ACL };
      return addressOf(requiredReferenceIn(context, fields, reference));
    });
    const egress = context.problems.attempt(() => fields.boolean('egress') === true);
    const rules = standaloneAclRules(context, fields);
    const cause =
      found.kind === 'unknown' ? found.cause : egress.kind === 'unknown' ? egress.cause : undefined;
    if (cause !== undefined) noteCause(context, cause, `whether ${address} is in force`);
    const acl = found.kind === 'known' ? acls.get(found.value) : undefined;
    if (acl?.isInline) {
      const reason = `${acl.address} has its rules inline, and the provider would remove this one`;
      const nextStep = 'keep one of the two styles';
      context.problems.add(invalid(fields.siteOf('network_acl_id'), { reason, nextStep }));
      continue;
    }
    const touched = found.kind === 'unknown' ? [...acls.values()] : acl === undefined ? [] : [acl];
    const directions = egress.kind === 'known' ? [egress.value ? DIRECTIONS[1] : DIRECTIONS[0]] : DIRECTIONS;
    for (const one of touched) {
      for (const direction of directions) {
        if (direction === undefined) continue;
        one.rules[direction].push(
          ...(cause === undefined ? rules : rules.map((rule) => doubted(rule, cause))),
        );
      }
    }
  }
}

/** Any number of rules, of any ACL. */
function addUnexpanded(context: BuildContext, acls: ReadonlyMap<string, WrittenAcl>): void {
  for (const cause of context.unexpanded('aws_network_acl_rule')) {
    for (const { rules } of acls.values()) {
      for (const direction of DIRECTIONS) rules[direction].push(...anyAclRules(cause.address, cause));
    }
  }
}

function builtAcl(context: BuildContext, { address, place, vpc, rules }: WrittenAcl): NetworkAcl {
  const ordered = (direction: Direction) => orderedRules(context, rules[direction]);
  return {
    address,
    ...(place && { place }),
    vpc,
    ingress: ordered('ingress'),
    egress: ordered('egress'),
  };
}

function orderedRules(context: BuildContext, rules: readonly WrittenAclRule[]): NetworkAcl['ingress'] {
  const sorted = rules.toSorted((left, right) => left.rule.number - right.rule.number);
  for (const [index, { rule, site }] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before?.rule.number !== rule.number || before.rule.address === rule.address) continue;
    if (rule.uncertain !== undefined || before.rule.uncertain !== undefined) continue;
    const at: Site | undefined = site ?? before.site;
    if (at === undefined) continue;
    const other = site === undefined ? rule : before.rule;
    const reason = `number ${rule.number} is already taken by ${other.address}`;
    const nextStep = 'give every rule of a direction a number of its own';
    context.problems.add(invalid(at, { reason, nextStep }));
  }
  return sorted.map(({ rule }) => rule);
}
