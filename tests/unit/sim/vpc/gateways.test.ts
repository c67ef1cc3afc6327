import { expect, test } from 'vitest';
import { modelOf, type Resources, ref, refusalOf } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');
const subnet_id = ref('aws_subnet.a.id');
const route_table_id = ref('aws_route_table.own.id');
const farId = ref('aws_vpc.far.id');
const own = { aws_route_table: { own: { vpc_id } } };
const far = { far: { cidr_block: '10.9.0.0/16' } };
const eip = { aws_eip: { nat: { domain: 'vpc' } } };
const allocation_id = ref('aws_eip.nat.id');

const route = (changes: object) => ({ route_table_id, destination_cidr_block: '0.0.0.0/0', ...changes });
const nat = (changes: object = {}): Resources => ({
  ...own,
  ...eip,
  aws_nat_gateway: { n: { subnet_id, allocation_id, ...changes } },
  aws_route: { r: route({ nat_gateway_id: ref('aws_nat_gateway.n.id') }) },
});

function targetOf(resources: Resources): unknown {
  const { routeTables } = modelOf(resources);
  return routeTables.find(({ address }) => address === 'aws_route_table.own')?.routes[1]?.target;
}

test('a public NAT gateway has an address on both sides, a private one inside alone', () => {
  const [open] = modelOf(nat()).natGateways;
  expect(open).toMatchObject({
    address: 'aws_nat_gateway.n',
    subnet: 'aws_subnet.a',
    place: { file: 'main.tf.json' },
  });
  expect(open?.privateAddress).toMatch(/^10\.0\.1\.\d+$/);
  expect(open?.publicAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  const [closed] = modelOf(
    nat({ connectivity_type: 'private', allocation_id: null, private_ip: '10.0.1.9' }),
  ).natGateways;
  expect(closed?.privateAddress).toBe('10.0.1.9');
  expect(closed).not.toHaveProperty('publicAddress');
  expect(targetOf(nat())).toEqual({ kind: 'nat-gateway', address: 'aws_nat_gateway.n' });
});

const egressOnly = (changes: object = {}): Resources => ({
  ...own,
  aws_egress_only_internet_gateway: { e: { vpc_id } },
  aws_route: {
    r: {
      route_table_id,
      destination_ipv6_cidr_block: '::/0',
      egress_only_gateway_id: ref('aws_egress_only_internet_gateway.e.id'),
      ...changes,
    },
  },
});

test('an egress-only internet gateway takes IPv6', () => {
  const address = 'aws_egress_only_internet_gateway.e';
  expect(modelOf(egressOnly()).egressOnlyInternetGateways).toMatchObject([{ address, vpc: 'aws_vpc.main' }]);
  expect(targetOf(egressOnly())).toEqual({ kind: 'egress-only-internet-gateway', address });
});

const peering = (changes: object = {}, more: Resources = {}): Resources => ({
  ...own,
  aws_vpc: far,
  aws_vpc_peering_connection: { p: { vpc_id, peer_vpc_id: farId, ...changes } },
  ...more,
});
const P = ref('aws_vpc_peering_connection.p.id');

test.each<[string, Resources, boolean]>([
  ['that it accepts itself', peering({ auto_accept: true }), true],
  ['that nobody accepts', peering(), false],
  [
    'that an accepter accepts',
    peering(
      {},
      { aws_vpc_peering_connection_accepter: { a: { vpc_peering_connection_id: P, auto_accept: true } } },
    ),
    true,
  ],
  [
    'of which only the options are set',
    peering(
      {},
      { aws_vpc_peering_connection_options: { o: { vpc_peering_connection_id: P, requester: [{}] } } },
    ),
    false,
  ],
])('a peering connection %s', (_, resources, isActive) => {
  expect(modelOf(resources).peeringConnections).toMatchObject([
    { address: 'aws_vpc_peering_connection.p', requester: 'aws_vpc.main', accepter: 'aws_vpc.far', isActive },
  ]);
});

test("a route may name a peering connection by its accepter's id", () => {
  const id = ref('aws_vpc_peering_connection_accepter.a.id');
  const resources = peering(
    {},
    {
      aws_vpc_peering_connection_accepter: { a: { vpc_peering_connection_id: P, auto_accept: true } },
      aws_route: { r: route({ destination_cidr_block: '10.9.0.0/16', vpc_peering_connection_id: id }) },
    },
  );
  expect(targetOf(resources)).toEqual({ kind: 'peering', address: 'aws_vpc_peering_connection.p' });
});

test('whether it is accepted is unknown where the accepter belongs to another account', () => {
  const accepter = { provider: 'aws.far', vpc_peering_connection_id: P, auto_accept: true };
  const resources = peering(
    {},
    {
      aws_vpc_peering_connection_accepter: { a: accepter },
      aws_route: { r: route({ destination_cidr_block: '10.9.0.0/16', vpc_peering_connection_id: P }) },
    },
  );
  const provider = { aws: [{ region: 'eu-west-1' }, { alias: 'far', region: 'eu-west-1', profile: 'x' }] };
  const { peeringConnections, routeTables } = modelOf(resources, { provider });
  expect(peeringConnections).toEqual([]);
  const table = routeTables.find(({ address }) => address === 'aws_route_table.own');
  expect(table?.routes[1]?.target).toMatchObject({
    kind: 'unmodelled',
    cause: { reason: 'whether it is accepted depends on aws_vpc_peering_connection_accepter.a' },
  });
});

test('a rule may name a group of a peered VPC, and of no other', () => {
  const aws_security_group = {
    far: { vpc_id: farId },
    one: {
      vpc_id,
      ingress: [
        { protocol: '-1', from_port: 0, to_port: 0, security_groups: [ref('aws_security_group.far.id')] },
      ],
    },
  };
  const peered = peering({ auto_accept: true }, { aws_security_group });
  const group = modelOf(peered).securityGroups.find(({ address }) => address === 'aws_security_group.one');
  expect(group?.ingress[0]?.peer).toEqual({ kind: 'security-group', address: 'aws_security_group.far' });
  expect(refusalOf({ aws_vpc: far, aws_security_group })).toBe(
    'INVALID aws_security_group.one ingress[0].security_groups[0]: aws_security_group.far belongs to aws_vpc.far, aws_security_group.one to aws_vpc.main',
  );
});

const inFar = { aws_vpc: far, aws_route_table: { own: { vpc_id: farId } } };

test.each<[string, Resources, string]>([
  [
    'a public NAT gateway without address',
    nat({ allocation_id: null }),
    'INVALID aws_nat_gateway.n allocation_id: it is missing',
  ],
  [
    'a type of connectivity that is none',
    nat({ connectivity_type: 'open' }),
    'INVALID aws_nat_gateway.n connectivity_type: "open" is not a type of connectivity',
  ],
  [
    'a NAT gateway of another VPC',
    { ...nat(), ...inFar },
    'INVALID aws_route.r nat_gateway_id: aws_nat_gateway.n belongs to aws_vpc.main, the route table to aws_vpc.far',
  ],
  [
    'a NAT gateway that is missing',
    { ...own, aws_route: { r: route({ nat_gateway_id: ref('aws_nat_gateway.none.id') }) } },
    'INVALID aws_route.r nat_gateway_id: aws_nat_gateway.none is not in the configuration',
  ],
  [
    'a gateway in the field of another',
    { ...nat(), aws_route: { r: route({ gateway_id: ref('aws_nat_gateway.n.id') }) } },
    'INVALID aws_route.r gateway_id: aws_nat_gateway.n.id does not identify an aws_internet_gateway of this configuration',
  ],
  [
    'two targets',
    {
      ...nat(),
      aws_route: {
        r: route({
          gateway_id: ref('aws_internet_gateway.main.id'),
          nat_gateway_id: ref('aws_nat_gateway.n.id'),
        }),
      },
    },
    'INVALID aws_route.r nat_gateway_id: gateway_id is set as well',
  ],
  [
    'IPv4 by an egress-only gateway',
    egressOnly({ destination_ipv6_cidr_block: null, destination_cidr_block: '0.0.0.0/0' }),
    'INVALID aws_route.r egress_only_gateway_id: an egress-only internet gateway carries IPv6 alone',
  ],
  [
    'an egress-only gateway of another VPC',
    { ...egressOnly(), ...inFar },
    'INVALID aws_route.r egress_only_gateway_id: aws_egress_only_internet_gateway.e belongs to aws_vpc.main, the route table to aws_vpc.far',
  ],
  [
    'peered VPCs that overlap',
    peering({}, { aws_vpc: { far: { cidr_block: '10.0.128.0/17' } } }),
    'INVALID aws_vpc_peering_connection.p peer_vpc_id: 10.0.0.0/16 of aws_vpc.main overlaps 10.0.128.0/17 of aws_vpc.far, and AWS peers no VPCs that overlap',
  ],
  [
    'a VPC peered with itself',
    peering({ peer_vpc_id: vpc_id }),
    'INVALID aws_vpc_peering_connection.p peer_vpc_id: aws_vpc.main cannot be peered with itself',
  ],
  [
    'two VPCs peered twice',
    peering(
      {},
      {
        aws_vpc_peering_connection: {
          p: { vpc_id, peer_vpc_id: farId },
          q: { vpc_id: farId, peer_vpc_id: vpc_id },
        },
      },
    ),
    'INVALID aws_vpc_peering_connection.q peer_vpc_id: aws_vpc_peering_connection.p connects the two already',
  ],
  [
    'a peering connection of other VPCs',
    peering(
      {},
      {
        aws_vpc: { ...far, third: { cidr_block: '10.8.0.0/16' } },
        aws_route_table: { own: { vpc_id: ref('aws_vpc.third.id') } },
        aws_route: { r: route({ destination_cidr_block: '10.9.0.0/16', vpc_peering_connection_id: P }) },
      },
    ),
    'INVALID aws_route.r vpc_peering_connection_id: aws_vpc_peering_connection.p connects aws_vpc.main and aws_vpc.far, the route table belongs to aws_vpc.third',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});
