import { expect, test } from 'vitest';
import { modelOf, type Resources, ref, refusalOf } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');
const subnet_id = ref('aws_subnet.a.id');
const gateway_id = ref('aws_internet_gateway.main.id');
const route_table_id = ref('aws_route_table.own.id');
const DEFAULT = 'aws_vpc.main.default_route_table';

function tablesOf(resources: Resources): { inForce: object; rows: readonly string[] } {
  const { routeTables, subnets } = modelOf(resources);
  const inForce = Object.fromEntries(subnets.map(({ address, routeTable }) => [address, routeTable]));
  const rows = routeTables.flatMap(({ address, routes }) =>
    routes.map(({ address: by, destinations, target }) => {
      const to = 'address' in target ? target.address : target.kind;
      return `${address}: ${destinations.join(',')} to ${to} by ${by}`;
    }),
  );
  return { inForce, rows };
}

const own = { aws_route_table: { own: { vpc_id } } };
const anywhere = { route_table_id, destination_cidr_block: '0.0.0.0/0', gateway_id };

test('subnets without a route table have the main one, which is local alone', () => {
  expect(tablesOf({})).toEqual({
    inForce: { 'aws_subnet.a': DEFAULT, 'aws_subnet.b': DEFAULT },
    rows: [`${DEFAULT}: 10.0.0.0/16 to local by ${DEFAULT}.local`],
  });
});

test('a route table has its local route, its routes, and those of gateway endpoints', () => {
  const { inForce, rows } = tablesOf({
    ...own,
    aws_route: { out: anywhere },
    aws_route_table_association: { a: { route_table_id, subnet_id } },
    aws_vpc_endpoint: {
      s3: { vpc_id, service_name: 'com.amazonaws.eu-west-1.s3', route_table_ids: [route_table_id] },
      db: { vpc_id, service_name: 'com.amazonaws.eu-west-1.dynamodb', vpc_endpoint_type: 'Gateway' },
    },
    aws_vpc_endpoint_route_table_association: {
      db: { vpc_endpoint_id: ref('aws_vpc_endpoint.db.id'), route_table_id },
    },
  });
  expect(inForce).toEqual({ 'aws_subnet.a': 'aws_route_table.own', 'aws_subnet.b': DEFAULT });
  expect(rows.filter((row) => row.startsWith('aws_route_table.own'))).toEqual([
    'aws_route_table.own: 10.0.0.0/16 to local by aws_route_table.own.local',
    'aws_route_table.own: 0.0.0.0/0 to aws_internet_gateway.main by aws_route.out',
    'aws_route_table.own: 192.0.2.128/25 to aws_vpc_endpoint.db by aws_vpc_endpoint.db',
    'aws_route_table.own: 192.0.2.0/25 to aws_vpc_endpoint.s3 by aws_vpc_endpoint.s3',
  ]);
});

test('inline routes count, and one that only restates the local route adds none', () => {
  const route = [
    { cidr_block: '10.0.0.0/16', gateway_id: 'local' },
    { cidr_block: '0.0.0.0/0', ipv6_cidr_block: '', gateway_id, nat_gateway_id: '' },
    { cidr_block: '', ipv6_cidr_block: '::/0', gateway_id },
  ];
  const blank = route.map((entry) =>
    Object.fromEntries(
      Object.entries(entry).filter(([name, value]) => value !== '' || name === 'nat_gateway_id'),
    ),
  );
  const { rows } = tablesOf({ aws_route_table: { own: { vpc_id, route: blank } } });
  expect(rows.filter((row) => row.startsWith('aws_route_table.own'))).toEqual([
    'aws_route_table.own: 10.0.0.0/16 to local by aws_route_table.own.local',
    'aws_route_table.own: 0.0.0.0/0 to aws_internet_gateway.main by aws_route_table.own.route[1]',
    'aws_route_table.own: ::/0 to aws_internet_gateway.main by aws_route_table.own.route[2]',
  ]);
});

test('secondary blocks of a VPC are local too', () => {
  const { rows } = tablesOf({
    aws_vpc_ipv4_cidr_block_association: { more: { vpc_id, cidr_block: '10.7.0.0/16' } },
    aws_subnet: { c: { vpc_id, cidr_block: '10.7.1.0/24' } },
  });
  expect(rows).toEqual([`${DEFAULT}: 10.0.0.0/16,10.7.0.0/16 to local by ${DEFAULT}.local`]);
});

test('the default table that is adopted, and another that is made the main one', () => {
  const adopted = {
    aws_default_route_table: {
      mine: {
        default_route_table_id: ref('aws_vpc.main.default_route_table_id'),
        route: { cidr_block: '0.0.0.0/0', gateway_id },
      },
    },
  };
  expect(tablesOf(adopted)).toEqual({
    inForce: {
      'aws_subnet.a': 'aws_default_route_table.mine',
      'aws_subnet.b': 'aws_default_route_table.mine',
    },
    rows: [
      'aws_default_route_table.mine: 10.0.0.0/16 to local by aws_default_route_table.mine.local',
      'aws_default_route_table.mine: 0.0.0.0/0 to aws_internet_gateway.main by aws_default_route_table.mine.route',
    ],
  });
  const moved = { ...own, aws_main_route_table_association: { main: { vpc_id, route_table_id } } };
  expect(tablesOf(moved).inForce).toEqual({
    'aws_subnet.a': 'aws_route_table.own',
    'aws_subnet.b': 'aws_route_table.own',
  });
});

test('a route may be added to the table that came with the VPC', () => {
  const route = { ...anywhere, route_table_id: ref('aws_vpc.main.main_route_table_id') };
  expect(tablesOf({ aws_route: { out: route } }).rows).toContain(
    `${DEFAULT}: 0.0.0.0/0 to aws_internet_gateway.main by aws_route.out`,
  );
});

