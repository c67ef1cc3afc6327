import { expect, test } from 'vitest';
import { modelOf, type Resources, ref, refusalOf } from '../written-vpc.ts';
import { endpointRows } from './endpoint-rows.ts';

const subnets = [ref('aws_subnet.b.id'), ref('aws_subnet.a.id')];
const one = ref('aws_security_group.one.id');
const group = (type: string, body: object = {}): Resources => ({
  [type]: { g: { name: 'g', subnet_ids: subnets, ...body } },
});
const vpc_config = { subnet_ids: subnets, security_group_ids: [one] };
const pair = (endpoint: string, rest: string) => [
  `${endpoint}#0 ${rest}`,
  `${endpoint}#1 ${rest.replace(' a ', ' b ')}`,
];
const unknown = ref('aws_vpc.main.n');
const database = { db_subnet_group_name: ref('aws_db_subnet_group.g.name'), vpc_security_group_ids: [one] };

test.each<[string, Resources, readonly string[]]>([
  [
    'tasks',
    {
      aws_ecs_service: {
        s: { network_configuration: { subnets, security_groups: [one], assign_public_ip: true } },
      },
    },
    pair('aws_ecs_service.s', 'ecs-task a one public'),
  ],
  [
    'tasks without public addresses and groups',
    { aws_ecs_service: { s: { network_configuration: { subnets } } } },
    pair('aws_ecs_service.s', 'ecs-task a default_group'),
  ],
  [
    'tasks of which it is not known whether they are public',
    {
      aws_ecs_service: {
        s: { network_configuration: { subnets, security_groups: [one], assign_public_ip: unknown } },
      },
    },
    pair('aws_ecs_service.s', 'ecs-task a one public?'),
  ],
  [
    'a function',
    { aws_lambda_function: { f: { vpc_config } } },
    pair('aws_lambda_function.f', 'lambda a one'),
  ],
  [
    'a function with a group that is not known',
    { aws_lambda_function: { f: { vpc_config: { ...vpc_config, security_group_ids: [one, 'sg-1'] } } } },
    pair('aws_lambda_function.f', 'lambda a one groups?'),
  ],
  [
    'a database',
    { ...group('aws_db_subnet_group'), aws_db_instance: { d: database } },
    pair('aws_db_instance.d', 'database a one'),
  ],
  [
    'a database by the name of its subnets, however it is spelt',
    {
      ...group('aws_db_subnet_group', { name: 'Group' }),
      aws_db_instance: { d: { ...database, db_subnet_group_name: 'gROUP' } },
    },
    pair('aws_db_instance.d', 'database a one'),
  ],
  [
    'a public database',
    { ...group('aws_db_subnet_group'), aws_db_instance: { d: { ...database, publicly_accessible: true } } },
    pair('aws_db_instance.d', 'database a one public'),
  ],
  [
    'a database of which it is not known whether it is public',
    {
      ...group('aws_db_subnet_group'),
      aws_db_instance: { d: { ...database, publicly_accessible: unknown } },
    },
    pair('aws_db_instance.d', 'database a one public?'),
  ],
  [
    'a replica, where its source is',
    {
      ...group('aws_db_subnet_group'),
      aws_db_instance: {
        d: { ...database, identifier: 'source' },
        r: { replicate_source_db: ref('aws_db_instance.d.identifier'), vpc_security_group_ids: [one] },
      },
    },
    [...pair('aws_db_instance.d', 'database a one'), ...pair('aws_db_instance.r', 'database a one')],
  ],
  [
    'a cluster with a public member',
    {
      ...group('aws_db_subnet_group'),
      aws_rds_cluster: {
        c: { ...database, cluster_identifier: 'c' },
        other: { ...database, cluster_identifier: 'named' },
      },
      aws_rds_cluster_instance: {
        i: { cluster_identifier: ref('aws_rds_cluster.c.id'), publicly_accessible: true },
        j: { cluster_identifier: ref('aws_rds_cluster.c.id'), publicly_accessible: unknown },
        k: { cluster_identifier: 'named', publicly_accessible: unknown },
      },
    },
    [
      ...pair('aws_rds_cluster.c', 'database a one public'),
      ...pair('aws_rds_cluster.other', 'database a one public?'),
    ],
  ],
  [
    'a cache',
    {
      ...group('aws_elasticache_subnet_group'),
      aws_elasticache_replication_group: {
        c: { subnet_group_name: ref('aws_elasticache_subnet_group.g.id'), security_group_ids: [one] },
      },
      aws_elasticache_cluster: {
        member: { replication_group_id: ref('aws_elasticache_replication_group.c.id') },
      },
    },
    pair('aws_elasticache_replication_group.c', 'cache a one'),
  ],
  [
    'a mount target, which is one interface',
    {
      aws_efs_mount_target: {
        m: {
          file_system_id: 'fs-1',
          subnet_id: ref('aws_subnet.a.id'),
          security_groups: [one],
          ip_address: '10.0.1.77',
        },
      },
    },
    ['aws_efs_mount_target.m network-interface a one'],
  ],
  [
    'brokers',
    {
      aws_msk_cluster: {
        k: {
          broker_node_group_info: {
            client_subnets: subnets,
            security_groups: [one],
            connectivity_info: { public_access: { type: 'SERVICE_PROVIDED_EIPS' } },
          },
        },
      },
    },
    pair('aws_msk_cluster.k', 'network-interface a one public'),
  ],
  [
    'a search domain in the VPC, and one outside',
    { aws_opensearch_domain: { in: { vpc_options: vpc_config }, out: {} } },
    pair('aws_opensearch_domain.in', 'database a one'),
  ],
  [
    'a resolver, of which each address names its subnet',
    {
      aws_route53_resolver_endpoint: {
        r: { security_group_ids: [one], ip_address: [{ subnet_id: subnets[0] }, { subnet_id: subnets[1] }] },
      },
    },
    pair('aws_route53_resolver_endpoint.r', 'network-interface a one'),
  ],
  [
    'a transfer server outside the VPC, and one inside with addresses',
    {
      aws_transfer_server: {
        in: {
          endpoint_type: 'VPC',
          endpoint_details: { ...vpc_config, address_allocation_ids: ['eipalloc-1', 'eipalloc-2'] },
        },
        out: {},
      },
    },
    pair('aws_transfer_server.in', 'network-interface a one public'),
  ],
  [
    'a control plane, which has a group that AWS makes',
    { aws_eks_cluster: { e: { vpc_config } } },
    pair('aws_eks_cluster.e', 'network-interface a one groups?'),
  ],
  [
    'nodes with groups of AWS, and with groups by a template',
    {
      aws_launch_template: { t: { vpc_security_group_ids: [one] } },
      aws_eks_node_group: {
        m: { subnet_ids: subnets },
        n: {
          subnet_ids: subnets,
          launch_template: { id: ref('aws_launch_template.t.id'), version: '$Latest' },
        },
      },
    },
    [
      ...pair('aws_eks_node_group.m', 'autoscaling-member a unfiltered groups?'),
      ...pair('aws_eks_node_group.n', 'autoscaling-member a one'),
    ],
  ],
])('has an interface in each subnet: %s', (_, resources, rows) => {
  const short = (row: string) => row.replaceAll('aws_vpc.main.default_security_group', 'default_group');
  expect(endpointRows(resources).map(short)).toEqual(rows);
});

