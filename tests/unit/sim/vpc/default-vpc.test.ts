import { expect, test } from 'vitest';
import { buildVpcModel, type VpcModel } from '../../../../sim/vpc/index.ts';
import { configurationOf, failureOf } from '../terraform/written.ts';
import type { Resources } from './written-vpc.ts';
import { ref } from './written-vpc.ts';

function build(resource: Resources, document: object = {}): VpcModel {
  const provider = { aws: [{ region: 'eu-west-1' }] };
  return buildVpcModel(configurationOf({ provider, resource, ...document }));
}

const instance = { ami: 'ami-1', instance_type: 't3.micro' };
const rule = { protocol: '-1', from_port: 0, to_port: 0, cidr_blocks: ['0.0.0.0/0'] };

function summaryOf({ vpcs, subnets, internetGateways, routeTables }: VpcModel): object {
  return {
    vpcs: vpcs.map(({ address, cidrs }) => [address, ...cidrs]),
    subnets: subnets.map(({ address, cidr, availabilityZone }) => [address, cidr, availabilityZone]),
    gateways: internetGateways.map(({ address, vpc }) => [address, vpc]),
    routes: routeTables.flatMap(({ address, routes }) =>
      routes.map(({ destinations, target }) => `${address} ${destinations} ${target.kind}`),
    ),
  };
}

test('it is there where a machine names no subnet, in the zone that the machine names', () => {
  const model = build({ aws_instance: { a: instance, c: { ...instance, availability_zone: 'eu-west-1c' } } });
  expect(summaryOf(model)).toEqual({
    vpcs: [['aws_default_vpc', '172.31.0.0/16']],
    subnets: [
      ['aws_default_vpc.subnet["eu-west-1a"]', '172.31.0.0/20', 'eu-west-1a'],
      ['aws_default_vpc.subnet["eu-west-1c"]', '172.31.32.0/20', 'eu-west-1c'],
    ],
    gateways: [['aws_default_vpc.default_internet_gateway', 'aws_default_vpc']],
    routes: [
      'aws_default_vpc.default_route_table 172.31.0.0/16 local',
      'aws_default_vpc.default_route_table 0.0.0.0/0 internet-gateway',
    ],
  });
  expect(
    model.interfaces.map(({ publicAddress, securityGroups }) => [
      publicAddress !== undefined,
      ...securityGroups,
    ]),
  ).toEqual([
    [true, 'aws_default_vpc.default_security_group'],
    [true, 'aws_default_vpc.default_security_group'],
  ]);
});

test.each<[string, Resources, object]>([
  ['a group without VPC', { aws_security_group: { web: { name: 'web' } } }, {}],
  ['a default group without VPC', { aws_default_security_group: { d: {} } }, {}],
  [
    'a data source that finds it',
    { aws_security_group: { web: { vpc_id: ref('data.aws_vpc.it.id') } } },
    { data: { aws_vpc: { it: { default: true } } } },
  ],
])('%s is of the default VPC', (_, resources, document) => {
  const { vpcs, securityGroups } = build(resources, document);
  expect(vpcs.map(({ address }) => address)).toEqual(['aws_default_vpc']);
  expect(securityGroups.map(({ vpc }) => vpc)).toEqual(securityGroups.map(() => 'aws_default_vpc'));
});

test('its identity and main route table can be referred to where nothing adopts it', () => {
  const model = build(
    {
      aws_security_group: { web: { name: 'web' }, api: { vpc_id: ref('aws_security_group.web.vpc_id') } },
      aws_route: {
        r: {
          route_table_id: ref('data.aws_vpc.it.main_route_table_id'),
          destination_cidr_block: '10.0.0.0/8',
          transit_gateway_id: 'tgw-1',
        },
      },
    },
    { data: { aws_vpc: { it: { default: true } } } },
  );
  expect(model.securityGroups.map(({ vpc }) => vpc)).toEqual(new Array(3).fill('aws_default_vpc'));
  expect(model.routeTables[0]?.routes.map(({ address }) => address)).toEqual([
    'aws_default_vpc.default_route_table.local',
    'aws_default_vpc.default_route_table.internet',
    'aws_route.r',
  ]);
});

