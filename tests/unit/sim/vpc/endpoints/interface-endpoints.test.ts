import { expect, test } from 'vitest';
import { type Resources, ref, refusalOf } from '../written-vpc.ts';
import { endpointRows } from './endpoint-rows.ts';

const vpc_id = ref('aws_vpc.main.id');
const [a, b] = [ref('aws_subnet.a.id'), ref('aws_subnet.b.id')];
const [one, two] = [ref('aws_security_group.one.id'), ref('aws_security_group.two.id')];
const written = {
  vpc_id,
  vpc_endpoint_type: 'Interface',
  service_name: 'com.amazonaws.eu-west-1.logs',
  subnet_ids: [a, b],
  security_group_ids: [one],
};
const endpoint = (changes: object): Resources => ({ aws_vpc_endpoint: { e: { ...written, ...changes } } });
const vpc_endpoint_id = ref('aws_vpc_endpoint.e.id');
const rows = (groups: string) => [
  `aws_vpc_endpoint.e#0 interface-endpoint a ${groups}`,
  `aws_vpc_endpoint.e#1 interface-endpoint b ${groups}`,
];

test.each<[string, Resources, readonly string[]]>([
  ['as written', endpoint({}), rows('one')],
  ['without groups', endpoint({ security_group_ids: null }), rows('default_group')],
  ['with a group that is not known', endpoint({ security_group_ids: [one, 'sg-1'] }), rows('one groups?')],
  [
    'by associations',
    {
      ...endpoint({ subnet_ids: null, security_group_ids: null }),
      aws_vpc_endpoint_subnet_association: {
        a: { vpc_endpoint_id, subnet_id: a },
        b: { vpc_endpoint_id, subnet_id: b },
      },
      aws_vpc_endpoint_security_group_association: { x: { vpc_endpoint_id, security_group_id: two } },
    },
    rows('default_group,two'),
  ],
  [
    'by an association that takes the place of the default group',
    {
      ...endpoint({ security_group_ids: null }),
      aws_vpc_endpoint_security_group_association: {
        x: { vpc_endpoint_id, security_group_id: two, replace_default_association: true },
      },
    },
    rows('two'),
  ],
  [
    'with a subnet that is not known',
    endpoint({ subnet_ids: [a, 'subnet-1'] }),
    [
      'aws_vpc_endpoint.e#0 interface-endpoint a one',
      'unplaced aws_vpc_endpoint.e#1: subnet_ids[1]: it is not a reference to a resource',
    ],
  ],
])('an interface endpoint has an interface in each subnet: %s', (_, resources, expected) => {
  const short = (row: string) => row.replaceAll('aws_vpc.main.default_security_group', 'default_group');
  expect(endpointRows(resources).map(short)).toEqual(expected);
});

test('an interface endpoint has no public address in a public subnet', () => {
  const aws_subnet = { a: { vpc_id, cidr_block: '10.0.1.0/24', map_public_ip_on_launch: true } };
  expect(endpointRows({ aws_subnet, ...endpoint({ subnet_ids: [a] }) })).toEqual([
    'aws_vpc_endpoint.e#0 interface-endpoint a one',
  ]);
});

test.each<[string, Resources, string]>([
  [
    'two subnets of one zone',
    {
      aws_subnet: { c: { vpc_id, cidr_block: '10.0.3.0/24', availability_zone: 'eu-west-1a' } },
      ...endpoint({ subnet_ids: [a, ref('aws_subnet.c.id')] }),
    },
    'INVALID aws_vpc_endpoint.e subnet_ids: aws_subnet.a and aws_subnet.c are both in eu-west-1a, and AWS takes one subnet a zone',
  ],
  [
    'a subnet of another VPC',
    {
      aws_vpc: { far: { cidr_block: '10.9.0.0/16' } },
      aws_subnet: { far: { vpc_id: ref('aws_vpc.far.id'), cidr_block: '10.9.1.0/24' } },
      ...endpoint({ subnet_ids: [ref('aws_subnet.far.id')], security_group_ids: null }),
    },
    'INVALID aws_vpc_endpoint.e subnet_ids: aws_subnet.far belongs to aws_vpc.far, aws_vpc_endpoint.e to aws_vpc.main',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});
