/**
 * What each resource type means for packets. One that bears on reachability and is not modelled is listed with what it
 * touches, and so is one that is in no table: a verdict that silently leaves something out is worse than none.
 */

import { ENDPOINT_TYPES } from './endpoints/endpoint-types.ts';
import { INERT_ENDPOINT_TYPES } from './endpoints/inert-endpoint-types.ts';
import { INERT_FAMILIES, INERT_TYPES } from './inert-types.ts';

export type Bearing = 'modelled' | 'inert' | 'not-modelled' | 'unlisted';

const MODELLED: ReadonlySet<string> = new Set([
  ...ENDPOINT_TYPES,
  'aws_default_network_acl',
  'aws_default_route_table',
  'aws_default_security_group',
  'aws_default_subnet',
  'aws_default_vpc',
  'aws_ec2_managed_prefix_list',
  'aws_ec2_managed_prefix_list_entry',
  'aws_egress_only_internet_gateway',
  'aws_internet_gateway',
  'aws_internet_gateway_attachment',
  'aws_main_route_table_association',
  'aws_nat_gateway',
  'aws_nat_gateway_eip_association',
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
  'aws_vpc_block_public_access_options',
  'aws_vpc_endpoint',
  'aws_vpc_endpoint_route_table_association',
  'aws_vpc_ipv4_cidr_block_association',
  'aws_vpc_ipv6_cidr_block_association',
  'aws_vpc_peering_connection',
  'aws_vpc_peering_connection_accepter',
  'aws_vpc_peering_connection_options',
  'aws_vpc_route_server_propagation',
  'aws_vpc_security_group_egress_rule',
  'aws_vpc_security_group_ingress_rule',
  'aws_vpc_security_group_rules_exclusive',
  'aws_vpc_security_group_vpc_association',
  'aws_vpn_gateway_route_propagation',
]);

const ITS_INTERFACES = 'packets from and to its interfaces';
const ROUTED = 'packets routed to it';
const SHARED = 'who may put endpoints into shared subnets, and use shared networks';
const PRIVATE_LINK = 'packets from other accounts to its load balancers';
const BY_KUBERNETES = 'packets to load balancers that the cluster makes';
const BY_LOAD_BALANCER = 'what its load balancer passes on';