test('it is not there where nothing needs it', () => {
  const model = build({ aws_vpc: { main: { cidr_block: '10.0.0.0/16' } } });
  expect(model.vpcs.map(({ address }) => address)).toEqual(['aws_vpc.main']);
  expect(model.internetGateways).toEqual([]);
});

test('adopted parts keep their own names, and attributes that only AWS writes have a value', () => {
  const cidr_blocks = [ref('aws_default_vpc.it.cidr_block'), ref('aws_default_subnet.b.cidr_block')];
  const model = build({
    aws_default_vpc: { it: {} },
    aws_default_subnet: { b: { availability_zone: 'eu-west-1b', map_public_ip_on_launch: false } },
    aws_default_security_group: {
      d: { vpc_id: ref('aws_default_vpc.it.id'), egress: [{ ...rule, cidr_blocks }] },
    },
    aws_instance: { b: { ...instance, subnet_id: ref('aws_default_subnet.b.id') } },
  });
  expect(summaryOf(model)).toMatchObject({
    vpcs: [['aws_default_vpc.it', '172.31.0.0/16']],
    subnets: [['aws_default_subnet.b', '172.31.16.0/20', 'eu-west-1b']],
  });
  const [group] = model.securityGroups;
  expect([group?.address, group?.ingress]).toEqual(['aws_default_security_group.d', []]);
  expect(group?.egress.map(({ peer }) => 'cidr' in peer && peer.cidr)).toEqual([
    '172.31.0.0/16',
    '172.31.16.0/20',
  ]);
  expect(model.interfaces[0]?.publicAddress).toBeUndefined();
});

test('adopting its route table takes away the route to the internet', () => {
  const default_route_table_id = ref('aws_default_vpc.it.default_route_table_id');
  const model = build({
    aws_default_vpc: { it: {} },
    aws_default_route_table: { t: { default_route_table_id } },
  });
  expect(summaryOf(model)).toMatchObject({ routes: ['aws_default_route_table.t 172.31.0.0/16 local'] });
});

test.each<[string, Resources, string]>([
  [
    'two adoptions',
    { aws_default_vpc: { a: {}, b: {} } },
    'aws_default_vpc.a already adopts the default VPC',
  ],
  [
    'another internet gateway',
    { aws_default_vpc: { it: {} }, aws_internet_gateway: { g: { vpc_id: ref('aws_default_vpc.it.id') } } },
    'aws_default_vpc.it.default_internet_gateway is already attached to aws_default_vpc.it',
  ],
  [
    'a subnet where a default one is',
    {
      aws_default_subnet: { a: { availability_zone: 'eu-west-1a' } },
      aws_default_vpc: { it: {} },
      aws_subnet: { s: { vpc_id: ref('aws_default_vpc.it.id'), cidr_block: '172.31.8.0/24' } },
    },
    '172.31.8.0/24 overlaps 172.31.0.0/20 of aws_default_subnet.a',
  ],
])('refuses %s', (_, resources, reason) => {
  expect(failureOf(() => build(resources)).details.reason).toBe(reason);
});

const byVpc = { filter: [{ name: 'vpc-id', values: [ref('data.aws_vpc.it.id')] }] };
const found = {
  data: {
    aws_vpc: { it: { default: true } },
    aws_subnets: {
      all: byVpc,
      one: { filter: [...byVpc.filter, { name: 'availability-zone', values: ['eu-west-1b'] }] },
    },
    aws_subnet: {
      each: { for_each: ref('toset(data.aws_subnets.all.ids)'), id: ref('each.value') },
      c: { default_for_az: true, availability_zone: 'eu-west-1c' },
    },
    aws_security_group: { d: { name: 'default', vpc_id: ref('data.aws_vpc.it.id') } },
  },
};