test.each<[string, Resources, string]>([
  [
    'a subnet by its id',
    { aws_lambda_function: { f: { vpc_config: { ...vpc_config, subnet_ids: ['subnet-1'] } } } },
    'unplaced aws_lambda_function.f#0: vpc_config.subnet_ids[0]: it is not a reference to a resource',
  ],
  [
    'subnets of a group that is not there',
    { aws_db_instance: { d: { ...database, db_subnet_group_name: 'elsewhere' } } },
    'unplaced aws_db_instance.d#0: db_subnet_group_name: no aws_db_subnet_group of the name "elsewhere" is in the configuration',
  ],
  [
    'a source that is not there',
    { aws_db_instance: { r: { replicate_source_db: 'elsewhere' } } },
    'unplaced aws_db_instance.r#0: replicate_source_db: what it is a replica of is not in the configuration',
  ],
  [
    'tasks of a network that is not known',
    { aws_ecs_service: { s: { network_configuration: unknown } } },
    'unplaced aws_ecs_service.s#0: network_configuration: aws_vpc.main.n is known only after apply',
  ],
])('cannot be placed: %s', (_, resources, row) => {
  expect(endpointRows(resources)).toEqual([row]);
});

test.each<[string, Resources, string]>([
  ['a database', { aws_db_instance: { d: {} } }, 'aws_db_instance.d'],
  [
    'a database by the default group of subnets',
    { aws_db_instance: { d: { db_subnet_group_name: 'default' } } },
    'aws_db_instance.d',
  ],
  ['a broker', { aws_mq_broker: { q: {} } }, 'aws_mq_broker.q'],
])('lands in the default VPC: %s', (_, resources, address) => {
  const subnet = (zone: string) => `aws_default_vpc.subnet["eu-west-1${zone}"]`;
  const group = 'aws_default_vpc.default_security_group';
  const { interfaces, unplaced } = modelOf(resources);
  expect(
    interfaces.map(({ endpoint, subnet, securityGroups }) => [endpoint, subnet, ...securityGroups]),
  ).toEqual([
    [`${address}#0`, subnet('a'), group],
    [`${address}#1`, subnet('b'), group],
  ]);
  expect(unplaced).toEqual([]);
});

