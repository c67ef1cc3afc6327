/**
 * Subnets as they are written, before it is known which network ACL and route table are in force. Where no zone is
 * given AWS picks one; the simulator takes the region's first.
 */

import {
  containsCidr,
  type Fields,
  invalid,
  isMap,
  parseCidr,
  type Site,
  toText,
} from '../terraform/index.ts';
import { type BuildContext, type ReferenceTargets, requiredReferenceIn } from './build-context.ts';
import type { Subnet, Vpc } from './model.ts';
import { blockIn, cidrsOverlap, VPC } from './vpcs.ts';

export const SUBNET: ReferenceTargets = { what: 'an aws_subnet', attributes: { aws_subnet: ['id'] } };

export interface WrittenSubnet extends Omit<Subnet, 'networkAcl' | 'routeTable'> {
  readonly mapsPublicAddress: boolean;
  readonly site: Site;
}

const INERT = ['tags_all', 'private_dns_hostname_type_on_launch'];
const OFF = [
  'assign_ipv6_address_on_creation',
  'enable_dns64',
  'enable_resource_name_dns_a_record_on_launch',
  'enable_resource_name_dns_aaaa_record_on_launch',
  'ipv6_native',
  'map_customer_owned_ip_on_launch',
];

export function buildSubnets(
  context: BuildContext,
  options: { readonly vpcs: readonly Vpc[]; readonly region: string },
): readonly WrittenSubnet[] {
  const subnets = context.resources('aws_subnet').map(({ address, block, fields }): WrittenSubnet => {
    const vpc = requiredReferenceIn(context, fields, { name: 'vpc_id', targets: VPC }).address;
    const subnet = {
      address,
      name: nameTag(fields) ?? block.name,
      vpc,
      availabilityZone: fields.text('availability_zone') ?? `${options.region}a`,
      cidr: blockIn(fields),
      mapsPublicAddress: fields.boolean('map_public_ip_on_launch') ?? false,
      site: fields.siteOf('cidr_block'),
    };
    fields.refuseUnread({ inert: INERT, off: OFF });
    return subnet;
  });
  for (const subnet of subnets) refuseOutside(subnet, options.vpcs);
  refuseOverlap(subnets);
  return subnets;
}

/** Only told to people, so whatever is not known about it does no harm. */
function nameTag(fields: Fields): string | undefined {
  const tags = fields.value('tags')?.value;
  return tags !== undefined && isMap(tags) ? toText(tags.get('Name') ?? null) : undefined;
}

function refuseOutside(subnet: WrittenSubnet, vpcs: readonly Vpc[]): void {
  const inner = parseCidr(subnet.cidr);
  const vpc = vpcs.find((candidate) => candidate.address === subnet.vpc);
  const isInside = vpc?.cidrs.some((cidr) => {
    const outer = parseCidr(cidr);
    return outer !== undefined && inner !== undefined && containsCidr(outer, inner);
  });
  if (isInside) return;
  const reason = `${subnet.cidr} lies outside ${subnet.vpc} (${vpc?.cidrs.join(', ')})`;
  throw invalid(subnet.site, { reason, nextStep: "choose a block inside the VPC's" });
}

function refuseOverlap(subnets: readonly WrittenSubnet[]): void {
  for (const [index, subnet] of subnets.entries()) {
    const other = subnets
      .slice(0, index)
      .find((earlier) => earlier.vpc === subnet.vpc && cidrsOverlap(earlier.cidr, subnet.cidr));
    if (other === undefined) continue;
    const reason = `${subnet.cidr} overlaps ${other.cidr} of ${other.address}`;
    throw invalid(subnet.site, { reason, nextStep: 'choose a block of its own' });
  }
}
