/**
 * Services whose interfaces are plain: one in each of their subnets, with the groups that they name. Where these stand
 * in a resource is a table; nothing else of such a resource bears on packets.
 */

import type { EndpointKind } from '../model.ts';
import { LISTED_INTERFACES } from './listed-interfaces.ts';

/** A field; `outer.inner` is a field of a nested block. */
export type FieldPath = string;

export interface PlainInterfaces {
  readonly type: string;
  readonly kind: EndpointKind;
  /** What ids begin with. */
  readonly prefix: string;
  readonly subnets:
    | { readonly at: FieldPath }
    /** One subnet; `single`: the endpoint is the resource itself. */
    | { readonly one: FieldPath }
    /** By a subnet group's name or id. */
    | { readonly group: FieldPath; readonly type: string };
  /** Without subnets: in the account's default VPC, or in no VPC at all. */
  readonly otherwise: 'default-vpc' | 'none';
  readonly groups?: FieldPath;
  /** Without groups of its own: the VPC's default group, or groups that AWS makes and nobody knows. */
  readonly withoutGroups?: 'default' | 'made-by-aws';
  /** Beside those named AWS adds a group of its own. */
  readonly addsGroup?: string;
  /** It has public addresses where the field holds one of these. */
  readonly publicIf?: { readonly at: FieldPath; readonly values: readonly string[] };
  /** It has public addresses where the list names any. */
  readonly publicIfListed?: FieldPath;
  /** Members elsewhere whose switch counts for it. */
  readonly publicByMembers?: { readonly type: string; readonly by: string; readonly flag: string };
  /** It has IPv6 addresses where this field holds one of these values. */
  readonly ipv6?: { readonly at: FieldPath; readonly values: readonly string[] };
  /** A replica stands in the subnets of what this names, by id or by `identifier`. */
  readonly replicaOf?: FieldPath;
  /** Private addresses, beside the subnet to which each belongs. */
  readonly fixed?: { readonly ipv4: FieldPath; readonly ipv6: FieldPath };
  /** It has none of its own where this is written: it belongs to another resource. */
  readonly unlessWritten?: FieldPath;
  /** It has interfaces only where the field holds one of these. */
  readonly onlyIf?: { readonly at: FieldPath; readonly values: readonly string[] };
}

const VPC_CONFIG = {
  subnets: { at: 'vpc_config.subnet_ids' },
  groups: 'vpc_config.security_group_ids',
} as const;
const ACCESSIBLE = { at: 'publicly_accessible', values: ['true'] } as const;
const DUAL = { at: 'network_type', values: ['DUAL', 'dual_stack', 'ipv6'] } as const;

