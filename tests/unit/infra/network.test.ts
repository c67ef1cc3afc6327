import { expect, test } from 'vitest';
import {
  devConfiguration,
  expression,
  referenced,
  resource,
  resources,
  sixZoneConfiguration,
} from './configuration.ts';

test('puts a public and a private subnet into each zone, and gives none a public address by itself', () => {
  const subnets = resources(devConfiguration(), 'aws_subnet').map(([name, body]) => [
    name,
    body.availability_zone,
    body.cidr_block,
    body.map_public_ip_on_launch,
  ]);
  expect(subnets).toEqual([
    ['private_a', 'eu-west-1a', '10.0.10.0/24', false],
    ['private_b', 'eu-west-1b', '10.0.11.0/24', false],
    ['public_a', 'eu-west-1a', '10.0.0.0/24', false],
    ['public_b', 'eu-west-1b', '10.0.1.0/24', false],
  ]);
});

test.each([
  ['dev', devConfiguration],
  ['six zones', sixZoneConfiguration],
])('routes public subnets to the internet, and private ones nowhere but to S3: %s', (_, read) => {
  const configuration = read();
  expect(resources(configuration, 'aws_route')).toEqual([
    [
      'public_internet',
      {
        destination_cidr_block: '0.0.0.0/0',
        gateway_id: expression('aws_internet_gateway.main.id'),
        route_table_id: expression('aws_route_table.public.id'),
      },
    ],
  ]);
  for (const [name, table] of resources(configuration, 'aws_route_table')) {
    expect(Object.keys(table), name).toEqual(['tags', 'vpc_id']);
  }
  const tables = resources(configuration, 'aws_route_table_association').map(([name, body]) => [
    name,
    referenced(body.subnet_id),
    referenced(body.route_table_id),
  ]);
  expect(tables).toEqual(
    resources(configuration, 'aws_subnet').map(([name]) => [
      name,
      `aws_subnet.${name}`,
      `aws_route_table.${name.startsWith('public') ? 'public' : name}`,
    ]),
  );
  expect(resource(configuration, 'aws_vpc_endpoint.s3')).toMatchObject({
    vpc_endpoint_type: 'Gateway',
    service_name: 'com.amazonaws.eu-west-1.s3',
    route_table_ids: tables.flatMap(([name]) =>
      name?.startsWith('private') ? [expression(`aws_route_table.${name}.id`)] : [],
    ),
  });
});

test('has no other way out of the VPC', () => {
  const types = Object.keys(devConfiguration().resource).filter((type) =>
    /nat_|gateway|peering|vpn|eip|egress_only|network_interface|vpc_endpoint|_lb$/.test(type),
  );
  expect(types).toEqual(['aws_internet_gateway', 'aws_vpc_endpoint']);
});

test('adopts the default group, network ACL and route table of the VPC, and leaves them empty', () => {
  const configuration = devConfiguration();
  const tags = { Name: 'drydock-dev-default-unused' };
  expect(resource(configuration, 'aws_default_security_group.default')).toEqual({
    vpc_id: expression('aws_vpc.main.id'),
    ingress: [],
    egress: [],
    tags,
  });
  expect(resource(configuration, 'aws_default_network_acl.default')).toEqual({
    default_network_acl_id: expression('aws_vpc.main.default_network_acl_id'),
    tags,
  });
  expect(resource(configuration, 'aws_default_route_table.default')).toEqual({
    default_route_table_id: expression('aws_vpc.main.default_route_table_id'),
    route: [],
    tags,
  });
});
