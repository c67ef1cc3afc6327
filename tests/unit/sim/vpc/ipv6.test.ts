import { expect, test } from 'vitest';
import { carriedOf, modelOf, type Resources, ref, refusalOf } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');
const dual = { cidr_block: '10.0.0.0/16', assign_generated_ipv6_cidr_block: true };
const part = (index: number, of = 'aws_vpc.main') => `\${cidrsubnet(${of}.ipv6_cidr_block, 8, ${index})}`;
const subnet = (changes: object) => ({ c: { vpc_id, cidr_block: '10.0.3.0/24', ...changes } });
const unknown = ref('aws_vpc.main.owner_id');

test('a generated block is a /56 that stays what it is, and expressions can divide it', () => {
  const resources = { aws_vpc: { main: dual }, aws_subnet: subnet({ ipv6_cidr_block: part(1) }) };
  const { vpcs, subnets, networkAcls, securityGroups, routeTables } = modelOf(resources);
  const [block = ''] = vpcs[0]?.ipv6Cidrs ?? [];
  expect(block).toMatch(/^2600:1f[0-9a-f]{2}:[0-9a-f:]+00::\/56$/);
  expect(modelOf(resources).vpcs[0]?.ipv6Cidrs).toEqual([block]);
  expect(subnets.map(({ ipv6Cidr }) => ipv6Cidr)).toEqual([
    undefined,
    undefined,
    block.replace('00::/56', '01::/64'),
  ]);
  expect(routeTables[0]?.routes[0]?.destinations).toEqual(['10.0.0.0/16', block]);
  expect(networkAcls[0]?.ingress.map(({ number, cidr }) => [number, cidr])).toEqual([
    [100, '0.0.0.0/0'],
    [101, '::/0'],
  ]);
  const standard = securityGroups.find(({ name }) => name === 'default');
  expect(standard?.egress.map(({ peer }) => peer)).toEqual([
    { kind: 'cidr', cidr: '0.0.0.0/0' },
    { kind: 'cidr', cidr: '::/0' },
  ]);
});

test('the blocks of two VPCs are apart', () => {
  const { vpcs } = modelOf({ aws_vpc: { main: dual, other: dual } });
  const blocks = vpcs.flatMap(({ ipv6Cidrs }) => ipv6Cidrs);
  expect(blocks).toHaveLength(2);
  expect(new Set(blocks).size).toBe(2);
});

test('a stand-in keeps clear of every block that the configuration names, wherever it stands', () => {
  const [taken = ''] = modelOf({ aws_vpc: { main: dual } }).vpcs[0]?.ipv6Cidrs ?? [];
  const inside = taken.replace('00::/56', '80::/60');
  const mentions: readonly object[] = [
    { locals: { office: inside } },
    { variable: { office: { default: [inside] } } },
    { data: { aws_iam_policy_document: { d: { statement: { condition: `x "${inside}" y` } } } } },
  ];
  for (const mention of mentions) {
    const { vpcs } = modelOf({ aws_vpc: { main: dual } }, mention);
    expect(vpcs[0]?.ipv6Cidrs).not.toEqual([taken]);
    expect(vpcs[0]?.ipv6Cidrs).toHaveLength(1);
  }
  const everywhere = { locals: { any: '::/0', public: '2000::/3' } };
  expect(modelOf({ aws_vpc: { main: dual } }, everywhere).vpcs[0]?.ipv6Cidrs).toEqual([taken]);
});

test('a stand-in is found at once, also where large blocks are named around it', () => {
  const [taken = ''] = modelOf({ aws_vpc: { main: dual } }).vpcs[0]?.ipv6Cidrs ?? [];
  const half = { locals: { half: '2600:1f80::/25' } };
  const [moved = ''] = modelOf({ aws_vpc: { main: dual } }, half).vpcs[0]?.ipv6Cidrs ?? [];
  expect(taken).toMatch(/^2600:1fba:/);
  expect(moved).toMatch(/^2600:1f[0-7]/);
  const whole = { locals: { low: '2600:1f00::/25', high: '2600:1f80::/25' } };
  expect(modelOf({ aws_vpc: { main: dual } }, whole).vpcs[0]?.ipv6Cidrs).toEqual([taken]);
});

test('where only two blocks are left, two VPCs have one each', () => {
  const base = 0x2600_1f00n << 96n;
  // All of the pool but its first /55.
  const others = Array.from({ length: 31 }, (_, index) => {
    const prefix = 25 + index;
    const groups = (base + (1n << BigInt(128 - prefix))).toString(16).match(/.{4}/g) ?? [];
    return `${groups.join(':')}/${prefix}`;
  });
  const { vpcs } = modelOf({ aws_vpc: { main: dual, other: dual } }, { locals: { others } });
  const blocks = vpcs.flatMap(({ ipv6Cidrs }) => ipv6Cidrs).sort();
  expect(blocks).toEqual(['2600:1f00:0:100::/56', '2600:1f00::/56']);
});