test('data sources find it, its subnets and its default group', () => {
  const subnets = {
    first: ref('data.aws_subnets.all.ids[0]'),
    second: ref('data.aws_subnets.one.ids[0]'),
    third: ref('data.aws_subnet.c.id'),
  };
  const machines = Object.fromEntries(
    Object.entries(subnets).map(([name, subnet_id]) => [
      name,
      { ...instance, subnet_id, vpc_security_group_ids: [ref('data.aws_security_group.d.id')] },
    ]),
  );
  const cidr_blocks = ref('[for one in data.aws_subnet.each : one.cidr_block]');
  const model = build(
    {
      aws_instance: machines,
      aws_security_group: {
        web: { vpc_id: ref('data.aws_subnet.c.vpc_id'), egress: [{ ...rule, cidr_blocks }] },
      },
    },
    found,
  );
  expect(model.interfaces.map(({ subnet, securityGroups }) => [subnet, ...securityGroups])).toEqual(
    ['a', 'b', 'c'].map((letter) => [
      `aws_default_vpc.subnet["eu-west-1${letter}"]`,
      'aws_default_vpc.default_security_group',
    ]),
  );
  const group = model.securityGroups.find(({ address }) => address === 'aws_security_group.web');
  expect(group?.vpc).toBe('aws_default_vpc');
  expect(group?.egress.map(({ peer }) => 'cidr' in peer && peer.cidr)).toEqual([
    '172.31.0.0/20',
    '172.31.16.0/20',
    '172.31.32.0/20',
  ]);
  expect(model.unmodelled).toEqual([]);
});

test('what it finds goes by the adoptions, where there are some', () => {
  const model = build(
    {
      aws_default_vpc: { mine: {} },
      aws_default_subnet: { b: { availability_zone: 'eu-west-1b' } },
      aws_instance: { m: { ...instance, subnet_id: ref('data.aws_subnets.one.ids[0]') } },
    },
    found,
  );
  expect(model.interfaces.map(({ subnet }) => subnet)).toEqual(['aws_default_subnet.b']);
  expect(model.vpcs.map(({ address }) => address)).toEqual(['aws_default_vpc.mine']);
});

test.each<[string, object]>([
  ['by their tags', { ...byVpc, tags: { tier: 'private' } }],
  ['of another VPC', { filter: [{ name: 'vpc-id', values: ['vpc-1'] }] }],
  ['by a filter of tags', { filter: [...byVpc.filter, { name: 'tag:tier', values: ['private'] }] }],
])('subnets that are looked for %s are not known', (_, aws_subnets) => {
  const model = build(
    { aws_instance: { m: { ...instance, subnet_id: ref('data.aws_subnets.all.ids[0]') } } },
    { data: { aws_vpc: found.data.aws_vpc, aws_subnets: { all: aws_subnets } } },
  );
  expect(model.interfaces).toEqual([]);
  expect(model.unplaced.map(({ cause }) => cause.reason)).toEqual([
    'subnet_id: data.aws_subnets.all.ids is not known: it is outside the configuration',
  ]);
});

test('a data source that is told a resource of the configuration says what that says', () => {
  const model = build(
    {
      aws_vpc: { own: { cidr_block: '10.0.0.0/16' } },
      aws_security_group: {
        web: {
          vpc_id: ref('data.aws_vpc.own.id'),
          ingress: [{ ...rule, cidr_blocks: [ref('data.aws_vpc.own.cidr_block')] }],
        },
      },
    },
    { data: { aws_vpc: { own: { id: ref('aws_vpc.own.id') } } } },
  );
  expect(model.vpcs.map(({ address }) => address)).toEqual(['aws_vpc.own']);
  const group = model.securityGroups.find(({ address }) => address === 'aws_security_group.web');
  expect(group).toMatchObject({ vpc: 'aws_vpc.own', ingress: [{ peer: { cidr: '10.0.0.0/16' } }] });
});

test('a classic load balancer stands in the default subnets of its zones', () => {
  const listener = { instance_port: 80, instance_protocol: 'http', lb_port: 80, lb_protocol: 'http' };
  const { interfaces } = build({
    aws_elb: { web: { availability_zones: ['eu-west-1a', 'eu-west-1b'], listener: [listener] } },
  });
  expect(interfaces.map(({ subnet }) => subnet)).toEqual([
    'aws_default_vpc.subnet["eu-west-1a"]',
    'aws_default_vpc.subnet["eu-west-1b"]',
  ]);
});
