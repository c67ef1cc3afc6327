/**
 * Which attributes hold the identity of which kind of thing, so that an unknown value in `subnet_id` is never taken for
 * the id of a VPC that the same expression mentions.
 */

/** What an identity is of; `other` where it is known to be of none of those that are told apart here. */
export type IdentityKind =
  | 'vpc'
  | 'subnet'
  | 'security-group'
  | 'network-acl'
  | 'route-table'
  | 'gateway'
  | 'egress-only-gateway'
  | 'nat-gateway'
  | 'elastic-address'
  | 'network-interface'
  | 'peering'
  | 'prefix-list'
  | 'instance'
  | 'other';

/** Of `id` of these types. What may stand in `gateway_id` counts as one kind. */
const OWN: Readonly<Record<string, IdentityKind>> = {
  aws_vpc: 'vpc',
  aws_default_vpc: 'vpc',
  aws_subnet: 'subnet',
  aws_default_subnet: 'subnet',
  aws_security_group: 'security-group',
  aws_default_security_group: 'security-group',
  aws_network_acl: 'network-acl',
  aws_default_network_acl: 'network-acl',
  aws_route_table: 'route-table',
  aws_default_route_table: 'route-table',
  aws_internet_gateway: 'gateway',
  aws_vpn_gateway: 'gateway',
  aws_egress_only_internet_gateway: 'egress-only-gateway',
  aws_nat_gateway: 'nat-gateway',
  aws_eip: 'elastic-address',
  aws_network_interface: 'network-interface',
  aws_vpc_peering_connection: 'peering',
  aws_ec2_managed_prefix_list: 'prefix-list',
  aws_instance: 'instance',
};

interface Field {
  readonly kind: IdentityKind;
  /** It holds several, in no order that matters. */
  readonly isList?: true;
}

/** Attributes that hold such an identity, of whatever resource. */
const FIELDS: Readonly<Record<string, Field>> = {
  vpc_id: { kind: 'vpc' },
  peer_vpc_id: { kind: 'vpc' },
  subnet_id: { kind: 'subnet' },
  subnet_ids: { kind: 'subnet', isList: true },
  subnets: { kind: 'subnet', isList: true },
  vpc_zone_identifier: { kind: 'subnet', isList: true },
  security_group_id: { kind: 'security-group' },
  source_security_group_id: { kind: 'security-group' },
  referenced_security_group_id: { kind: 'security-group' },
  security_groups: { kind: 'security-group', isList: true },
  security_group_ids: { kind: 'security-group', isList: true },
  vpc_security_group_ids: { kind: 'security-group', isList: true },
  default_security_group_id: { kind: 'security-group' },
  network_acl_id: { kind: 'network-acl' },
  default_network_acl_id: { kind: 'network-acl' },
  route_table_id: { kind: 'route-table' },
  route_table_ids: { kind: 'route-table', isList: true },
  main_route_table_id: { kind: 'route-table' },
  default_route_table_id: { kind: 'route-table' },
  gateway_id: { kind: 'gateway' },
  internet_gateway_id: { kind: 'gateway' },
  egress_only_gateway_id: { kind: 'egress-only-gateway' },
  nat_gateway_id: { kind: 'nat-gateway' },
  allocation_id: { kind: 'elastic-address' },
  network_interface_id: { kind: 'network-interface' },
  network_interface_ids: { kind: 'network-interface', isList: true },
  primary_network_interface_id: { kind: 'network-interface' },
  vpc_peering_connection_id: { kind: 'peering' },
  destination_prefix_list_id: { kind: 'prefix-list' },
  prefix_list_id: { kind: 'prefix-list' },
  prefix_list_ids: { kind: 'prefix-list', isList: true },
  instance_id: { kind: 'instance' },
};

/** What must stand in the field; undefined where anything may. */
export function fieldOf(name: string): Field | undefined {
  return Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
}

/** The kind that `id` of the type is of, and no other attribute of it. */
export function ownKindOf(type: string): IdentityKind | undefined {
  return Object.hasOwn(OWN, type) ? OWN[type] : undefined;
}

/** What the attribute holds; undefined where it may hold anything. */
export function kindOf(type: string, attribute: string): IdentityKind | undefined {
  const own = ownKindOf(type);
  if (attribute === 'id' && own !== undefined) return own;
  const field = fieldOf(attribute);
  if (field !== undefined) return field.kind;
  if (own !== undefined || /(^|_)(arn|cidr_block|cidr_blocks|ip|ips)$/.test(attribute)) return 'other';
  return undefined;
}

/** Fields without a kind, by the attributes that stand in them as they are; others hold texts that are made with one. */
const HOLDERS: readonly { readonly fields: RegExp; readonly attributes: RegExp }[] = [
  { fields: /(^id|_ids?)$/, attributes: /(^|_)(id|ids|arn)$/ },
  { fields: /(^|_)(load_balancer|target_group|listener|cluster)_arns?$/, attributes: /^(id|arn)$/ },
  {
    fields: /^(cluster|instance|instances|network_interface|role|task_definition)$/,
    attributes: /(^|_)(id|arn)$/,
  },
  { fields: /^(elb|load_balancers|launch_configuration)$/, attributes: /^(id|name)$/ },
  { fields: /(subnet_group|autoscaling_group|launch_template)_name$/, attributes: /^(id|name)$/ },
  { fields: /^version$/, attributes: /^latest_version$/ },
];

/** Whether an unknown value in the field can be the attribute, and nothing made of it. */
export function canBeIdentity(field: string, type: string, attribute: string): boolean {
  const wanted = fieldOf(field);
  if (wanted !== undefined) {
    const kind = kindOf(type, attribute);
    return kind === wanted.kind || (kind === undefined && /(^|_)(id|ids|arn)$/.test(attribute));
  }
  if (field === 'resource_id') return false;
  return HOLDERS.some((holder) => holder.fields.test(field) && holder.attributes.test(attribute));
}

/** Ids of AWS by their beginning, and the types whose own id begins so, the likeliest first. */
export const TYPES_BY_PREFIX: Readonly<Record<string, readonly string[]>> = {
  acl: ['aws_network_acl', 'aws_default_network_acl'],
  eigw: ['aws_egress_only_internet_gateway'],
  eipalloc: ['aws_eip'],
  eni: ['aws_network_interface'],
  i: ['aws_instance'],
  igw: ['aws_internet_gateway'],
  lt: ['aws_launch_template'],
  nat: ['aws_nat_gateway'],
  pcx: ['aws_vpc_peering_connection', 'aws_vpc_peering_connection_accepter'],
  pl: ['aws_ec2_managed_prefix_list', 'aws_prefix_list'],
  rtb: ['aws_route_table', 'aws_default_route_table'],
  sg: ['aws_security_group', 'aws_default_security_group'],
  subnet: ['aws_subnet', 'aws_default_subnet'],
  tgw: ['aws_ec2_transit_gateway'],
  vgw: ['aws_vpn_gateway'],
  vpc: ['aws_vpc', 'aws_default_vpc'],
  vpce: ['aws_vpc_endpoint'],
};
