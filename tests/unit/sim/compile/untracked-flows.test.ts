import { expect, test } from 'vitest';
import { compileFabric } from '../../../../sim/compile/index.ts';
import type { LoadBalancer, NetworkInterface, Route, SecurityGroupRule } from '../../../../sim/vpc/model.ts';
import { admits, all, icmp, tcp, udp, wideVpc } from '../wide-vpc.ts';

type Rules = Readonly<Record<'ingress' | 'egress', readonly SecurityGroupRule[]>>;

/** Lines that mark, of the interface `web` or another one, with these rules in its group. */
function marksOf(
  rules: Rules,
  { id = 'web', ...changed }: { id?: string } & Partial<ReturnType<typeof wideVpc>> = {},
) {
  const model = { ...wideVpc(), ...changed };
  const securityGroups = model.securityGroups.map((group) => ({ ...group, ...rules }));
  const text = compileFabric({ ...model, securityGroups }).rules[`eni-${id}`] ?? '';
  const chain = (direction: string) =>
    (new RegExp(`chain sg_${direction} \\{\\n([\\s\\S]*?)\\n  \\}`).exec(text)?.[1] ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.endsWith('ct mark set 1'));
  return { ingress: chain('ingress'), egress: chain('egress') };
}

const everyone = '0.0.0.0/0';
const out = admits(all, everyone);

const cases: readonly [why: string, rules: Rules, ingress: readonly string[]][] = [
  [
    'a port for everyone, with every answer permitted',
    { ingress: [admits(tcp(443), everyone)], egress: [out] },
    ['ct state new meta nfproto ipv4 tcp dport 443-443 ct mark set 1'],
  ],
  [
    'answers permitted by a rule of the protocol',
    { ingress: [admits(udp(53), everyone)], egress: [admits(udp(0, 65_535), everyone)] },
    ['ct state new meta nfproto ipv4 udp dport 53-53 ct mark set 1'],
  ],
  [
    'everything for everyone',
    { ingress: [out], egress: [out] },
    ['tcp', 'udp'].map((name) => `ct state new meta nfproto ipv4 meta l4proto ${name} ct mark set 1`),
  ],
  ['a port for some alone', { ingress: [admits(tcp(443), '10.0.0.0/8')], egress: [out] }, []],
  ['half of everyone', { ingress: [admits(tcp(443), '0.0.0.0/1')], egress: [out] }, []],
  ['a group as peer', { ingress: [admits(tcp(443), 'aws_security_group.app')], egress: [out] }, []],
  ['ICMP', { ingress: [admits(icmp(8), everyone)], egress: [out] }, []],
  ['no rule for answers', { ingress: [admits(tcp(443), everyone)], egress: [] }, []],
  [
    'answers to some alone',
    { ingress: [admits(tcp(443), everyone)], egress: [admits(all, '10.0.0.0/8')] },
    [],
  ],
  [
    'answers to some ports alone',
    { ingress: [admits(tcp(443), everyone)], egress: [admits(tcp(1024, 65_535), everyone)] },
    [],
  ],
  [
    'answers of the other protocol',
    { ingress: [admits(tcp(443), everyone)], egress: [admits(udp(0, 65_535), everyone)] },
    [],
  ],
  [
    'answers of the other family',
    { ingress: [admits(tcp(443), everyone)], egress: [admits(all, '::/0')] },
    [],
  ],
  [
    'a rule of which nobody knows whether it opens anything',
    {
      ingress: [{ ...admits(tcp(443), everyone), uncertain: { address: 'aws_x.rule', reason: 'unknown' } }],
      egress: [out],
    },
    [],
  ],
];

test.each(cases)('tracks or not as AWS does: %s', (_why, rules, ingress) => {
  expect(marksOf(rules).ingress).toStrictEqual(ingress);
});