/** They own interfaces, filter, translate or carry packets: what they touch, in words. The prefix covers the family. */
const NOT_MODELLED: Readonly<Record<string, string>> = {
  aws_alb: BY_LOAD_BALANCER,
  aws_api_gateway_vpc_link: 'packets from the API to its target',
  aws_apigatewayv2_vpc_link: ITS_INTERFACES,
  aws_apprunner_vpc_connector: ITS_INTERFACES,
  aws_batch_compute_environment: ITS_INTERFACES,
  aws_bedrock_custom_model: ITS_INTERFACES,
  aws_bedrock_model_invocation_job: ITS_INTERFACES,
  aws_cloudfront_vpc_origin: 'packets from CloudFront to its origin',
  aws_cloudhsm_: ITS_INTERFACES,
  aws_codeconnections_host: ITS_INTERFACES,
  aws_codestarconnections_host: ITS_INTERFACES,
  aws_customer_gateway: 'packets of its VPN',
  aws_dax_: ITS_INTERFACES,
  aws_db_proxy: ITS_INTERFACES,
  aws_directory_service_: ITS_INTERFACES,
  aws_dms_: ITS_INTERFACES,
  aws_docdb: ITS_INTERFACES,
  aws_dx_: 'packets by Direct Connect',
  aws_ec2_carrier_gateway: ROUTED,
  aws_ec2_client_vpn_: 'packets of its clients',
  aws_ec2_fleet: ITS_INTERFACES,
  aws_ec2_instance_connect_endpoint: ITS_INTERFACES,
  aws_ec2_local_gateway: ROUTED,
  aws_ec2_secondary_: ITS_INTERFACES,
  aws_ec2_traffic_mirror_: 'copies of packets',
  aws_ec2_transit_gateway: ROUTED,
  aws_ecs_capacity_provider: 'machines that it may make by itself',
  aws_ecs_express_gateway_service: ITS_INTERFACES,
  aws_ecs_task_set: ITS_INTERFACES,
  aws_efs_mount_target: ITS_INTERFACES,
  aws_eks_: ITS_INTERFACES,
  aws_elastic_beanstalk_: ITS_INTERFACES,
  aws_elasticache_: ITS_INTERFACES,
  aws_elasticsearch_: ITS_INTERFACES,
  aws_elb: ITS_INTERFACES,
  aws_emr: ITS_INTERFACES,
  aws_fsx_: ITS_INTERFACES,
  aws_globalaccelerator_: 'packets from the internet to its endpoints',
  aws_glue_connection: ITS_INTERFACES,
  aws_glue_dev_endpoint: ITS_INTERFACES,
  aws_imagebuilder_infrastructure_configuration: ITS_INTERFACES,
  aws_iot_topic_rule_destination: ITS_INTERFACES,
  aws_kinesis_firehose_delivery_stream: ITS_INTERFACES,
  aws_lambda_capacity_provider: ITS_INTERFACES,
  aws_launch_configuration: 'machines made from it',
  aws_lb: BY_LOAD_BALANCER,
  aws_memorydb_: ITS_INTERFACES,
  aws_mq_: ITS_INTERFACES,
  aws_msk: ITS_INTERFACES,
  aws_mwaa_: ITS_INTERFACES,
  aws_neptune_: ITS_INTERFACES,
  aws_neptunegraph_private_graph_endpoint: ITS_INTERFACES,
  aws_network_interface: 'packets from and to it',
  aws_networkfirewall_: 'packets routed to its endpoints',
  aws_networkmanager_: ROUTED,
  aws_opensearch_: ITS_INTERFACES,
  aws_quicksight_vpc_connection: ITS_INTERFACES,
  aws_ram_: SHARED,
  aws_rds_: ITS_INTERFACES,
  aws_redshift: ITS_INTERFACES,
  aws_route53_resolver_endpoint: ITS_INTERFACES,
  aws_sagemaker_: ITS_INTERFACES,
  aws_spot_: ITS_INTERFACES,
  aws_transfer_server: ITS_INTERFACES,
  aws_vpc_block_public_access_: 'packets from and to the internet',
  aws_vpc_encryption_control: 'packets between machines that do not encrypt',
  aws_vpc_endpoint_: 'packets to the endpoint',
  aws_vpc_endpoint_connection_accepter: PRIVATE_LINK,
  aws_vpc_endpoint_service: PRIVATE_LINK,
  aws_vpc_route_server: 'routes that it propagates',
  aws_vpclattice_: 'packets to its services',
  aws_vpn_: 'packets of the VPN',
  helm_release: BY_KUBERNETES,
  kubectl_: BY_KUBERNETES,
  kubernetes_ingress: BY_KUBERNETES,
  kubernetes_manifest: BY_KUBERNETES,
  kubernetes_service: BY_KUBERNETES,
};

export function bearingOf(type: string): Bearing {
  if (MODELLED.has(type)) return 'modelled';
  if (INERT_TYPES.has(type) || INERT_ENDPOINT_TYPES.has(type)) return 'inert';
  const [family = ''] = [...Object.keys(NOT_MODELLED), ...INERT_FAMILIES]
    .filter((prefix) => type.startsWith(prefix))
    .sort((left, right) => right.length - left.length);
  if (family === '') return 'unlisted';
  return Object.hasOwn(NOT_MODELLED, family) ? 'not-modelled' : 'inert';
}

/** What a type that is not modelled touches. */
/** What these touch is carried at the parts themselves: routes to them, attachments, settings. All others may hide endpoints. */
const CARRIED: readonly RegExp[] = [
  /^aws_ec2_(transit_gateway|local_gateway|carrier_gateway|traffic_mirror_)/,
  /^aws_(customer_gateway|vpn_|dx_|networkfirewall_|networkmanager_|vpc_route_server)/,
  /^aws_vpc_(block_public_access_|encryption_control)/,
  /^aws_(alb|lb)/,
];

/** Whether endpoints or openings may stand behind a resource of the type of which no verdict speaks. */
export function mayHide(type: string): boolean {
  const bearing = bearingOf(type);
  if (bearing === 'unlisted') return true;
  return bearing === 'not-modelled' && !CARRIED.some((pattern) => pattern.test(type));
}

export function touchesOf(type: string): string {
  const [family] = Object.keys(NOT_MODELLED)
    .filter((prefix) => type.startsWith(prefix))
    .sort((left, right) => right.length - left.length);
  return (family && NOT_MODELLED[family]) ?? 'whether any packet, is not known';
}
