/** The builtin list: what makes verify fail where there is no policy. */
import { expect, test } from 'vitest';
import {
  acl,
  appIngress,
  base,
  type Case,
  ingress,
  innerRoutes,
  listOf,
  peered,
  testFindings,
} from './finding-cases.ts';
import { at, group, smallNetwork, subnet, verified } from './small-network.ts';

const cases: readonly Case[] = [
  {
    id: 'internet-reaches-admin-port',
    what: 'SSH for the world',
    changes: ingress(['r.ssh', '0.0.0.0/0', { port: 22, line: 61 }]),
    without: ingress(['r.ssh', '203.0.113.0/24', { port: 22, line: 61 }]),
    address: 'r.ssh',
    place: 'main.tf:61',
    message: /^the internet reaches aws_instance\.web on tcp port 22 \(SSH\) over IPv4$/,
  },
  {
    id: 'internet-reaches-admin-port',
    what: 'RDP for half of the world',
    changes: ingress(['r.rdp', '128.0.0.0/1', { port: [3000, 4000], line: 62 }]),
    without: ingress(['r.rdp', '128.0.0.0/1', { port: [3390, 4000], line: 62 }]),
    address: 'r.rdp',
    place: 'main.tf:62',
    message: /128\.0\.0\.0\/1 reaches aws_instance\.web on tcp port 3389 \(RDP\)/,
  },
  {
    id: 'internet-reaches-database-port',
    what: 'PostgreSQL for the world',
    changes: ingress(['r.db', '0.0.0.0/0', { port: 5432, line: 63 }]),
    without: appIngress(['r.db', '0.0.0.0/0', { port: 5432, line: 63 }]),
    address: 'r.db',
    place: 'main.tf:63',
    message: /tcp port 5432 \(PostgreSQL\)/,
  },
  {
    id: 'private-subnet-is-public',
    what: 'a subnet with the wrong table',
    changes: {
      subnets: [
        subnet('edge', '10.0.0.0/24'),
        subnet('inner', '10.0.10.0/24', { name: 'app-private-01', routeTable: 'aws_route_table.edge' }),
      ],
    },
    without: {
      subnets: [subnet('edge', '10.0.0.0/24'), subnet('inner', '10.0.10.0/24', { name: 'app-private-01' })],
    },
    address: 'aws_subnet.inner',
    place: 'main.tf:20',
    message:
      /named "app-private-01", and its table aws_route_table\.edge sends 0\.0\.0\.0\/0 to aws_internet_gateway\.main/,
  },
  {
    id: 'answer-dropped',
    what: 'a network ACL without ephemeral ports',
    changes: acl(
      'egress',
      [100, 'allow', { protocol: 6, ports: { from: 443, to: 443 } }],
      [110, 'allow', { protocol: 6, ports: { from: 8080, to: 8080 } }],
    ),
    without: acl('egress', [100, 'allow', { protocol: 6, ports: { from: 443, to: 65_535 } }]),
    address: 'aws_default_network_acl.main',
    place: 'main.tf:20',
    message: /network-acl egress.*drops the answers of internet → aws_instance\.web tcp\/443/,
  },
  {
    id: 'answer-dropped',
    what: 'ephemeral ports from 32768 only',
    changes: acl(
      'egress',
      [100, 'allow', { protocol: 6, ports: { from: 443, to: 8080 } }],
      [110, 'allow', { protocol: 6, ports: { from: 32_768, to: 65_535 } }],
    ),
    without: {},
    address: 'aws_default_network_acl.main',
    place: 'main.tf:20',
    message: /tcp\/443 \(works from source ports 1024-8080, 32768-65535 only\)/,
  },
  {
    id: 'route-never-delivers',
    what: 'transit through a peering',
    changes: peered('10.10.0.0/16'),
    without: peered('10.9.0.0/16'),
    address: 'aws_route.peer',
    place: 'main.tf:40',
    message: /carries packets to aws_vpc\.other \(10\.9\.0\.0\/16\) alone/,
  },
  {
    id: 'route-never-delivers',
    what: 'a NAT gateway without a way on',
    changes: {
      natGateways: base.natGateways.map((nat) => ({
        ...nat,
        subnet: 'aws_subnet.inner',
        privateAddress: '10.0.10.200',
      })),
    },
    without: {},
    address: 'aws_route.nat',
    place: 'main.tf:31',
    message:
      /stands in aws_subnet\.inner, whose table aws_route_table\.inner has no route to an internet gateway/,
  },
  {
    id: 'route-never-delivers',
    what: 'a target that is gone',
    changes: innerRoutes({
      address: 'aws_route.gone',
      place: at(41),
      destinations: ['10.8.0.0/16'],
      target: { kind: 'blackhole', address: 'aws_nat_gateway.gone' },
    }),
    without: {},
    address: 'aws_route.gone',
    place: 'main.tf:41',
    message: /its target aws_nat_gateway\.gone does not exist/,
  },
  {
    id: 'rule-never-matches',
    what: 'a rule of a network ACL behind one that takes all',
    changes: acl('ingress', [100, 'allow'], [120, 'deny', { cidr: '203.0.113.0/24' }]),
    without: acl('ingress', [100, 'deny', { cidr: '203.0.113.0/24' }], [120, 'allow']),
    address: 'aws_network_acl_rule.r120',
    place: 'main.tf:120',
    message: /rule 120 \(deny, ingress\) of aws_default_network_acl\.main can never match: 100 \(allow\)/,
  },
  {
    id: 'rule-never-matches',
    what: 'two rules that together take all of a third',
    changes: acl(
      'ingress',
      [100, 'allow', { protocol: 6, ports: { from: 0, to: 1000 } }],
      [101, 'allow', { protocol: 6, ports: { from: 1001, to: 65_535 } }],
      [120, 'deny', { protocol: 6, ports: { from: 900, to: 1100 } }],
    ),
    without: acl(
      'ingress',
      [100, 'allow', { protocol: 6, ports: { from: 0, to: 1000 } }],
      [101, 'allow', { protocol: 6, ports: { from: 1002, to: 65_535 } }],
      [120, 'deny', { protocol: 6, ports: { from: 900, to: 1100 } }],
    ),
    address: 'aws_network_acl_rule.r120',
    place: 'main.tf:120',
    message: /100 \(allow\) and 101 \(allow\) before it/,
  },
  {
    id: 'rule-never-matches',
    what: 'a peer that nobody carries',
    changes: {
      securityGroups: [
        ...(ingress(['r.dead', 'aws_security_group.nobody', { port: 9, line: 64 }]).securityGroups ?? []),
        group('nobody'),
      ],
    },
    without: ingress(['r.dead', 'aws_security_group.app', { port: 443, line: 64 }]),
    address: 'r.dead',
    place: 'main.tf:64',
    message: /no interface carries aws_security_group\.nobody/,
  },
  {
    id: 'rule-never-matches',
    what: 'ping behind a network ACL without ICMP',
    changes: {
      ...ingress(['r.ping', '0.0.0.0/0', { protocol: 1, icmp: { type: 8, code: -1 }, line: 65 }]),
      ...acl('ingress', [100, 'allow', { protocol: 6 }]),
    },
    without: ingress(['r.ping', '0.0.0.0/0', { protocol: 1, icmp: { type: 8, code: -1 }, line: 65 }]),
    address: 'r.ping',
    place: 'main.tf:65',
    message: /never takes effect: aws_default_network_acl\.main \(network-acl ingress\) drops what it is for/,
  },
  {
    id: 'rule-never-matches',
    what: 'ping for a prefix list that holds the world',
    changes: {
      ...ingress(['r.ping', listOf('0.0.0.0/0'), { protocol: 1, icmp: { type: 8, code: -1 }, line: 65 }]),
      ...acl('ingress', [100, 'allow', { protocol: 6 }]),
    },
    without: ingress(['r.ping', listOf('0.0.0.0/0'), { protocol: 1, icmp: { type: 8, code: -1 }, line: 65 }]),
    address: 'r.ping',
    place: 'main.tf:65',
    message: /never takes effect: aws_default_network_acl\.main \(network-acl ingress\) drops what it is for/,
  },
  {
    id: 'internet-reaches-admin-port',
    what: 'SSH for a prefix list that holds the world',
    changes: ingress(['r.ssh', listOf('10.0.0.0/8', '0.0.0.0/0'), { port: 22, line: 61 }]),
    without: ingress(['r.ssh', listOf('10.0.0.0/8', '203.0.113.0/24'), { port: 22, line: 61 }]),
    address: 'r.ssh',
    place: 'main.tf:61',
    message: /^the internet reaches aws_instance\.web on tcp port 22 \(SSH\) over IPv4$/,
  },
];

testFindings('builtin', cases);

test('says nothing of a network without a fault', () => {
  const { findings, unknown, verdict } = verified(base);
  expect({ findings, unknown, verdict }).toEqual({ findings: [], unknown: [], verdict: 'holds' });
});

test.each([
  ['tcp, of which answers are dropped, for no connection', 6, 22, []],
  ['udp for an exposure even where answers are dropped', 17, 11_211, ['internet-reaches-database-port']],
])('takes %s', (_, protocol, port, ids) => {
  const model = smallNetwork({
    ...ingress(['r.in', '0.0.0.0/0', { protocol, port }]),
    ...acl('egress', [100, 'allow', { protocol: 1 }]),
  });
  const report = verified(model);
  expect(report.findings.map(({ id }) => id).filter((id) => id.startsWith('internet-reaches'))).toEqual(ids);
  expect(report.findings.map(({ id }) => id)).toContain('answer-dropped');
});
