/** The plainest of the plain interfaces: services that list their subnets and groups, and have nothing else about them. */

import type { EndpointKind } from '../model.ts';
import type { PlainInterfaces } from './plain-interfaces.ts';

/** Type, kind, what ids begin with, where its subnets stand, where its groups stand. */
type Row = readonly [string, EndpointKind, string, string, string];

const ROWS: readonly Row[] = [
  ['aws_apigatewayv2_vpc_link', 'network-interface', 'link', 'subnet_ids', 'security_group_ids'],
  [
    'aws_appstream_fleet',
    'network-interface',
    'appstream',
    'vpc_config.subnet_ids',
    'vpc_config.security_group_ids',
  ],
  ['aws_apprunner_vpc_connector', 'network-interface', 'apprunner', 'subnets', 'security_groups'],
  [
    'aws_batch_compute_environment',
    'ecs-task',
    'batch',
    'compute_resources.subnets',
    'compute_resources.security_group_ids',
  ],
  [
    'aws_cloudwatch_event_target',
    'ecs-task',
    'event',
    'ecs_target.network_configuration.subnets',
    'ecs_target.network_configuration.security_groups',
  ],
  [
    'aws_codebuild_fleet',
    'network-interface',
    'codebuild',
    'vpc_config.subnets',
    'vpc_config.security_group_ids',
  ],
  [
    'aws_codebuild_project',
    'network-interface',
    'codebuild',
    'vpc_config.subnets',
    'vpc_config.security_group_ids',
  ],
  ['aws_db_proxy', 'database', 'proxy', 'vpc_subnet_ids', 'vpc_security_group_ids'],
  ['aws_db_proxy_endpoint', 'database', 'proxy', 'vpc_subnet_ids', 'vpc_security_group_ids'],
  ['aws_docdbelastic_cluster', 'database', 'docdb', 'subnet_ids', 'vpc_security_group_ids'],
  [
    'aws_emrserverless_application',
    'network-interface',
    'emr',
    'network_configuration.subnet_ids',
    'network_configuration.security_group_ids',
  ],
  ['aws_fsx_file_cache', 'network-interface', 'fsx', 'subnet_ids', 'security_group_ids'],
  ['aws_fsx_lustre_file_system', 'network-interface', 'fsx', 'subnet_ids', 'security_group_ids'],
  ['aws_fsx_ontap_file_system', 'network-interface', 'fsx', 'subnet_ids', 'security_group_ids'],
  ['aws_fsx_openzfs_file_system', 'network-interface', 'fsx', 'subnet_ids', 'security_group_ids'],
  ['aws_fsx_windows_file_system', 'network-interface', 'fsx', 'subnet_ids', 'security_group_ids'],
  [
    'aws_grafana_workspace',
    'network-interface',
    'grafana',
    'vpc_configuration.subnet_ids',
    'vpc_configuration.security_group_ids',
  ],
  [
    'aws_kinesisanalyticsv2_application',
    'network-interface',
    'analytics',
    'application_configuration.vpc_configuration.subnet_ids',
    'application_configuration.vpc_configuration.security_group_ids',
  ],
  [
    'aws_msk_serverless_cluster',
    'network-interface',
    'msk',
    'vpc_config.subnet_ids',
    'vpc_config.security_group_ids',
  ],
  ['aws_msk_vpc_connection', 'network-interface', 'msk', 'client_subnets', 'security_groups'],
  [
    'aws_mskconnect_connector',
    'network-interface',
    'msk',
    'kafka_cluster.apache_kafka_cluster.vpc.subnets',
    'kafka_cluster.apache_kafka_cluster.vpc.security_groups',
  ],
  [
    'aws_mwaa_environment',
    'network-interface',
    'mwaa',
    'network_configuration.subnet_ids',
    'network_configuration.security_group_ids',
  ],
  [
    'aws_opensearch_vpc_endpoint',
    'interface-endpoint',
    'endpoint',
    'vpc_options.subnet_ids',
    'vpc_options.security_group_ids',
  ],
  [
    'aws_opensearchserverless_vpc_endpoint',
    'interface-endpoint',
    'endpoint',
    'subnet_ids',
    'security_group_ids',
  ],
  [
    'aws_prometheus_scraper',
    'network-interface',
    'scraper',
    'source.eks.subnet_ids',
    'source.eks.security_group_ids',
  ],
  ['aws_quicksight_vpc_connection', 'network-interface', 'quicksight', 'subnet_ids', 'security_group_ids'],
  [
    'aws_redshiftserverless_endpoint_access',
    'interface-endpoint',
    'redshift',
    'subnet_ids',
    'vpc_security_group_ids',
  ],
  [
    'aws_sagemaker_model',
    'network-interface',
    'sagemaker',
    'vpc_config.subnets',
    'vpc_config.security_group_ids',
  ],
  [
    'aws_scheduler_schedule',
    'ecs-task',
    'schedule',
    'target.ecs_parameters.network_configuration.subnets',
    'target.ecs_parameters.network_configuration.security_groups',
  ],
  ['aws_vpclattice_resource_gateway', 'network-interface', 'lattice', 'subnet_ids', 'security_group_ids'],
];

/** Tasks that are started now and then may have public addresses. */
const PUBLIC_AT: Readonly<Record<string, string>> = {
  aws_cloudwatch_event_target: 'ecs_target.network_configuration.assign_public_ip',
  aws_scheduler_schedule: 'target.ecs_parameters.network_configuration.assign_public_ip',
};

export const LISTED_INTERFACES: readonly PlainInterfaces[] = ROWS.map(([type, kind, prefix, at, groups]) => {
  const publicAt = PUBLIC_AT[type];
  return {
    type,
    kind,
    prefix,
    subnets: { at },
    otherwise: 'none',
    groups,
    ...(publicAt === undefined ? {} : { publicIf: { at: publicAt, values: ['true'] } }),
  };
});
