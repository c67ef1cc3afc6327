/**
 * Subnets as they are written, those of the default VPC among them, before it is known which network ACL and route
 * table are in force. A subnet whose block or VPC is not known stands apart: nothing in it can be placed.
 */

import { type Fields, isMap, placeOf, type Site, siteOf, toText, unsupported } from '../terraform/index.ts';
import type { BuildContext, OpenBlock, ReferenceTargets } from './build-context.ts';
import { type DefaultSubnet, defaultSubnets, defaultVpcOf } from './default-vpc.ts';
import type { Subnet, UnknownCause } from './model.ts';
import { byAddress } from './natural-order.ts';
import { noteCause, quietly, type Reading, startReading } from './reading.ts';
import { standInIpv6 } from './subnet-ipv6.ts';
import { checkSubnets } from './subnet-mistakes.ts';
import { blockIn, ipv6BlockIn } from './vpc-blocks.ts';
import { vpcIn, type WrittenVpc } from './vpcs.ts';
import { zoneOf } from './zones.ts';

export const SUBNET: ReferenceTargets = {
  what: 'an aws_subnet',
  attributes: { aws_subnet: ['id'], aws_default_subnet: ['id'] },
};

export interface WrittenSubnet extends Omit<Subnet, 'networkAcl' | 'routeTable' | 'uncertain'> {
  readonly mapsPublicAddress: boolean;
  /** Then the field above does not count. */
  readonly mapsPublicAddressUnknown?: UnknownCause;
  readonly assignsIpv6: boolean;
  /** One of the default VPC: where a machine goes that names no subnet. */
  readonly isDefault: boolean;
  readonly site: Site;
  /** Something about it is not modelled, so what is in force in it is not known. */
  readonly doubt?: UnknownCause;
}

export interface Subnets {
  readonly placed: readonly WrittenSubnet[];
  /** Those of which block or VPC is not known, and why. */
  readonly unplaced: ReadonlyMap<string, UnknownCause>;
}

const INERT = [
  'assign_ipv6_address_on_creation',
  'availability_zone',
  'availability_zone_id',
  'cidr_block',
  'enable_dns64',
  'enable_lni_at_device_index',
  'enable_resource_name_dns_a_record_on_launch',
  'enable_resource_name_dns_aaaa_record_on_launch',
  'existing_default_subnet',
  'force_destroy',
  'ipv4_ipam_pool_id',
  'ipv4_netmask_length',
  'ipv6_cidr_block',
  'ipv6_cidr_block_association_id',
  'ipv6_ipam_pool_id',
  'ipv6_netmask_length',
  'private_dns_hostname_type_on_launch',
];
const OFF = ['ipv6_native', 'map_customer_owned_ip_on_launch'];

/** A subnet on its way: IPv6 that is not known gets its stand-in when all others are there. */
export interface DraftSubnet extends WrittenSubnet {
  readonly wantsIpv6: boolean;
}

export function buildSubnets(
  context: BuildContext,
  options: { readonly vpcs: readonly WrittenVpc[] },
): Subnets {
  const unplaced = new Map<string, UnknownCause>();
  const vpcOf = new Map(options.vpcs.map((vpc) => [vpc.address, vpc]));
  const drafts = context.resources('aws_subnet').flatMap((open): DraftSubnet[] => {
    const draft = writtenSubnet(context, open, vpcOf);
    if (draft === undefined) return [];
    if (!('address' in draft.subnet)) {
      unplaced.set(open.address, draft.subnet.cause);
      return [];
    }
    return [draft.subnet];
  });
  const ofDefault = defaultSubnets(context).map((subnet) => ofDefaultVpc(context, subnet, vpcOf));
  const known = [...drafts, ...ofDefault].sort(byAddress);
  checkSubnets(context.problems, known, vpcOf);
  return { placed: standInIpv6(known, vpcOf), unplaced };
}

interface Read {
  readonly subnet: DraftSubnet | { readonly cause: UnknownCause };
}