test.each<[string, Resources]>([
  ['a function outside', { aws_lambda_function: { f: {} } }],
  ['tasks on the machines of their cluster', { aws_ecs_service: { s: { desired_count: 2 } } }],
])('has no interface: %s', (_, resources) => {
  const machine = { subnet_id: ref('aws_subnet.a.id'), vpc_security_group_ids: [one] };
  expect(endpointRows({ ...resources, aws_instance: { m: machine } })).toEqual([
    'aws_instance.m instance a one',
  ]);
});

const far: Resources = {
  aws_vpc: { far: { cidr_block: '10.9.0.0/16' } },
  aws_subnet: { far: { vpc_id: ref('aws_vpc.far.id'), cidr_block: '10.9.1.0/24' } },
  aws_security_group: { far: { vpc_id: ref('aws_vpc.far.id') } },
};

test.each<[string, Resources, string]>([
  [
    'tasks in two VPCs',
    {
      ...far,
      aws_ecs_service: {
        s: {
          network_configuration: {
            subnets: [ref('aws_subnet.a.id'), ref('aws_subnet.far.id')],
            security_groups: [one],
          },
        },
      },
    },
    'INVALID aws_ecs_service.s network_configuration.subnets[1]: aws_subnet.far belongs to aws_vpc.far, aws_subnet.a to aws_vpc.main',
  ],
  [
    'a function in two VPCs',
    {
      ...far,
      aws_lambda_function: {
        f: { vpc_config: { subnet_ids: [ref('aws_subnet.a.id'), ref('aws_subnet.far.id')] } },
      },
    },
    'INVALID aws_lambda_function.f vpc_config.subnet_ids[1]: aws_subnet.far belongs to aws_vpc.far, aws_subnet.a to aws_vpc.main',
  ],
  [
    'a function with a group of another VPC',
    {
      ...far,
      aws_lambda_function: {
        f: { vpc_config: { subnet_ids: subnets, security_group_ids: [ref('aws_security_group.far.id')] } },
      },
    },
    'INVALID aws_lambda_function.f vpc_config.security_group_ids[0]: aws_security_group.far belongs to aws_vpc.far, its subnet to aws_vpc.main',
  ],
  [
    'a mount target outside its subnet',
    { aws_efs_mount_target: { m: { subnet_id: ref('aws_subnet.a.id'), ip_address: '10.0.2.77' } } },
    'INVALID aws_efs_mount_target.m ip_address: 10.0.2.77 lies outside aws_subnet.a (10.0.1.0/24)',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});
