/**
 * What is known of identities that AWS gives only after apply: how they begin, and that two objects never have the same.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
 */

import type { Symbolic } from '../value.ts';

const PREFIXES: Readonly<Record<string, string>> = {
  aws_customer_gateway: 'cgw-',
  aws_default_network_acl: 'acl-',
  aws_default_route_table: 'rtb-',
  aws_default_security_group: 'sg-',
  aws_default_subnet: 'subnet-',
  aws_default_vpc: 'vpc-',
  aws_ec2_managed_prefix_list: 'pl-',
  aws_ec2_transit_gateway: 'tgw-',
  aws_ec2_transit_gateway_vpc_attachment: 'tgw-attach-',
  aws_egress_only_internet_gateway: 'eigw-',
  aws_eip: 'eipalloc-',
  aws_instance: 'i-',
  aws_internet_gateway: 'igw-',
  aws_launch_template: 'lt-',
  aws_nat_gateway: 'nat-',
  aws_network_acl: 'acl-',
  aws_network_interface: 'eni-',
  aws_prefix_list: 'pl-',
  aws_route_table: 'rtb-',
  aws_security_group: 'sg-',
  aws_subnet: 'subnet-',
  aws_vpc: 'vpc-',
  aws_vpc_endpoint: 'vpce-',
  aws_vpc_peering_connection: 'pcx-',
  aws_vpn_gateway: 'vgw-',
};

/** Where the attribute is one of another object's. */
const BY_ATTRIBUTE: Readonly<Record<string, string>> = {
  default_network_acl_id: 'acl-',
  default_route_table_id: 'rtb-',
  default_security_group_id: 'sg-',
  main_route_table_id: 'rtb-',
  prefix_list_id: 'pl-',
  primary_network_interface_id: 'eni-',
};

/** `sg-` of a security group's id; undefined for what may be any text. */
export function prefixOf(symbol: Symbolic): string | undefined {
  if (symbol.kind !== 'reference') return undefined;
  const { address, attribute } = symbol;
  if (Object.hasOwn(BY_ATTRIBUTE, attribute)) return BY_ATTRIBUTE[attribute];
  if (attribute !== 'id') return undefined;
  const type = typeOf(address);
  return Object.hasOwn(PREFIXES, type) ? PREFIXES[type] : undefined;
}

/** Whether they are ids of two objects; a data source, or what adopts AWS's own, may mean the same one as another. */
export function areDistinct(one: Symbolic, other: Symbolic): boolean {
  const [first, second] = [prefixOf(one), prefixOf(other)];
  if (first === undefined || second === undefined) return false;
  if (first !== second) return true;
  return isOwn(one) && isOwn(other);
}

function isOwn(symbol: Symbolic): boolean {
  return (
    symbol.kind === 'reference' &&
    symbol.attribute === 'id' &&
    !/(^|\.)(data|aws_default_\w+)(\.|$)/.test(symbol.address)
  );
}

function typeOf(address: string): string {
  const bare = address.replaceAll(/\["(?:[^"\\]|\\.)*"\]|\[\d+\]/g, '');
  return bare.split('.').findLast((step) => step.startsWith('aws_')) ?? '';
}