test('a block may be associated beside the VPC, and is referred to there', () => {
  const address = 'aws_vpc_ipv6_cidr_block_association.six';
  const { vpcs, subnets } = modelOf({
    aws_vpc_ipv6_cidr_block_association: { six: { vpc_id, assign_generated_ipv6_cidr_block: true } },
    aws_subnet: subnet({ ipv6_cidr_block: part(255, address) }),
  });
  const [block = ''] = vpcs[0]?.ipv6Cidrs ?? [];
  expect(subnets[2]?.ipv6Cidr).toBe(block.replace('00::/56', 'ff::/64'));
});

test('an own block is what is written', () => {
  const main = {
    cidr_block: '10.0.0.0/16',
    ipv6_ipam_pool_id: 'pool',
    ipv6_cidr_block: '2a05:d000:1:100::/56',
  };
  const { vpcs } = modelOf({ aws_vpc: { main } });
  expect(vpcs[0]?.ipv6Cidrs).toEqual(['2a05:d000:1:100::/56']);
});

test('a block that a pool decides on is not known, and places nothing that needs it', () => {
  const main = { cidr_block: '10.0.0.0/16', ipv6_ipam_pool_id: 'pool', ipv6_netmask_length: 56 };
  const resources = { aws_vpc: { main }, aws_subnet: subnet({ ipv6_cidr_block: part(1) }) };
  expect(modelOf(resources).subnets.map(({ address }) => address)).toEqual(['aws_subnet.a', 'aws_subnet.b']);
  const why = 'aws_vpc.main: ipv6_ipam_pool_id: the pool decides on the block after apply';
  expect(carriedOf(resources)).toEqual([
    `${why} [whatever lies in aws_vpc.main]`,
    `${why} [everything in aws_subnet.c]`,
  ]);
});

test("which part of its VPC's block a subnet has bears on no packet: one that is not known has a free one", () => {
  const aws_subnet = { c: { vpc_id, cidr_block: '10.0.3.0/24', ipv6_cidr_block: unknown } };
  const { vpcs, subnets } = modelOf({ aws_vpc: { main: dual }, aws_subnet });
  const [block = ''] = vpcs[0]?.ipv6Cidrs ?? [];
  expect(subnets[2]?.ipv6Cidr).toBe(block.replace('00::/56', 'ff::/64'));
  const last = { d: { vpc_id, cidr_block: '10.0.4.0/24', ipv6_cidr_block: part(255) } };
  const beside = modelOf({ aws_vpc: { main: dual }, aws_subnet: { ...aws_subnet, ...last } });
  expect(beside.subnets.map(({ ipv6Cidr }) => ipv6Cidr).slice(2)).toEqual([
    block.replace('00::/56', 'fe::/64'),
    block.replace('00::/56', 'ff::/64'),
  ]);
});

test.each<[string, Resources, string]>([
  [
    'a subnet outside the blocks of its VPC',
    {
      aws_vpc: { main: { cidr_block: '10.0.0.0/16', ipv6_cidr_block: 'fd00:1::/56' } },
      aws_subnet: subnet({ ipv6_cidr_block: 'fd00:2::/64' }),
    },
    'INVALID aws_subnet.c ipv6_cidr_block: fd00:2::/64 lies outside aws_vpc.main (fd00:1::/56)',
  ],
  [
    'a subnet of IPv6 in a VPC without',
    { aws_subnet: subnet({ ipv6_cidr_block: 'fd00:2::/64' }) },
    'INVALID aws_subnet.c ipv6_cidr_block: fd00:2::/64 lies outside aws_vpc.main ()',
  ],
  [
    'subnets that overlap in IPv6 alone',
    {
      aws_vpc: { main: dual },
      aws_subnet: {
        ...subnet({ ipv6_cidr_block: part(1) }),
        d: { vpc_id, cidr_block: '10.0.4.0/24', ipv6_cidr_block: part(1) },
      },
    },
    'INVALID aws_subnet.d ipv6_cidr_block: 2600:1fba:c8a6:a101::/64 overlaps 2600:1fba:c8a6:a101::/64 of aws_subnet.c',
  ],
  [
    'a block that is none',
    { aws_vpc: { main: { cidr_block: '10.0.0.0/16', ipv6_cidr_block: '10.0.0.0/8' } } },
    'INVALID aws_vpc.main ipv6_cidr_block: "10.0.0.0/8" is not an IPv6 CIDR block',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});
