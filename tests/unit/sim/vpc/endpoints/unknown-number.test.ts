import { expect, test } from 'vitest';
import { type Resources, ref } from '../written-vpc.ts';
import { endpointRows } from './endpoint-rows.ts';

const vpc_id = ref('aws_vpc.main.id');
const [a, b] = [ref('aws_subnet.a.id'), ref('aws_subnet.b.id')];
const one = ref('aws_security_group.one.id');
const count = ref('aws_vpc.main.owner_id');
const machine = { subnet_id: a, vpc_security_group_ids: [one] };
const endpoint = { vpc_id, vpc_endpoint_type: 'Interface', subnet_ids: [a, b], security_group_ids: [one] };
const vpc_endpoint_id = ref('aws_vpc_endpoint.e.id');

/** Without the list of what is not modelled: that something is not expanded is listed elsewhere. */
const placed = (resources: Resources) =>
  endpointRows(resources)
    .filter((row) => !row.startsWith('unmodelled'))
    .map((row) => row.replace(/: how many there are is not known: .*/, ''));

test.each<[string, object]>([
  ['aws_instance', machine],
  ['aws_network_interface', { subnet_id: a }],
  ['aws_lb', { subnets: [a, b] }],
  ['aws_ecs_service', { network_configuration: { subnets: [a] } }],
  ['aws_lambda_function', { vpc_config: { subnet_ids: [a], security_group_ids: [one] } }],
  ['aws_vpc_endpoint', endpoint],
])('stands by the address of its resource alone, where its number is not known: %s', (type, body) => {
  expect(placed({ [type]: { x: { count, ...body } } })).toEqual([`unplaced ${type}.x`]);
});

test.each<[string, Resources, readonly string[]]>([
  [
    'elastic addresses',
    { aws_instance: { m: machine }, aws_eip: { e: { count, instance: ref('aws_instance.m.id') } } },
    ['aws_instance.m instance a one public?'],
  ],
  [
    'attached groups',
    {
      aws_instance: { m: machine },
      aws_network_interface_sg_attachment: {
        x: {
          count,
          security_group_id: one,
          network_interface_id: ref('aws_instance.m.primary_network_interface_id'),
        },
      },
    },
    ['aws_instance.m instance a one groups?'],
  ],
  [
    'groups of an endpoint',
    {
      aws_vpc_endpoint: { e: endpoint },
      aws_vpc_endpoint_security_group_association: { x: { count, vpc_endpoint_id, security_group_id: one } },
    },
    [
      'aws_vpc_endpoint.e#0 interface-endpoint a one groups?',
      'aws_vpc_endpoint.e#1 interface-endpoint b one groups?',
    ],
  ],
  [
    'subnets of an endpoint',
    {
      aws_vpc_endpoint: { e: { ...endpoint, subnet_ids: [a] } },
      aws_vpc_endpoint_subnet_association: { x: { count, vpc_endpoint_id, subnet_id: b } },
    },
    ['aws_vpc_endpoint.e#0 interface-endpoint a one', 'unplaced aws_vpc_endpoint.e#1'],
  ],
  [
    'members of a cluster',
    {
      aws_db_subnet_group: { g: { name: 'g', subnet_ids: [a] } },
      aws_rds_cluster: { c: { db_subnet_group_name: 'g', vpc_security_group_ids: [one] } },
      aws_rds_cluster_instance: { i: { count, cluster_identifier: ref('aws_rds_cluster.c.id') } },
    },
    ['aws_rds_cluster.c#0 database a one public?'],
  ],
])('may be had by what it can be for, where its number is not known: %s', (_, resources, rows) => {
  expect(placed(resources)).toEqual(rows);
});
