import { expect, test } from 'vitest';
import { modelOf, type Resources, ref, refusalOf } from '../written-vpc.ts';
import { endpointRows } from './endpoint-rows.ts';

const vpc_id = ref('aws_vpc.main.id');
const imagined = (subnet: string, group: string) =>
  `imagined(aws_subnet.${subnet}+aws_security_group.${group}) imagined ${subnet} ${group}`;

test('a network without machines is judged by one for each subnet and group', () => {
  expect(endpointRows({})).toEqual([
    imagined('a', 'one'),
    imagined('a', 'two'),
    imagined('b', 'one'),
    imagined('b', 'two'),
  ]);
  expect(modelOf({}).interfaces[0]).toMatchObject({
    id: 'imagined-0',
    address: 'aws_subnet.a',
    privateAddress: '10.0.1.20',
  });
  expect(modelOf({}).instances).toEqual([]);
});

test('an imagined one is public where its subnet makes machines public', () => {
  const aws_subnet = {
    a: { vpc_id, cidr_block: '10.0.1.0/24', map_public_ip_on_launch: true },
    b: { vpc_id, cidr_block: '10.0.2.0/24', map_public_ip_on_launch: ref('aws_vpc.main.n') },
  };
  expect(endpointRows({ aws_subnet })).toEqual([
    `${imagined('a', 'one')} public`,
    `${imagined('a', 'two')} public`,
    `${imagined('b', 'one')} public?`,
    `${imagined('b', 'two')} public?`,
    expect.stringMatching(/^unmodelled aws_subnet\.b: /),
  ]);
});

test('an imagined one carries groups of its own VPC alone, or the default one', () => {
  const far: Resources = {
    aws_vpc: { far: { cidr_block: '10.9.0.0/16' } },
    aws_subnet: { far: { vpc_id: ref('aws_vpc.far.id'), cidr_block: '10.9.1.0/24' } },
  };
  expect(endpointRows(far)).toContain(
    'imagined(aws_subnet.far+aws_vpc.far.default_security_group) imagined far aws_vpc.far.default_security_group',
  );
  expect(endpointRows(far)).toHaveLength(5);
});

test.each<[string, Resources]>([
  ['a machine', { aws_instance: { m: { subnet_id: ref('aws_subnet.a.id') } } }],
  ['a machine that cannot be placed', { aws_instance: { m: { subnet_id: 'subnet-1' } } }],
])('nothing is imagined beside %s', (_, resources) => {
  expect(endpointRows(resources)).toHaveLength(1);
});

const groups = (count: number): Resources => ({
  aws_security_group: Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`g${index}`, { vpc_id, name: `g${index}` }]),
  ),
});

test('those that find no room in a small subnet are unknown', () => {
  const aws_subnet = { a: { vpc_id, cidr_block: '10.0.1.0/28' } };
  const { interfaces, unplaced } = modelOf({ ...groups(10), aws_subnet });
  expect(interfaces).toHaveLength(11 + 12);
  expect(unplaced.map(({ endpoint, cause }) => `${endpoint}: ${cause.reason}`)).toEqual([
    'imagined(aws_subnet.a+aws_security_group.two): its block 10.0.1.0/28 has fewer addresses than its VPC has groups',
  ]);
});

test('more than can be judged are refused', () => {
  expect(refusalOf(groups(999))).toBe(
    'UNSUPPORTED aws_subnet.a cidr_block: without machines it is judged by one for each subnet and group, and 2002 are more than 2000',
  );
});