/** Undefined where it is wrong. */
function writtenSubnet(
  context: BuildContext,
  { address, block, fields }: OpenBlock,
  vpcOf: ReadonlyMap<string, WrittenVpc>,
): Read | undefined {
  const site = fields.siteOf('cidr_block');
  const vpc = context.problems.attempt(() => vpcIn(context, fields));
  const native = context.problems.attempt(() => refuseNative(fields));
  const ipv4 = native.kind === 'known' ? blockIn(fields, context.problems) : { site };
  const inVpc = vpc.kind === 'known' ? vpcOf.get(vpc.value) : undefined;
  const cause =
    (vpc.kind === 'unknown' ? vpc.cause : inVpc?.unknownRange) ??
    (native.kind === 'unknown' ? native.cause : ipv4.cause);
  if (cause !== undefined) {
    noteCause(context, cause, `everything in ${address}`, { mayHide: true });
    return { subnet: { cause } };
  }
  if (ipv4.cidr === undefined || inVpc === undefined) return undefined;
  const base = {
    address,
    name: quietly(context, () => nameTag(fields)) ?? block.name,
    vpc: inVpc.address,
    cidr: ipv4.cidr,
    site,
  };
  return finished(context, fields, { base, vpc: inVpc, mapsByDefault: false });
}

function ofDefaultVpc(
  context: BuildContext,
  { zone, address, cidr, adoption }: DefaultSubnet,
  vpcOf: ReadonlyMap<string, WrittenVpc>,
): DraftSubnet {
  const { address: vpcAddress } = defaultVpcOf(context);
  const vpc = vpcOf.get(vpcAddress);
  const anywhere = context.configuration.resources.values().next().value;
  const site = adoption?.fields.siteOf('availability_zone') ?? (anywhere && siteOf(anywhere));
  if (vpc === undefined || site === undefined) throw new TypeError(`no VPC ${vpcAddress} was built`);
  const base = { address, name: zone, vpc: vpcAddress, cidr, site };
  const made: DraftSubnet = {
    ...base,
    availabilityZone: zone,
    mapsPublicAddress: true,
    assignsIpv6: false,
    isDefault: true,
    wantsIpv6: false,
  };
  if (adoption === undefined) return made;
  const named = { ...base, name: quietly(context, () => nameTag(adoption.fields)) ?? adoption.block.name };
  const read = finished(context, adoption.fields, { base: named, vpc, mapsByDefault: true });
  return 'address' in read.subnet ? { ...read.subnet, availabilityZone: zone, isDefault: true } : made;
}

function finished(
  context: BuildContext,
  fields: Fields,
  options: {
    readonly base: Pick<DraftSubnet, 'address' | 'name' | 'vpc' | 'cidr' | 'site'>;
    readonly vpc: WrittenVpc;
    readonly mapsByDefault: boolean;
  },
): Read {
  const { base, vpc, mapsByDefault } = options;
  const reading = startReading(context, fields);
  const zone = quietly(context, () => zoneOf(fields, context.settings.region));
  const maps = context.problems.attempt(() => fields.boolean('map_public_ip_on_launch') ?? mapsByDefault);
  const assignsIpv6 = reading.get(() => fields.boolean('assign_ipv6_address_on_creation') ?? false, false);
  const ipv6 = ipv6BlockIn(fields, context.problems);
  if (ipv6.cause !== undefined && vpc.ipv6Cidrs.length === 0) {
    noteCause(context, vpc.unknownIpv6 ?? ipv6.cause, `everything in ${base.address}`, { mayHide: true });
    return { subnet: { cause: vpc.unknownIpv6 ?? ipv6.cause } };
  }
  const doubt = finish(reading, base.address) ?? vpc.doubt;
  if (maps.kind === 'unknown') noteCause(context, maps.cause, `public addresses in ${base.address}`);
  return {
    subnet: {
      ...base,
      place: placeOf(fields.site),
      availabilityZone: zone ?? `${context.settings.region}a`,
      ...(ipv6.cidr === undefined ? {} : { ipv6Cidr: ipv6.cidr }),
      wantsIpv6: ipv6.cause !== undefined,
      mapsPublicAddress: maps.kind === 'known' && maps.value,
      ...(maps.kind === 'unknown' && { mapsPublicAddressUnknown: maps.cause }),
      assignsIpv6,
      isDefault: false,
      ...(doubt && { doubt }),
    },
  };
}

function finish(reading: Reading, address: string): UnknownCause | undefined {
  return reading.finish({ inert: INERT, off: OFF }, `what leaves and enters ${address}`);
}

function refuseNative(fields: Fields): void {
  if (fields.boolean('ipv6_native') !== true) return;
  const reason = 'a subnet without IPv4 is not modelled';
  throw unsupported(fields.siteOf('ipv6_native'), { reason, nextStep: 'report it' });
}

/** Only told to people, so whatever is not known about it does no harm. */
function nameTag(fields: Fields): string | undefined {
  const tags = fields.value('tags')?.value;
  return tags !== undefined && isMap(tags) ? toText(tags.get('Name') ?? null) : undefined;
}
