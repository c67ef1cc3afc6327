import { expect, test } from 'vitest';
import type { VpcModel } from '../../../../sim/vpc/index.ts';
import { modelOf, type Resources, ref } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');
const gateway_id = ref('aws_internet_gateway.main.id');
const route_table_id = ref('aws_route_table.own.id');
const unknown = ref('aws_vpc.main.owner_id');
const own = { aws_route_table: { own: { vpc_id }, other: { vpc_id } } };
const anywhere = { route_table_id, destination_cidr_block: '0.0.0.0/0', gateway_id };

function routesOf({ routeTables }: VpcModel, table: string): readonly string[] {
  const found = routeTables.find(({ address }) => address === `aws_route_table.${table}`);
  return (found?.routes ?? []).slice(1).map(({ destinations, target, uncertain }) => {
    const to = target.kind === 'unmodelled' ? target.cause.reason : 'address' in target ? target.address : '';
    return `${uncertain ? '!' : ''}${destinations.join()} ${target.kind} ${to}`;
  });
}

const route = (changes: object) => ({ ...own, aws_route: { r: { ...anywhere, ...changes } } });
const to = (changes: object) => route({ gateway_id: null, ...changes });
const UNMODELLED = '0.0.0.0/0 unmodelled';

test.each<[string, Resources, string]>([
  [
    'a transit gateway',
    to({ transit_gateway_id: 'tgw-1' }),
    `${UNMODELLED} transit_gateway_id: a transit gateway is not modelled`,
  ],
  [
    'a virtual private gateway',
    { ...route({ gateway_id: ref('aws_vpn_gateway.v.id') }), aws_vpn_gateway: { v: { vpc_id } } },
    `${UNMODELLED} a virtual private gateway is not modelled`,
  ],
  [
    'a machine that forwards',
    to({ network_interface_id: 'eni-1' }),
    `${UNMODELLED} network_interface_id: an interface that forwards packets of others is not modelled`,
  ],
  [
    'a firewall endpoint',
    to({ vpc_endpoint_id: 'vpce-1' }),
    `${UNMODELLED} vpc_endpoint_id: an endpoint that packets are routed through is not modelled`,
  ],
  [
    'a core network',
    to({ core_network_arn: 'arn:x' }),
    `${UNMODELLED} core_network_arn: a core network is not modelled`,
  ],
  [
    'a gateway by its id',
    route({ gateway_id: 'igw-1' }),
    `${UNMODELLED} gateway_id: it is not a reference to a resource`,
  ],
  [
    'an unknown gateway',
    route({ gateway_id: unknown }),
    `${UNMODELLED} gateway_id: aws_vpc.main.owner_id does not identify an aws_internet_gateway of this configuration`,
  ],
  [
    'a destination inside the VPC',
    route({ destination_cidr_block: '10.0.9.0/24' }),
    '10.0.9.0/24 unmodelled gateway_id: 10.0.9.0/24 lies inside aws_vpc.main: middlebox routing is not modelled',
  ],
  [
    'an unknown destination',
    route({ destination_cidr_block: unknown }),
    '!0.0.0.0/0 internet-gateway aws_internet_gateway.main',
  ],
  [
    'an attribute that is not modelled',
    route({ brand_new: 1 }),
    '!0.0.0.0/0 internet-gateway aws_internet_gateway.main',
  ],
  [
    'a peering connection to elsewhere',
    {
      ...to({ vpc_peering_connection_id: ref('aws_vpc_peering_connection.p.id') }),
      aws_vpc_peering_connection: { p: { vpc_id, peer_vpc_id: 'vpc-1' } },
    },
    `${UNMODELLED} peer_vpc_id: it is not a reference to a resource`,
  ],
  [
    'a regional NAT gateway',
    {
      ...to({ nat_gateway_id: ref('aws_nat_gateway.n.id') }),
      aws_nat_gateway: { n: { vpc_id, availability_mode: 'regional' } },
    },
    `${UNMODELLED} availability_mode: a regional NAT gateway is not modelled`,
  ],
])('what a route takes is unknown by %s, in its table alone', (_, resources, row) => {
  const model = modelOf(resources);
  expect(routesOf(model, 'own')).toEqual([row]);
  expect(routesOf(model, 'other')).toEqual([]);
  expect(model.unmodelled.length).toBeGreaterThan(0);
});