export const PLAIN_INTERFACES: readonly PlainInterfaces[] = [
  {
    type: 'aws_db_instance',
    kind: 'database',
    prefix: 'db',
    subnets: { group: 'db_subnet_group_name', type: 'aws_db_subnet_group' },
    otherwise: 'default-vpc',
    groups: 'vpc_security_group_ids',
    publicIf: ACCESSIBLE,
    ipv6: DUAL,
    replicaOf: 'replicate_source_db',
  },
  {
    type: 'aws_rds_cluster',
    kind: 'database',
    prefix: 'db',
    subnets: { group: 'db_subnet_group_name', type: 'aws_db_subnet_group' },
    otherwise: 'default-vpc',
    groups: 'vpc_security_group_ids',
    publicByMembers: {
      type: 'aws_rds_cluster_instance',
      by: 'cluster_identifier',
      flag: 'publicly_accessible',
    },
    ipv6: DUAL,
  },
  {
    type: 'aws_docdb_cluster',
    kind: 'database',
    prefix: 'docdb',
    subnets: { group: 'db_subnet_group_name', type: 'aws_docdb_subnet_group' },
    otherwise: 'default-vpc',
    groups: 'vpc_security_group_ids',
    ipv6: DUAL,
  },
  {
    type: 'aws_neptune_cluster',
    kind: 'database',
    prefix: 'neptune',
    subnets: { group: 'neptune_subnet_group_name', type: 'aws_neptune_subnet_group' },
    otherwise: 'default-vpc',
    groups: 'vpc_security_group_ids',
    publicByMembers: {
      type: 'aws_neptune_cluster_instance',
      by: 'cluster_identifier',
      flag: 'publicly_accessible',
    },
  },
  {
    type: 'aws_redshift_cluster',
    kind: 'database',
    prefix: 'redshift',
    subnets: { group: 'cluster_subnet_group_name', type: 'aws_redshift_subnet_group' },
    otherwise: 'default-vpc',
    groups: 'vpc_security_group_ids',
    publicIf: ACCESSIBLE,
  },
  {
    type: 'aws_redshiftserverless_workgroup',
    kind: 'database',
    prefix: 'redshift',
    subnets: { at: 'subnet_ids' },
    otherwise: 'default-vpc',
    groups: 'security_group_ids',
    publicIf: ACCESSIBLE,
  },
  {
    type: 'aws_elasticache_cluster',
    kind: 'cache',
    prefix: 'cache',
    subnets: { group: 'subnet_group_name', type: 'aws_elasticache_subnet_group' },
    otherwise: 'default-vpc',
    groups: 'security_group_ids',
    ipv6: DUAL,
    unlessWritten: 'replication_group_id',
  },
  {
    type: 'aws_elasticache_replication_group',
    kind: 'cache',
    prefix: 'cache',
    subnets: { group: 'subnet_group_name', type: 'aws_elasticache_subnet_group' },
    otherwise: 'default-vpc',
    groups: 'security_group_ids',
    ipv6: DUAL,
  },
  {
    type: 'aws_elasticache_serverless_cache',
    kind: 'cache',
    prefix: 'cache',
    subnets: { at: 'subnet_ids' },
    otherwise: 'default-vpc',
    groups: 'security_group_ids',
    ipv6: DUAL,
  },
  {
    type: 'aws_memorydb_cluster',
    kind: 'cache',
    prefix: 'memorydb',
    subnets: { group: 'subnet_group_name', type: 'aws_memorydb_subnet_group' },
    otherwise: 'default-vpc',
    groups: 'security_group_ids',
    ipv6: DUAL,
  },
  {
    type: 'aws_dax_cluster',
    kind: 'cache',
    prefix: 'dax',
    subnets: { group: 'subnet_group_name', type: 'aws_dax_subnet_group' },
    otherwise: 'default-vpc',
    groups: 'security_group_ids',
  },
  {
    type: 'aws_lambda_function',
    kind: 'lambda',
    prefix: 'lambda',
    ...VPC_CONFIG,
    otherwise: 'none',
    ipv6: { at: 'vpc_config.ipv6_allowed_for_dual_stack', values: ['true'] },
  },
  {
    type: 'aws_efs_mount_target',
    kind: 'network-interface',
    prefix: 'efs',
    subnets: { one: 'subnet_id' },
    otherwise: 'none',
    groups: 'security_groups',
    fixed: { ipv4: 'ip_address', ipv6: 'ipv6_address' },
    ipv6: { at: 'ip_address_type', values: ['DUAL_STACK', 'IPV6_ONLY'] },
  },
  {
    type: 'aws_mq_broker',
    kind: 'network-interface',
    prefix: 'mq',
    subnets: { at: 'subnet_ids' },
    otherwise: 'default-vpc',
    groups: 'security_groups',
    publicIf: ACCESSIBLE,
  },
  {
    type: 'aws_opensearch_domain',
    kind: 'database',
    prefix: 'opensearch',
    subnets: { at: 'vpc_options.subnet_ids' },
    otherwise: 'none',
    groups: 'vpc_options.security_group_ids',
    ipv6: { at: 'ip_address_type', values: ['dualstack'] },
  },
  {
    type: 'aws_elasticsearch_domain',
    kind: 'database',
    prefix: 'opensearch',
    subnets: { at: 'vpc_options.subnet_ids' },
    otherwise: 'none',
    groups: 'vpc_options.security_group_ids',
  },
  {
    type: 'aws_msk_cluster',
    kind: 'network-interface',
    prefix: 'msk',
    subnets: { at: 'broker_node_group_info.client_subnets' },
    otherwise: 'none',
    groups: 'broker_node_group_info.security_groups',
    publicIf: {
      at: 'broker_node_group_info.connectivity_info.public_access.type',
      values: ['SERVICE_PROVIDED_EIPS'],
    },
    ipv6: { at: 'broker_node_group_info.connectivity_info.network_type', values: ['DUAL'] },
  },
  {
    type: 'aws_eks_cluster',
    kind: 'network-interface',
    prefix: 'eks',
    ...VPC_CONFIG,
    otherwise: 'none',
    addsGroup: 'it also has the cluster security group, which EKS makes',
    ipv6: { at: 'kubernetes_network_config.ip_family', values: ['ipv6'] },
    withoutGroups: 'made-by-aws',
  },
  {
    type: 'aws_eks_fargate_profile',
    kind: 'ecs-task',
    prefix: 'eks',
    subnets: { at: 'subnet_ids' },
    otherwise: 'none',
    withoutGroups: 'made-by-aws',
  },
  {
    type: 'aws_transfer_server',
    kind: 'network-interface',
    prefix: 'transfer',
    subnets: { at: 'endpoint_details.subnet_ids' },
    otherwise: 'none',
    groups: 'endpoint_details.security_group_ids',
    onlyIf: { at: 'endpoint_type', values: ['VPC', 'VPC_ENDPOINT'] },
    publicIfListed: 'endpoint_details.address_allocation_ids',
    ipv6: { at: 'ip_address_type', values: ['DUALSTACK'] },
  },
  {
    type: 'aws_ec2_instance_connect_endpoint',
    kind: 'network-interface',
    prefix: 'connect',
    subnets: { one: 'subnet_id' },
    otherwise: 'none',
    groups: 'security_group_ids',
  },
  {
    type: 'aws_route53_resolver_endpoint',
    kind: 'network-interface',
    prefix: 'resolver',
    subnets: { at: 'ip_address.subnet_id' },
    fixed: { ipv4: 'ip_address.ip', ipv6: 'ip_address.ipv6' },
    otherwise: 'none',
    groups: 'security_group_ids',
    ipv6: { at: 'resolver_endpoint_type', values: ['DUALSTACK', 'IPV6'] },
  },
  {
    type: 'aws_dms_replication_instance',
    kind: 'network-interface',
    prefix: 'dms',
    subnets: { group: 'replication_subnet_group_id', type: 'aws_dms_replication_subnet_group' },
    otherwise: 'default-vpc',
    groups: 'vpc_security_group_ids',
    publicIf: ACCESSIBLE,
    ipv6: DUAL,
  },
  {
    type: 'aws_synthetics_canary',
    kind: 'lambda',
    prefix: 'canary',
    ...VPC_CONFIG,
    otherwise: 'none',
    ipv6: { at: 'vpc_config.ipv6_allowed_for_dual_stack', values: ['true'] },
  },
  {
    type: 'aws_sagemaker_notebook_instance',
    kind: 'network-interface',
    prefix: 'notebook',
    subnets: { one: 'subnet_id' },
    otherwise: 'none',
    groups: 'security_groups',
  },
  {
    type: 'aws_redshift_endpoint_access',
    kind: 'interface-endpoint',
    prefix: 'redshift',
    subnets: { group: 'subnet_group_name', type: 'aws_redshift_subnet_group' },
    otherwise: 'none',
    groups: 'vpc_security_group_ids',
  },
  {
    type: 'aws_dms_replication_config',
    kind: 'network-interface',
    prefix: 'dms',
    subnets: {
      group: 'compute_config.replication_subnet_group_id',
      type: 'aws_dms_replication_subnet_group',
    },
    otherwise: 'default-vpc',
    groups: 'compute_config.vpc_security_group_ids',
  },
  {
    type: 'aws_timestreaminfluxdb_db_instance',
    kind: 'database',
    prefix: 'influxdb',
    subnets: { at: 'vpc_subnet_ids' },
    otherwise: 'none',
    groups: 'vpc_security_group_ids',
    publicIf: ACCESSIBLE,
    ipv6: DUAL,
  },
  {
    type: 'aws_directory_service_directory',
    kind: 'network-interface',
    prefix: 'directory',
    subnets: { at: 'vpc_settings.subnet_ids' },
    otherwise: 'none',
    withoutGroups: 'made-by-aws',
  },
  {
    type: 'aws_cloudhsm_v2_hsm',
    kind: 'network-interface',
    prefix: 'hsm',
    subnets: { one: 'subnet_id' },
    otherwise: 'none',
    withoutGroups: 'made-by-aws',
  },
  ...LISTED_INTERFACES,
];
