import { expect, test } from 'vitest';
import { buildVpcModel } from '../../../../sim/vpc/index.ts';
import { bearingOf } from '../../../../sim/vpc/resource-types.ts';
import { configurationOf, failureOf } from '../terraform/written.ts';
import { BASE, modelOf, type Resources, ref, refusalOf } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');

test('a VPC of subnets alone has the objects that AWS makes with it', () => {
  const { region, vpcs, subnets } = modelOf({
    aws_subnet: { c: { vpc_id, cidr_block: '10.0.3.0/24', tags: { Name: 'third' } } },
  });
  expect(region).toBe('eu-west-1');
  expect(vpcs).toEqual([{ address: 'aws_vpc.main', cidrs: ['10.0.0.0/16'], ipv6Cidrs: [] }]);
  expect(subnets.map(({ name, availabilityZone, cidr }) => [name, availabilityZone, cidr])).toEqual([
    ['a', 'eu-west-1a', '10.0.1.0/24'],
    ['b', 'eu-west-1b', '10.0.2.0/24'],
    ['third', 'eu-west-1a', '10.0.3.0/24'],
  ]);
});

test('two VPCs stand side by side, with the same addresses', () => {
  const { vpcs, subnets, securityGroups } = modelOf({
    aws_vpc: { other: { cidr_block: '10.0.0.0/16' } },
    aws_subnet: { c: { vpc_id: ref('aws_vpc.other.id'), cidr_block: '10.0.1.0/24' } },
  });
  expect(vpcs.map(({ address }) => address)).toEqual(['aws_vpc.main', 'aws_vpc.other']);
  expect(subnets.find(({ address }) => address === 'aws_subnet.c')).toMatchObject({
    vpc: 'aws_vpc.other',
    networkAcl: 'aws_vpc.other.default_network_acl',
    routeTable: 'aws_vpc.other.default_route_table',
  });
  expect(securityGroups.map(({ address }) => address)).toContain('aws_vpc.other.default_security_group');
});

test('resources without bearing on packets are not even evaluated', () => {
  const body = { policy: `\${nosuch(aws_none.x.id)}`, count: 3 };
  expect(() =>
    modelOf({ aws_iam_role: { r: body }, aws_s3_bucket: { b: body }, aws_kms_key: { k: body } }),
  ).not.toThrow();
});