test('a route of an unknown table may be in every one', () => {
  const model = modelOf(route({ route_table_id: 'rtb-1', destination_cidr_block: '10.8.0.0/16' }));
  for (const table of ['own', 'other']) {
    expect(routesOf(model, table)).toEqual([
      '!10.8.0.0/16 unmodelled route_table_id: it is not a reference to a resource',
    ]);
  }
});

test.each<[string, Resources]>([
  ['in the table', { aws_route_table: { own: { vpc_id, propagating_vgws: ['vgw-1'] }, other: { vpc_id } } }],
  [
    'beside it',
    { ...own, aws_vpn_gateway_route_propagation: { p: { route_table_id, vpn_gateway_id: 'vgw-1' } } },
  ],
])('routes that a virtual private gateway propagates may lead anywhere: %s', (_, resources) => {
  const model = modelOf(resources);
  const reason = 'routes that a virtual private gateway propagates are not modelled';
  expect(routesOf(model, 'own')).toEqual([`!0.0.0.0/0,::/0 unmodelled ${reason}`]);
  expect(routesOf(model, 'other')).toEqual([]);
});

test('a gateway endpoint of unknown tables may be in every one of its VPC', () => {
  const e = {
    vpc_id,
    service_name: 'com.amazonaws.eu-west-1.s3',
    route_table_ids: [route_table_id, unknown],
  };
  const model = modelOf({ ...own, aws_vpc_endpoint: { e } });
  expect(routesOf(model, 'own')).toEqual(['192.0.2.0/25 gateway-endpoint aws_vpc_endpoint.e']);
  expect(routesOf(model, 'other')).toEqual(['!192.0.2.0/25 gateway-endpoint aws_vpc_endpoint.e']);
});

test('a route table of a gateway makes unknown what enters by it, unless it is local alone', () => {
  const edge = { aws_route_table_association: { e: { route_table_id, gateway_id } } };
  const routed = {
    ...route({ gateway_id: null, network_interface_id: 'eni-1', destination_cidr_block: '10.0.1.0/24' }),
    ...edge,
  };
  expect(modelOf({ ...own, ...edge }).internetGateways[0]).not.toHaveProperty('uncertain');
  const model = modelOf(routed);
  expect(model.internetGateways[0]?.uncertain).toMatchObject({
    address: 'aws_route_table_association.e',
    reason: 'a route table of a gateway is not modelled',
  });
  expect(model.subnets.map(({ uncertain }) => uncertain)).toEqual([undefined, undefined]);
});

test('a route table of a virtual private gateway touches no internet gateway', () => {
  const gateway = { gateway_id: ref('aws_vpn_gateway.v.id') };
  const model = modelOf({
    ...route({ gateway_id: null, network_interface_id: 'eni-1', destination_cidr_block: '10.0.1.0/24' }),
    aws_vpn_gateway: { v: { vpc_id } },
    aws_route_table_association: { e: { route_table_id, ...gateway } },
  });
  expect(model.internetGateways[0]).not.toHaveProperty('uncertain');
  expect(model.unmodelled.map(({ touches }) => touches)).toContain('packets that enter by aws_vpn_gateway.v');
});

test('a gateway that may be attached makes unknown what enters by it and what is routed to it', () => {
  const aws_internet_gateway = { main: { vpc_id: unknown } };
  const model = modelOf({ ...route({}), aws_internet_gateway });
  expect(model.internetGateways).toMatchObject([
    {
      address: 'aws_internet_gateway.main',
      vpc: 'aws_vpc.main',
      uncertain: {
        reason: 'vpc_id: aws_vpc.main.owner_id does not identify an aws_vpc of this configuration',
      },
    },
  ]);
  expect(routesOf(model, 'own')).toEqual([
    `${UNMODELLED} vpc_id: aws_vpc.main.owner_id does not identify an aws_vpc of this configuration`,
  ]);
});

