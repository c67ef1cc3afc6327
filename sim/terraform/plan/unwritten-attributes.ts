/**
 * Attributes that a plan's configuration does not show and that bear on packets all the same: blocks that dynamic blocks
 * make, and addresses that AWS has given already.
 */

import type { JsonObject } from '../configuration.ts';
import { isArray, isObject, member } from './json.ts';
import { isBlockList, isMadeBlock } from './planned-body.ts';
import { expressionsOf, type PlannedInstance } from './planned-modules.ts';

interface Given {
  readonly attributes: readonly string[];
  /** Where one of these is written, it says otherwise where the address comes from. */
  readonly unless?: readonly string[];
}

/** Addresses that are kept for as long as the resource lives. */
const ADDRESSES: Readonly<Record<string, Given>> = {
  aws_instance: {
    attributes: ['private_ip'],
    unless: ['network_interface', 'primary_network_interface', 'secondary_private_ips'],
  },
  aws_nat_gateway: { attributes: ['private_ip'], unless: ['secondary_private_ip_addresses'] },
  aws_network_interface: { attributes: ['private_ips'], unless: ['private_ips_count', 'private_ip_list'] },
  aws_subnet: { attributes: ['availability_zone'], unless: ['availability_zone_id'] },
  aws_vpc: { attributes: ['ipv6_cidr_block'], unless: ['ipv6_ipam_pool_id'] },
  aws_default_vpc: { attributes: ['ipv6_cidr_block'] },
  aws_vpc_ipv6_cidr_block_association: { attributes: ['ipv6_cidr_block'], unless: ['ipv6_ipam_pool_id'] },
};

/** Lists of objects that a provider only reports. */
const REPORTED: ReadonlySet<string> = new Set([
  'aws_acm_certificate.domain_validation_options',
  'aws_acm_certificate.renewal_summary',
  'aws_db_instance.listener_endpoint',
  'aws_db_instance.master_user_secret',
  'aws_docdb_cluster.master_user_secret',
  'aws_efs_file_system.size_in_bytes',
  'aws_eks_cluster.certificate_authority',
  'aws_eks_cluster.identity',
  'aws_eks_node_group.resources',
  'aws_elasticache_cluster.cache_nodes',
  'aws_globalaccelerator_accelerator.ip_sets',
  'aws_nat_gateway.regional_nat_gateway_address',
  'aws_rds_cluster.master_user_secret',
  'aws_redshift_cluster.cluster_nodes',
  'aws_spot_instance_request.primary_network_interface',
  'aws_vpc_endpoint.dns_entry',
  'aws_vpc_endpoint_service.private_dns_name_configuration',
]);

/** Filled in by the provider unless they are written, which a dynamic block may do: by what says that nobody does. */
const AMBIGUOUS: Readonly<Record<string, Copied>> = {
  'aws_autoscaling_group.mixed_instances_policy': { fields: ['launch_template', 'launch_configuration'] },
  'aws_lb.subnet_mapping': { fields: ['subnets'] },
  'aws_alb.subnet_mapping': { fields: ['subnets'] },
  'aws_ec2_managed_prefix_list.entry': { types: ['aws_ec2_managed_prefix_list_entry'] },
};

interface Copied {
  /** Written in the resource itself, they say the same. */
  readonly fields?: readonly string[];
  /** Resources of these types that name it in the field say the same. */
  readonly types?: readonly string[];
  readonly by?: string;
}

const GROUP_RULES: Copied = {
  types: [
    'aws_security_group_rule',
    'aws_vpc_security_group_ingress_rule',
    'aws_vpc_security_group_egress_rule',
  ],
  by: 'security_group_id',
};
const ROUTES: Copied = {
  types: ['aws_route', 'aws_vpc_endpoint_route_table_association'],
  by: 'route_table_id',
};
const ENTRIES: Copied = { types: ['aws_network_acl_rule'], by: 'network_acl_id' };
const MAPPINGS: Copied = { fields: ['subnets'] };

/** Of what is built, a state also holds here what is written elsewhere. */
const COPIED: Readonly<Record<string, Copied>> = {
  'aws_security_group.ingress': GROUP_RULES,
  'aws_security_group.egress': GROUP_RULES,
  'aws_default_security_group.ingress': GROUP_RULES,
  'aws_default_security_group.egress': GROUP_RULES,
  'aws_route_table.route': ROUTES,
  'aws_default_route_table.route': ROUTES,
  'aws_network_acl.ingress': ENTRIES,
  'aws_network_acl.egress': ENTRIES,
  'aws_ec2_managed_prefix_list.entry': { types: ['aws_ec2_managed_prefix_list_entry'], by: 'prefix_list_id' },
  'aws_lb.subnet_mapping': MAPPINGS,
  'aws_alb.subnet_mapping': MAPPINGS,
};

export function unwrittenAttributes(
  instances: readonly PlannedInstance[],
): (instance: PlannedInstance, name: string) => boolean {
  const named = new Set<string>();
  const types = new Set<string>();
  for (const { kind, type, values } of instances) {
    if (kind !== 'resource') continue;
    types.add(type);
    for (const field of ['security_group_id', 'route_table_id', 'network_acl_id', 'prefix_list_id']) {
      if (typeof values[field] === 'string') named.add(`${type} ${field} ${values[field]}`);
    }
  }
  return (instance, name) => {
    const { type, values, isCreated } = instance;
    if (instance.kind === 'data') return true;
    const value = values[name];
    const triple = { value, unknown: member(instance.unknown, name), sensitive: undefined };
    if (triple.unknown === true) {
      return isMadeBlock(name, triple) || isAmbiguous(instance, AMBIGUOUS[`${type}.${name}`], types);
    }
    if (value === undefined || value === null) return false;
    if (isGiven(instance, name)) return true;
    if (!isBlockList(value) || REPORTED.has(`${type}.${name}`)) return false;
    return isCreated || !isCopied(instance, COPIED[`${type}.${name}`], named);
  };
}

function isAmbiguous(
  instance: PlannedInstance,
  settled: Copied | undefined,
  types: ReadonlySet<string>,
): boolean {
  if (settled === undefined) return false;
  const expressions = expressionsOf(instance);
  const isSettled =
    settled.fields?.some((field) => Object.hasOwn(expressions, field)) ||
    settled.types?.some((type) => types.has(type));
  return !isSettled;
}

function isGiven(instance: PlannedInstance, name: string): boolean {
  const given = ADDRESSES[instance.type];
  if (!given?.attributes.includes(name)) return false;
  const expressions = expressionsOf(instance);
  if (given.unless?.some((other) => Object.hasOwn(expressions, other))) return false;
  const value = instance.values[name] ?? null;
  const texts = isArray(value) ? value : [value];
  return texts.length > 0 && texts.every((text) => typeof text === 'string' && text !== '');
}

function isCopied(
  instance: PlannedInstance,
  copied: Copied | undefined,
  named: ReadonlySet<string>,
): boolean {
  if (copied === undefined) return false;
  const { fields = [], types = [], by = '' } = copied;
  const expressions: JsonObject = expressionsOf(instance);
  if (fields.some((field) => isObject(expressions[field]))) return true;
  return types.some((type) => named.has(`${type} ${by} ${String(instance.values.id)}`));
}
