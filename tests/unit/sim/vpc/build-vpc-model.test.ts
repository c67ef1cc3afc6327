import { expect, test } from 'vitest';
import { buildVpcModel } from '../../../../sim/vpc/index.ts';
import { bearingOf } from '../../../../sim/vpc/resource-types.ts';
import { configurationOf, failureOf } from '../terraform/written.ts';
import { BASE, carriedOf, modelOf, type Resources, ref, refusalOf } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');

test('a VPC of subnets alone has the objects that AWS makes with it', () => {
  const { region, vpcs, subnets } = modelOf({
    aws_subnet: { c: { vpc_id, cidr_block: '10.0.3.0/24', tags: { Name: 'third' } } },
  });
  expect(region).toBe('eu-west-1');
  const place = { file: 'main.tf.json', line: 11 };
  expect(vpcs).toEqual([{ address: 'aws_vpc.main', place, cidrs: ['10.0.0.0/16'], ipv6Cidrs: [] }]);
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
  const body = { policy: ref('aws_vpc.main.nobody_knows'), arn: { deep: [1] } };
  const resources = { aws_iam_role: { r: body }, aws_s3_bucket: { b: body }, aws_kms_key: { k: body } };
  expect(carriedOf(resources)).toEqual([]);
});

const LISTED = 'bears on reachability';

test.each<[string, Resources, string]>([
  [
    'a type that is not modelled',
    { aws_ec2_transit_gateway: { n: {} } },
    `aws_ec2_transit_gateway.n: aws_ec2_transit_gateway ${LISTED} and is not modelled [packets routed to it]`,
  ],
  [
    'a type that nobody listed',
    { aws_brand_new: { n: {} } },
    `aws_brand_new.n: whether aws_brand_new ${LISTED} is not known [whether any packet, is not known]`,
  ],
  [
    'a type of another provider',
    { google_compute_network: { n: {} } },
    `google_compute_network.n: whether google_compute_network ${LISTED} is not known [whether any packet, is not known]`,
  ],
])('lists %s and goes on', (_, resources, line) => {
  expect(carriedOf(resources)).toEqual([line]);
});

test.each<[string, Resources, string]>([
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
    'a block that depends on itself',
    {
      aws_vpc: { main: { cidr_block: ref('aws_subnet.a.cidr_block') } },
      aws_subnet: { a: { vpc_id, cidr_block: ref('aws_vpc.main.cidr_block') } },
    },
    'INVALID aws_vpc.main cidr_block: it depends on itself: aws_subnet.a.cidr_block → aws_vpc.main.cidr_block → aws_subnet.a.cidr_block',
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
    'a VPC that is missing',
    { aws_subnet: { c: { vpc_id: ref('aws_vpc.none.id'), cidr_block: '10.0.3.0/24' } } },
    'INVALID aws_subnet.c vpc_id: aws_vpc.none is not in the configuration',
  ],
  [
    'a secondary block that overlaps',
    { aws_vpc_ipv4_cidr_block_association: { x: { vpc_id, cidr_block: '10.0.128.0/17' } } },
    'INVALID aws_vpc_ipv4_cidr_block_association.x cidr_block: 10.0.128.0/17 overlaps 10.0.0.0/16 of aws_vpc.main',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});

test.each([
  [{}, 'us-east-1'],
  [{ aws: [{ region: 'a', alias: 'west' }] }, 'us-east-1'],
  [{ aws: [{ profile: 'x' }] }, 'us-east-1'],
  [{ aws: [{ region: ref('aws_vpc.main.owner_id') }] }, 'us-east-1'],
  [{ aws: [{ region: 'b' }] }, 'b'],
])('a region that nobody writes has a stand-in: %j', (provider, region) => {
  expect(modelOf({}, { provider }).region).toBe(region);
});

test('there is one default provider', () => {
  const provider = { aws: [{ region: 'a' }, { region: 'b' }] };
  const failure = failureOf(() => buildVpcModel(configurationOf({ provider, resource: BASE })));
  const reason = 'there is another default provider';
  expect(failure).toMatchObject({
    code: 'SIM_TERRAFORM_INVALID',
    details: { file: 'main.tf.json', address: 'provider.aws', reason },
  });
});

test('a region may come from a variable with a default', () => {
  const provider = { aws: { region: `\${var.region}` } };
  const variable = { region: { default: 'ap-south-1' } };
  expect(modelOf({}, { provider, variable }).region).toBe('ap-south-1');
});

test('the families of resource types do not hide a type that bears on reachability', () => {
  const expected = {
    modelled: ['aws_vpc', 'aws_instance', 'aws_nat_gateway', 'aws_default_vpc', 'aws_lb', 'aws_eip'],
    inert: [
      'aws_iam_role',
      'aws_s3_bucket',
      'aws_cloudtrail',
      'aws_vpc_endpoint_policy',
      'aws_cloudfront_distribution',
      'aws_glue_job',
      'aws_route53_record',
      'random_id',
      'aws_key_pair',
    ],
    'not-modelled': [
      'aws_ec2_transit_gateway_route',
      'aws_networkfirewall_firewall',
      'aws_vpc_route_server',
      'aws_cloudfront_vpc_origin',
      'aws_glue_connection',
      'aws_vpn_gateway',
      'aws_vpclattice_service_network_vpc_association',
    ],
    unlisted: ['aws_vpc_new_thing', 'aws_iamx', 'google_compute_network', 'constructor'],
  };
  for (const [bearing, types] of Object.entries(expected)) {
    expect(types.map((type) => [type, bearingOf(type)])).toEqual(types.map((type) => [type, bearing]));
  }
});