test('blocking public access makes unknown what crosses an internet gateway', () => {
  const blocked = (mode: string) =>
    modelOf({
      ...route({}),
      aws_vpc_block_public_access_options: { o: { internet_gateway_block_mode: mode } },
    });
  const reason = 'blocking public access is not modelled';
  expect(routesOf(blocked('block-ingress'), 'own')).toEqual([`${UNMODELLED} ${reason}`]);
  expect(blocked('block-ingress').internetGateways[0]?.uncertain?.reason).toBe(reason);
  expect(routesOf(blocked('off'), 'own')).toEqual(['0.0.0.0/0 internet-gateway aws_internet_gateway.main']);
});

test.each<[string, object, object, boolean]>([
  ['another region', { region: 'us-east-1' }, {}, false],
  ['the same region', { region: 'eu-west-1' }, {}, true],
  ['a provider of another region', { provider: 'aws.far' }, { alias: 'far', region: 'us-east-1' }, false],
  [
    'a provider of another account',
    { provider: 'aws.far' },
    { alias: 'far', region: 'eu-west-1', profile: 'x' },
    false,
  ],
  [
    'a provider that only adds tags',
    { provider: 'aws.far' },
    { alias: 'far', region: 'eu-west-1', default_tags: {} },
    true,
  ],
])('a resource of %s', (_, argument, provider, isHere) => {
  const providers = { aws: [{ region: 'eu-west-1' }, { alias: 'far', ...provider }] };
  const resources = { aws_vpc: { far: { cidr_block: '10.9.0.0/16', ...argument } } };
  const model = modelOf(resources, { provider: providers });
  expect(model.vpcs.map(({ address }) => address)).toEqual(
    ['aws_vpc.far', 'aws_vpc.main'].slice(isHere ? 0 : 1),
  );
  expect(model.unmodelled.map(({ address }) => address)).toEqual(isHere ? [] : ['aws_vpc.far']);
});

test('what refers to a resource elsewhere is unknown', () => {
  const model = modelOf({
    aws_vpc: { far: { cidr_block: '10.9.0.0/16', region: 'us-east-1' } },
    aws_subnet: { far: { vpc_id: ref('aws_vpc.far.id'), cidr_block: '10.9.0.0/24' } },
  });
  expect(model.subnets.map(({ address }) => address)).toEqual(['aws_subnet.a', 'aws_subnet.b']);
  const reason = 'vpc_id: aws_vpc.far: it is in the region us-east-1';
  expect(model.unmodelled.map((one) => one.reason)).toContain(reason);
});

test('a target that is not modelled is told by its own address, at the place of the route', () => {
  const model = modelOf({
    ...to({ transit_gateway_id: ref('aws_ec2_transit_gateway.hub.id') }),
    aws_ec2_transit_gateway: { hub: {} },
  });
  const table = model.routeTables.find(({ address }) => address === 'aws_route_table.own');
  const target = table?.routes[1]?.target;
  expect(target).toMatchObject({
    kind: 'unmodelled',
    cause: { address: 'aws_ec2_transit_gateway.hub', reason: 'a transit gateway is not modelled' },
  });
  const line = target?.kind === 'unmodelled' ? target.cause.place?.line : undefined;
  expect(line).toBeGreaterThan(table?.routes[1]?.place?.line ?? Number.POSITIVE_INFINITY);
});

test('destinations among which an expression chooses may be any', () => {
  const choice = (name: string) => `\${${unknown.slice(2, -1)} == "x" ? null : "${name}"}`;
  const route = to({
    destination_cidr_block: choice('10.9.0.0/16'),
    destination_prefix_list_id: choice('pl-1'),
    transit_gateway_id: 'tgw-1',
  });
  expect(routesOf(modelOf(route), 'own')).toEqual([
    '!0.0.0.0/0,::/0 unmodelled transit_gateway_id: a transit gateway is not modelled',
  ]);
});