test('leaves a flow outwards untracked where everything may enter, but one through a NAT or an egress-only gateway', () => {
  const rules = {
    ingress: [out, admits(all, '::/0')],
    egress: [admits(tcp(443), everyone), admits(tcp(443), '::/0')],
  };
  const atInternetGateway = marksOf(rules).egress;
  expect(atInternetGateway).toStrictEqual([
    'ct state new meta nfproto ipv4 tcp dport 443-443 ct mark set 1',
    'ct state new meta nfproto ipv6 tcp dport 443-443 ct mark set 1',
  ]);
  // The VPC's own range, the peer's, the endpoint's and the black hole's are led elsewhere; 203.0.113.0/24 to the NAT gateway.
  const behindNat = marksOf(rules, { id: 'app' }).egress;
  const excepted = [
    '0.0.0.0-9.255.255.255',
    '10.2.0.0-192.0.1.255',
    '192.0.2.128-202.255.255.255',
    '204.0.0.0-255.255.255.255',
    '203.0.113.0-203.0.113.255',
  ].join(', ');
  expect(behindNat[0]).toBe(`ct state new ip daddr != { ${excepted} } tcp dport 443-443 ct mark set 1`);
  expect(behindNat[1]).toMatch(/^ct state new ip6 daddr != \{ ::-2600:1f00:0:ff:[^}]* \} tcp dport 443-443/);
});

test('tracks every connection of a Network Load Balancer, an interface endpoint and a function, and with them', () => {
  const rules = { ingress: [admits(tcp(443), everyone)], egress: [out] };
  const model = wideVpc();
  const kinds = ['load-balancer', 'interface-endpoint', 'lambda'] as const;
  for (const kind of kinds) {
    const interfaces = model.interfaces.map(
      (one): NetworkInterface => (one.id === 'beside' ? { ...one, kind } : one),
    );
    const balancer = (type: LoadBalancer['kind']): readonly LoadBalancer[] => [
      { address: 'aws_lb.x', kind: type, isInternal: true, interfaces: ['beside'], listeners: [] },
    ];
    const loadBalancers = kind === 'load-balancer' ? balancer('network') : [];
    expect({
      kind,
      marks: marksOf(rules, { interfaces, loadBalancers, id: 'beside' }).ingress,
    }).toStrictEqual({
      kind,
      marks: [],
    });
    expect(marksOf(rules, { interfaces, loadBalancers }).ingress).toStrictEqual([
      'ct state new ip saddr != { 10.0.0.11, 198.51.100.11 } tcp dport 443-443 ct mark set 1',
    ]);
    const application = kind === 'load-balancer' ? balancer('application') : [];
    if (kind === 'load-balancer')
      expect(marksOf(rules, { interfaces, loadBalancers: application, id: 'beside' }).ingress).toHaveLength(
        1,
      );
  }
});

test('honours the mark of an earlier configuration where no flow is untracked any more', () => {
  const { rules } = compileFabric(wideVpc());
  for (const [namespace, text] of Object.entries(rules).filter(([name]) => name.startsWith('eni-'))) {
    expect({
      namespace,
      lines: text.match(/ct state established ct mark != 1 accept/g)?.length,
    }).toStrictEqual({
      namespace,
      lines: 2,
    });
  }
});

test('follows the longest prefix to a gateway that tracks', () => {
  const model = wideVpc();
  const to = (destination: string, target: Route['target']): Route => ({
    address: `aws_route.x${destination}`,
    destinations: [destination],
    target,
  });
  const nat = { kind: 'nat-gateway', address: 'aws_nat_gateway.main' } as const;
  const routeTables = model.routeTables.map((table) =>
    table.address === 'aws_route_table.private'
      ? {
          ...table,
          routes: [
            to('8.0.0.0/8', nat),
            to('8.8.0.0/16', { kind: 'internet-gateway', address: 'aws_internet_gateway.main' }),
            to('8.8.8.8/32', nat),
          ],
        }
      : table,
  );
  const rules = { ingress: [out], egress: [admits(tcp(443), everyone)] };
  expect(marksOf(rules, { routeTables, id: 'app' }).egress).toStrictEqual([
    'ct state new ip daddr != { 8.0.0.0-8.7.255.255, 8.9.0.0-8.255.255.255, 8.8.8.8 } tcp dport 443-443 ct mark set 1',
  ]);
});