test.each<[string, Resources, string]>([
  [
    'a type that is not modelled',
    { aws_nat_gateway: { n: {} } },
    'UNSUPPORTED aws_nat_gateway.n: aws_nat_gateway bears on reachability and is not modelled yet',
  ],
  [
    'a type that nobody listed',
    { aws_brand_new: { n: {} } },
    'UNSUPPORTED aws_brand_new.n: whether aws_brand_new bears on reachability is not known',
  ],
  [
    'a type of another provider',
    { google_compute_network: { n: {} } },
    'UNSUPPORTED google_compute_network.n: whether google_compute_network bears on reachability is not known',
  ],
  ['a VPC without block', { aws_vpc: { main: {} } }, 'INVALID aws_vpc.main cidr_block: it is missing'],
  [
    'a VPC with host bits',
    { aws_vpc: { main: { cidr_block: '10.0.0.1/16' } } },
    'INVALID aws_vpc.main cidr_block: "10.0.0.1/16" has host bits',
  ],
  [
    'a VPC that is too large',
    { aws_vpc: { main: { cidr_block: '10.0.0.0/8' } } },
    'INVALID aws_vpc.main cidr_block: AWS takes no block of the size of 10.0.0.0/8',
  ],
  [
    'a VPC with IPv6',
    { aws_vpc: { main: { cidr_block: '10.0.0.0/16', assign_generated_ipv6_cidr_block: true } } },
    'UNSUPPORTED aws_vpc.main assign_generated_ipv6_cidr_block: it may bear on reachability and is not modelled',
  ],
  [
    'a VPC whose block comes from another that is unknown',
    { aws_vpc: { main: { cidr_block: ref('aws_vpc.main.x') } } },
    'UNRESOLVED aws_vpc.main cidr_block: aws_vpc.main.x is known only after apply',
  ],
  [
    'a block that depends on itself',
    {
      aws_vpc: { main: { cidr_block: ref('aws_subnet.a.cidr_block') } },
      aws_subnet: { a: { vpc_id, cidr_block: ref('aws_vpc.main.cidr_block') } },
    },
    'UNRESOLVED aws_vpc.main cidr_block: it depends on itself: aws_subnet.a.cidr_block → aws_vpc.main.cidr_block → aws_subnet.a.cidr_block',
  ],
  [
    'an unknown function',
    { aws_vpc: { main: { cidr_block: `\${cidrsubnets("10.0.0.0/8", 8)[0]}` } } },
    'UNRESOLVED aws_vpc.main cidr_block: the function cidrsubnets is not one that is evaluated',
  ],
  [
    'a subnet outside its VPC',
    { aws_subnet: { c: { vpc_id, cidr_block: '10.1.0.0/24' } } },
    'INVALID aws_subnet.c cidr_block: 10.1.0.0/24 lies outside aws_vpc.main (10.0.0.0/16)',
  ],
  [
    'a subnet that is too small',
    { aws_subnet: { c: { vpc_id, cidr_block: '10.0.3.0/29' } } },
    'INVALID aws_subnet.c cidr_block: AWS takes no block of the size of 10.0.3.0/29',
  ],
  [
    'subnets that overlap',
    { aws_subnet: { c: { vpc_id, cidr_block: '10.0.2.128/25' } } },
    'INVALID aws_subnet.c cidr_block: 10.0.2.128/25 overlaps 10.0.2.0/24 of aws_subnet.b',
  ],
  [
    'a zone that is not known',
    {
      aws_subnet: {
        c: {
          vpc_id,
          cidr_block: '10.0.3.0/24',
          availability_zone: `\${data.aws_availability_zones.all.names[0]}`,
        },
      },
    },
    'UNRESOLVED aws_subnet.c availability_zone: data.aws_availability_zones.all.names is not in the configuration',
  ],
  [
    'a zone by its id',
    { aws_subnet: { c: { vpc_id, cidr_block: '10.0.3.0/24', availability_zone_id: 'euw1-az1' } } },
    'UNSUPPORTED aws_subnet.c availability_zone_id: it may bear on reachability and is not modelled',
  ],
  [
    'a VPC that is missing',
    { aws_subnet: { c: { vpc_id: ref('aws_vpc.none.id'), cidr_block: '10.0.3.0/24' } } },
    'UNRESOLVED aws_subnet.c vpc_id: aws_vpc.none.id is not in the configuration',
  ],
  [
    'a secondary block that overlaps',
    { aws_vpc_ipv4_cidr_block_association: { x: { vpc_id, cidr_block: '10.0.128.0/17' } } },
    'INVALID aws_vpc_ipv4_cidr_block_association.x cidr_block: 10.0.128.0/17 overlaps 10.0.0.0/16 of aws_vpc.main',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});

test('a VPC of a data source is outside the configuration', () => {
  const resources = {
    aws_subnet: { c: { vpc_id: ref('data.aws_vpc.found.id'), cidr_block: '10.0.3.0/24' } },
  };
  expect(refusalOf(resources, { data: { aws_vpc: { found: { default: true } } } })).toBe(
    'UNRESOLVED aws_subnet.c vpc_id: data.aws_vpc.found.id does not identify an aws_vpc of this configuration',
  );
});

test.each([
  [{}, 'INVALID', 'it has no provider "aws" with a region'],
  [{ aws: [{ region: 'a', alias: 'west' }] }, 'INVALID', 'it has no provider "aws" with a region'],
  [{ aws: [{ profile: 'x' }] }, 'INVALID', 'it is missing'],
  [{ aws: [{ region: 'a' }, { region: 'b' }] }, 'INVALID', 'there is another default provider'],
  [{ aws: [{ region: `\${var.region}` }] }, 'UNRESOLVED', 'var.region has no default'],
])('the region must be known: %j', (provider, code, reason) => {
  const variable = { region: { type: 'string' } };
  const failure = failureOf(() => buildVpcModel(configurationOf({ provider, variable, resource: BASE })));
  expect(failure).toMatchObject({ code: `SIM_TERRAFORM_${code}`, details: { file: 'main.tf.json', reason } });
});

test('a region may come from a variable with a default', () => {
  const provider = { aws: { region: `\${var.region}` } };
  const variable = { region: { default: 'ap-south-1' } };
  expect(modelOf({}, { provider, variable }).region).toBe('ap-south-1');
});

test('the families of resource types do not hide a type that bears on reachability', () => {
  const expected = {
    modelled: ['aws_vpc', 'aws_instance', 'aws_network_acl_rule', 'aws_eip'],
    inert: [
      'aws_iam_role',
      'aws_s3_bucket',
      'aws_cloudtrail',
      'aws_vpc_endpoint_policy',
      'random_id',
      'aws_key_pair',
    ],
    'not-modelled': [
      'aws_nat_gateway',
      'aws_lb',
      'aws_alb_listener',
      'aws_network_interface',
      'aws_vpn_gateway',
      'aws_default_vpc',
      'aws_vpc_endpoint_security_group_association',
    ],
    unlisted: ['aws_vpc_new_thing', 'aws_iamx', 'null_resource', 'constructor'],
  };
  for (const [bearing, types] of Object.entries(expected)) {
    expect(types.map((type) => [type, bearingOf(type)])).toEqual(types.map((type) => [type, bearing]));
  }
});
