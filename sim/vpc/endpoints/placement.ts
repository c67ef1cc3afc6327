/** Where an interface stands and which security groups it carries, as far as the configuration says. */

import {
  type Fields,
  invalid,
  isSymbolic,
  type Located,
  type Site,
  unresolved,
  type Value,
} from '../../terraform/index.ts';
import type { ReferenceTargets } from '../build-context.ts';
import type { UnknownCause } from '../model.ts';
import { compareNaturally, sortedByAddress } from '../natural-order.ts';
import { SECURITY_GROUP } from '../security-group-rules.ts';
import { SUBNET } from '../subnets.ts';
import type { EndpointContext, EndpointSubnet } from './endpoint-input.ts';
import { type Found, find, findEach, type Partly, withCause } from './partly-known.ts';

export interface ListedGroup {
  readonly address: string;
  readonly vpc: string;
  readonly site: Site;
}

export interface Groups {
  readonly securityGroups: readonly string[];
  readonly cause?: UnknownCause;
}

export function subnetAt(context: EndpointContext, found: Located<Value>): EndpointSubnet {
  const { address } = context.context.refer(found, SUBNET);
  const subnet = context.subnetOf.get(address);
  if (subnet !== undefined) return subnet;
  const why = context.unplacedSubnets?.get(address)?.reason ?? 'it is not modelled';
  const reason = `where ${address} lies is not known: ${why}`;
  throw unresolved(found.site, { reason, nextStep: 'see what is said of the subnet' });
}

export function subnetIn(context: EndpointContext, fields: Fields, name: string): Found<EndpointSubnet> {
  return find(context.context, () => {
    const found = fields.value(name);
    return found && subnetAt(context, found);
  });
}

/** Terraform keeps them as a set: in an order that does not depend on how they are written. All of one VPC. */
export function subnetsListed(
  context: EndpointContext,
  list: () => readonly Located<Value>[],
): Partly<EndpointSubnet> {
  const listed = findEach(context.context, list, (found) => ({
    subnet: subnetAt(context, found),
    site: found.site,
  }));
  const [first] = listed.known;
  const known = listed.known.filter(({ subnet, site }) => {
    if (first === undefined || subnet.vpc === first.subnet.vpc) return true;
    const reason = `${subnet.address} belongs to ${subnet.vpc}, ${first.subnet.address} to ${first.subnet.vpc}`;
    context.context.problems.add(invalid(site, { reason, nextStep: 'choose subnets of one VPC' }));
    return false;
  });
  return { ...listed, known: distinctSubnets(known.map(({ subnet }) => subnet)) };
}

export function subnetsIn(context: EndpointContext, fields: Fields, name: string): Partly<EndpointSubnet> {
  return subnetsListed(context, () => fields.list(name));
}

export function distinctSubnets(subnets: readonly EndpointSubnet[]): readonly EndpointSubnet[] {
  return sortedByAddress(new Map(subnets.map((subnet) => [subnet.address, subnet])).values());
}

/** Those that the account's default VPC came with, in the zones if some are given. */
export function defaultSubnets(
  context: EndpointContext,
  zones: readonly string[] = [],
): readonly EndpointSubnet[] {
  const subnets = context.subnets.filter(
    ({ isDefault, availabilityZone }) =>
      isDefault === true && (zones.length === 0 || zones.includes(availabilityZone)),
  );
  return subnets.toSorted((left, right) => compareNaturally(left.availabilityZone, right.availabilityZone));
}

export function noDefaultSubnet(site: Site): UnknownCause {
  return {
    address: site.address,
    reason: "it names no subnet, and the account's default VPC is not in the configuration",
  };
}

export function groupsListed(
  context: EndpointContext,
  list: () => readonly Located<Value>[],
): Partly<ListedGroup> {
  return findEach(context.context, list, (found) => groupAt(context, found));
}

export function groupsIn(context: EndpointContext, fields: Fields, name: string): Partly<ListedGroup> {
  return groupsListed(context, () => fields.list(name));
}

const GROUP_BY_NAME: ReferenceTargets = {
  what: 'an aws_security_group',
  attributes: {
    ...SECURITY_GROUP.attributes,
    aws_security_group: ['id', 'name'],
    aws_default_security_group: ['id', 'name'],
  },
};

/** `security_groups` of a machine: names of groups of the default VPC, or ids. */
export function groupsByName(context: EndpointContext, fields: Fields, name: string): Partly<ListedGroup> {
  const isDefaultVpc = (vpc: string) =>
    context.subnets.some((subnet) => subnet.isDefault && subnet.vpc === vpc);
  return findEach(
    context.context,
    () => fields.list(name),
    (found) => {
      const named = isSymbolic(found.value)
        ? undefined
        : context.securityGroups.groups.find(
            (group) => group.name === found.value && isDefaultVpc(group.vpc),
          );
      if (named !== undefined) return { address: named.address, vpc: named.vpc, site: found.site };
      return groupAt(context, found, GROUP_BY_NAME);
    },
  );
}

function groupAt(
  context: EndpointContext,
  found: Located<Value>,
  targets: ReferenceTargets = SECURITY_GROUP,
): ListedGroup {
  const address = context.securityGroups.addressOf(context.context.refer(found, targets));
  const group = context.groupOf.get(address);
  if (group !== undefined) return { address, vpc: group.vpc, site: found.site };
  const reason = `what ${address} lets through is not known`;
  throw unresolved(found.site, { reason, nextStep: 'see what is said of the group' });
}

/** The groups of an interface in the VPC: those listed, else the VPC's default group. */
export function groupsInForce(
  context: EndpointContext,
  listed: Partly<ListedGroup>,
  options: {
    readonly vpc: string;
    /** `the machine's subnet`, for messages. */
    readonly owner?: string;
    readonly whenNone?: 'default' | 'unfiltered';
  },
): Groups {
  const { vpc, owner = 'its subnet', whenNone = 'default' } = options;
  if (listed.known.length === 0 && listed.cause === undefined) {
    return { securityGroups: whenNone === 'default' ? [defaultGroup(context, vpc)] : [] };
  }
  for (const { address, vpc: other, site } of listed.known) {
    if (context.securityGroups.isUsableIn(address, vpc)) continue;
    const reason = `${address} belongs to ${other}, ${owner} to ${vpc}`;
    const nextStep = 'choose a security group of the same VPC';
    context.context.problems.add(invalid(site, { reason, nextStep }));
  }
  const addresses = listed.known.map(({ address }) => address);
  return { securityGroups: [...new Set(addresses)], ...withCause(listed.cause) };
}

export function defaultGroup(context: EndpointContext, vpc: string): string {
  return context.securityGroups.addressOf({
    kind: 'reference',
    address: vpc,
    attribute: 'default_security_group_id',
  });
}