test('an internet gateway may be attached by a resource of its own', () => {
  const attached = {
    ...own,
    aws_internet_gateway: { main: {} },
    aws_internet_gateway_attachment: { main: { vpc_id, internet_gateway_id: gateway_id } },
    aws_route: { out: anywhere },
  };
  expect(modelOf(attached).internetGateways).toMatchObject([
    { address: 'aws_internet_gateway.main', vpc: 'aws_vpc.main' },
  ]);
  const { aws_internet_gateway_attachment: _, ...detached } = attached;
  expect(refusalOf(detached)).toBe(
    'INVALID aws_route.out gateway_id: aws_internet_gateway.main is attached to no VPC, the route table belongs to aws_vpc.main',
  );
});

const route = (changes: object) => ({ ...own, aws_route: { r: { ...anywhere, ...changes } } });
const far = { far: { cidr_block: '10.9.0.0/16' } };
const endpoint = (changes: object) => ({
  aws_vpc_endpoint: { e: { vpc_id, service_name: 'com.amazonaws.eu-west-1.s3', ...changes } },
});

test.each<[string, Resources, string]>([
  [
    'no destination',
    route({ destination_cidr_block: null }),
    'INVALID aws_route.r: the route has no destination',
  ],
  [
    'two destinations',
    route({ destination_ipv6_cidr_block: '::/0' }),
    'INVALID aws_route.r: the route has several destinations',
  ],
  ['no target', route({ gateway_id: null }), 'INVALID aws_route.r: the route names no target'],
  [
    'a bad destination',
    route({ destination_cidr_block: '0.0.0.0/33' }),
    'INVALID aws_route.r destination_cidr_block: "0.0.0.0/33" is not an IPv4 CIDR block',
  ],
  [
    '"local" outside the VPC',
    route({ gateway_id: 'local', destination_cidr_block: '10.8.0.0/16' }),
    'INVALID aws_route.r gateway_id: only 10.0.0.0/16 of aws_vpc.main is local',
  ],
  [
    'a destination twice',
    { ...own, aws_route: { r: anywhere, s: anywhere } },
    'INVALID aws_route.s: aws_route_table.own already routes 0.0.0.0/0 by aws_route.r',
  ],
  [
    'inline and standalone routes',
    { ...route({}), aws_route_table: { own: { vpc_id, route: [] } } },
    'INVALID aws_route.r route_table_id: aws_route_table.own has its routes inline, and the provider would remove this one',
  ],
  [
    'a gateway of another VPC',
    {
      ...route({ gateway_id: ref('aws_internet_gateway.far.id') }),
      aws_vpc: far,
      aws_internet_gateway: { far: { vpc_id: ref('aws_vpc.far.id') } },
    },
    'INVALID aws_route.r gateway_id: aws_internet_gateway.far is attached to aws_vpc.far, the route table belongs to aws_vpc.main',
  ],
  [
    'two internet gateways in a VPC',
    { aws_internet_gateway: { other: { vpc_id } } },
    'INVALID aws_internet_gateway.other vpc_id: aws_internet_gateway.main is already attached to aws_vpc.main',
  ],
  [
    'a subnet with two tables',
    {
      ...own,
      aws_route_table_association: { a: { route_table_id, subnet_id }, b: { route_table_id, subnet_id } },
    },
    'INVALID aws_route_table_association.b subnet_id: aws_subnet.a is already associated with aws_route_table.own',
  ],
  [
    'a table of another VPC',
    {
      aws_vpc: far,
      aws_route_table: { own: { vpc_id: ref('aws_vpc.far.id') } },
      aws_route_table_association: { a: { route_table_id, subnet_id } },
    },
    'INVALID aws_route_table_association.a route_table_id: aws_route_table.own belongs to aws_vpc.far, not to aws_vpc.main',
  ],
  [
    'two main tables',
    {
      ...own,
      aws_main_route_table_association: { a: { vpc_id, route_table_id }, b: { vpc_id, route_table_id } },
    },
    'INVALID aws_main_route_table_association.b vpc_id: the main route table of aws_vpc.main is already aws_route_table.own',
  ],
  [
    'the default table adopted twice',
    {
      aws_default_route_table: {
        a: { default_route_table_id: ref('aws_vpc.main.default_route_table_id') },
        b: { default_route_table_id: ref('aws_vpc.main.default_route_table_id') },
      },
    },
    'INVALID aws_default_route_table.b default_route_table_id: aws_default_route_table.a already adopts the default route table of aws_vpc.main',
  ],
  [
    'an endpoint of another region',
    endpoint({ service_name: 'com.amazonaws.us-east-1.s3' }),
    'INVALID aws_vpc_endpoint.e service_name: com.amazonaws.us-east-1.s3 has no gateway endpoint in eu-west-1',
  ],
  [
    'an endpoint of a service without one',
    endpoint({ service_name: 'com.amazonaws.eu-west-1.constructor' }),
    'INVALID aws_vpc_endpoint.e service_name: com.amazonaws.eu-west-1.constructor has no gateway endpoint in eu-west-1',
  ],
  [
    'an endpoint on a table of another VPC',
    {
      ...endpoint({ route_table_ids: [route_table_id] }),
      aws_vpc: far,
      aws_route_table: { own: { vpc_id: ref('aws_vpc.far.id') } },
    },
    'INVALID aws_vpc_endpoint.e route_table_ids[0]: aws_route_table.own belongs to aws_vpc.far, the endpoint to aws_vpc.main',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});
