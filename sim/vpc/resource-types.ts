/**
 * What each resource type means for packets. A type that is not in these tables is refused, as is one that bears on
 * reachability and is not modelled: a verdict that silently leaves something out is worse than none.
 */

export type Bearing = 'modelled' | 'inert' | 'not-modelled' | 'unlisted';

const MODELLED: ReadonlySet<string> = new Set([
  'aws_autoscaling_group',
  'aws_default_network_acl',
  'aws_default_route_table',
  'aws_default_security_group',
  'aws_eip',
  'aws_eip_association',
  'aws_instance',
  'aws_internet_gateway',
  'aws_internet_gateway_attachment',
  'aws_launch_template',
  'aws_main_route_table_association',
  'aws_network_acl',
  'aws_network_acl_association',
  'aws_network_acl_rule',
  'aws_route',
  'aws_route_table',
  'aws_route_table_association',
  'aws_security_group',
  'aws_security_group_rule',
  'aws_subnet',
  'aws_vpc',
  'aws_vpc_endpoint',
  'aws_vpc_endpoint_route_table_association',
  'aws_vpc_ipv4_cidr_block_association',
  'aws_vpc_security_group_egress_rule',
  'aws_vpc_security_group_ingress_rule',
]);

/** Services that own no network interface in a VPC and change no packet: permissions, storage, keys, records, alarms. */
const INERT_FAMILIES: readonly string[] = [
  'aws_accessanalyzer_',
  'aws_acm_',
  'aws_backup_',
  'aws_budgets_',
  'aws_cloudtrail',
  'aws_cloudwatch_',
  'aws_config_',
  'aws_dynamodb_',
  'aws_ecr_',
  'aws_guardduty_',
  'aws_iam_',
  'aws_inspector2_',
  'aws_kms_',
  'aws_s3_',
  'aws_secretsmanager_',
  'aws_securityhub_',
  'aws_sns_',
  'aws_sqs_',
  'aws_ssm_',
  'aws_wafv2_',
  'aws_xray_',
  'random_',
  'time_',
  'tls_',
];

const INERT: ReadonlySet<string> = new Set([
  'aws_autoscaling_lifecycle_hook',
  'aws_autoscaling_notification',
  'aws_autoscaling_policy',
  'aws_autoscaling_schedule',
  'aws_ebs_default_kms_key',
  'aws_ebs_encryption_by_default',
  'aws_ebs_volume',
  'aws_ec2_instance_metadata_defaults',
  'aws_flow_log',
  'aws_key_pair',
  'aws_placement_group',
  'aws_route53_health_check',
  'aws_route53_record',
  'aws_route53_zone',
  'aws_volume_attachment',
  'aws_vpc_endpoint_connection_notification',
  'aws_vpc_endpoint_policy',
]);

/** They own interfaces, filter, translate or carry packets. The prefix covers the family. */
const NOT_MODELLED_FAMILIES: readonly string[] = [
  'aws_alb',
  'aws_apigatewayv2_vpc_link',
  'aws_autoscaling_attachment',
  'aws_autoscaling_traffic_source_attachment',
  'aws_cloudfront_vpc_origin',
  'aws_customer_gateway',
  'aws_db_',
  'aws_default_subnet',
  'aws_default_vpc',
  'aws_docdb_',
  'aws_dx_',
  'aws_ec2_client_vpn_',
  'aws_ec2_instance_connect_endpoint',
  'aws_ec2_managed_prefix_list',
  'aws_ec2_transit_gateway',
  'aws_ecs_',
  'aws_efs_',
  'aws_egress_only_internet_gateway',
  'aws_eks_',
  'aws_elasticache_',
  'aws_elb',
  'aws_fsx_',
  'aws_globalaccelerator_',
  'aws_lambda_function',
  'aws_launch_configuration',
  'aws_lb',
  'aws_msk_',
  'aws_nat_gateway',
  'aws_neptune_',
  'aws_network_interface',
  'aws_networkfirewall_',
  'aws_opensearch_',
  'aws_rds_',
  'aws_redshift_',
  'aws_route53_resolver_',
  'aws_spot_',
  'aws_vpc_block_public_access_',
  'aws_vpc_dhcp_options',
  'aws_vpc_encryption_control',
  'aws_vpc_endpoint_',
  'aws_vpc_ipv6_cidr_block_association',
  'aws_vpc_peering_connection',
  'aws_vpc_security_group_vpc_association',
  'aws_vpclattice_',
  'aws_vpn_',
];

export function bearingOf(type: string): Bearing {
  if (MODELLED.has(type)) return 'modelled';
  if (INERT.has(type) || INERT_FAMILIES.some((family) => type.startsWith(family))) return 'inert';
  if (NOT_MODELLED_FAMILIES.some((family) => type.startsWith(family))) return 'not-modelled';
  return 'unlisted';
}
