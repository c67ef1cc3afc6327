import { expect, test } from 'vitest';
import { compileFabric } from '../../../../sim/compile/index.ts';
import type { Route, VpcModel } from '../../../../sim/vpc/model.ts';
import { smallVpc } from '../small-vpc.ts';
import { wideVpc } from '../wide-vpc.ts';

function routerOf(model: VpcModel, vpc = 'aws_vpc.main') {
  const fabric = compileFabric(model);
  const namespace = fabric.routers.find(({ address }) => address === vpc)?.namespace ?? '';
  return { rules: fabric.rules[namespace] ?? '', addresses: fabric.addresses[namespace] };
}

function chain(rules: string, name: string): string {
  return new RegExp(`chain ${name} \\{\\n([^}]*)\\}`).exec(rules)?.[1] ?? '';
}

/** The chain of a network ACL that holds such a line. */
function nameOf(rules: string, direction: string, line: string): string {
  const found = [...rules.matchAll(/chain (nacl_\w+) \{\n([^}]*)\}/g)].find(
    ([, name, body]) => name?.endsWith(direction) && body?.includes(line),
  );
  return found?.[1] ?? '';
}

test('returns from an allowing network ACL rule and never accepts, so that the other subnet still judges', () => {
  const { rules } = routerOf(smallVpc());
  const chains = [...rules.matchAll(/chain nacl_\w+ \{([^}]*)\}/g)].map(([, body]) => body ?? '');
  expect(chains).toHaveLength(4);
  for (const body of chains) {
    expect(body).toMatch(/return/);
    expect(body).not.toMatch(/\baccept\b/);
  }
});

test('keeps the order of a network ACL and both families in one list', () => {
  const { rules } = routerOf(wideVpc());
  const lines = chain(rules, nameOf(rules, 'ingress', 'tcp dport 8081'))
    .trim()
    .split('\n');
  expect(lines.map((line) => line.trim().replace(/ comment.*| log .*(?= drop)/g, ''))).toStrictEqual([
    'ip saddr 0.0.0.0/0 tcp dport 8081-8081 counter drop',
    'ip saddr 10.0.0.0/24 tcp dport 8080-8082 counter return',
    'ip saddr 0.0.0.0/0 tcp dport 80-80 counter return',
    'ip saddr 0.0.0.0/0 tcp dport 50000-50100 counter drop',
    'ip saddr 0.0.0.0/0 tcp dport 1024-65535 counter return',
    'ip saddr 0.0.0.0/0 icmp type 0 counter return',
    'ip6 saddr ::/0 tcp dport 1024-65535 counter return',
    'ip6 saddr ::/0 icmpv6 type 129 counter return',
    'counter drop',
  ]);
});

test('leaves out a network ACL rule that is uncertain', () => {
  const model = smallVpc();
  const uncertain = { address: 'aws_x.acl', reason: 'known after apply' };
  const networkAcls = model.networkAcls.map((acl) => ({
    ...acl,
    ingress: acl.ingress.map((rule) => ({ ...rule, uncertain })),
  }));
  expect(
    [...routerOf({ ...model, networkAcls }).rules.matchAll(/chain nacl_\w+_ingress \{\n([^}]*)\}/g)].map(
      ([, body]) => body?.trim().split('\n').length,
    ),
  ).toStrictEqual([1, 1]);
});

test('keeps no connection state in a router', () => {
  expect(routerOf(smallVpc()).rules).not.toMatch(/\bct\b/);
  expect(routerOf(wideVpc()).rules).not.toMatch(/\bct\b/);
});

test('exempts traffic inside one subnet from its network ACL before any ACL is asked', () => {
  const forward = chain(routerOf(smallVpc()).rules.replaceAll(/\{ (\d[^}]*) \}/g, '<$1>'), 'r_forward');
  const within = /<(\d+) \. \1, (\d+) \. \2> accept/.exec(forward);
  expect(within?.index).toBeGreaterThan(0);
  expect(within?.index).toBeLessThan(forward.indexOf('iifgroup vmap'));
});

test('gives each VPC a router with its own parts alone', () => {
  const [main, far, twin] = ['aws_vpc.main', 'aws_vpc.far', 'aws_vpc.twin'].map((vpc) =>
    routerOf(wideVpc(), vpc),
  );
  expect(main?.addresses?.ipv4).toMatch(/route add 10\.0\.10\.10 dev e-\w+ table 100/);
  expect(twin?.addresses?.ipv4).toMatch(/route add 10\.0\.10\.10 dev e-\w+ table 100/);
  expect(far?.addresses?.ipv4).not.toContain('10.0.10.10');
  expect(twin?.addresses?.ipv6).toBe('');
});

const routed = (...routes: readonly Route[]): VpcModel => {
  const model = wideVpc();
  return {
    ...model,
    routeTables: model.routeTables.map((table) =>
      table.address === 'aws_route_table.public' ? { ...table, routes } : table,
    ),
  };
};
const to = (target: Route['target'], ...destinations: readonly string[]): Route => ({
  address: 'aws_route.tried',
  destinations,
  target,
});

const links = [
  { kind: 'internet-gateway', address: 'aws_internet_gateway.main', link: 'igw' },
  { kind: 'nat-gateway', address: 'aws_nat_gateway.main', link: 'n-[0-9a-f]{12}' },
  { kind: 'peering', address: 'aws_vpc_peering_connection.far', link: 'p-[0-9a-f]{12}' },
] as const;

test.each(links)(
  'routes to a $kind by its link, every destination of the route',
  ({ kind, address, link }) => {
    const { addresses } = routerOf(routed(to({ kind, address }, '11.0.0.0/8', '12.0.0.0/8')));
    for (const cidr of ['11.0.0.0/8', '12.0.0.0/8']) {
      expect(addresses?.ipv4).toMatch(
        new RegExp(`route add ${cidr} via 169.254.0.1 dev ${link} onlink table \\d+\n`),
      );
    }
  },
);

const nowhere = [
  { name: 'a black hole', target: { kind: 'blackhole', address: 'aws_x.gone' }, by: 'aws_route.tried' },
  {
    name: 'an internet gateway of another VPC',
    target: { kind: 'internet-gateway', address: 'aws_internet_gateway.twin' },
    by: 'aws_internet_gateway.twin',
  },
  {
    name: 'an egress-only gateway in IPv4',
    target: {
      kind: 'egress-only-internet-gateway',
      address: 'aws_egress_only_internet_gateway.main',
    },
    by: 'aws_egress_only_internet_gateway.main',
  },
  {
    name: 'what is not modelled',
    target: { kind: 'unmodelled', cause: { address: 'aws_vpn_gateway.x', reason: 'a VPN' } },
    by: 'aws_vpn_gateway.x',
  },
] as const;

test.each(nowhere)('drops with a counter of its own what is routed to $name', ({ target, by }) => {
  const fabric = compileFabric(routed(to(target, '11.0.0.0/8')));
  const [router] = fabric.routers;
  const rules = fabric.rules[router?.namespace ?? ''] ?? '';
  const id = /meta mark \d+ ip daddr 11\.0\.0\.0\/8 counter drop comment "(\w+)"/.exec(rules)?.[1] ?? '';
  expect(fabric.counters[id]?.address).toBe(by);
  expect(fabric.addresses[router?.namespace ?? '']?.ipv4).toMatch(
    /route add 11\.0\.0\.0\/8 dev x-none table \d+\n/,
  );
});

test('carries nothing over a peering connection that is not active', () => {
  const model = wideVpc();
  const peeringConnections = model.peeringConnections.map((peering) => ({ ...peering, isActive: false }));
  const { links: made, counters } = compileFabric({ ...model, peeringConnections });
  expect(made.map(({ near }) => near.link).filter((name) => name.startsWith('p-'))).toStrictEqual([]);
  expect(Object.values(counters).map(({ text: words }) => words)).toContain(
    'the peering connection carries nothing',
  );
});

test('leaves out a route that is uncertain', () => {
  const uncertain = { address: 'aws_route.tried', reason: 'known after apply' };
  const target = { kind: 'internet-gateway', address: 'aws_internet_gateway.main' } as const;
  const { addresses } = routerOf(routed({ ...to(target, '11.0.0.0/8'), uncertain }));
  expect(addresses?.ipv4).not.toContain('11.0.0.0/8');
});

test('sends what no route takes to where it is dropped by name, in both families', () => {
  const { addresses } = routerOf(routed());
  const ofSubnets = (text = '', all = '') =>
    text.split('\n').filter((line) => line.startsWith(`route add ${all} dev x-none table 1`));
  // Of the table for what comes from no subnet, and of the public subnet's.
  expect(ofSubnets(addresses?.ipv4, '0.0.0.0/0').length).toBe(2);
  expect(ofSubnets(addresses?.ipv6, '::/0').length).toBe(2);
});

test('names the black hole of the longest prefix, whatever the order of the routes', () => {
  const hole = (cidr: string, address: string): Route => ({
    ...to({ kind: 'blackhole', address: 'aws_x.gone' }, cidr),
    address,
  });
  const { rules } = routerOf(
    routed(hole('11.0.0.0/8', 'aws_route.wide'), hole('11.1.0.0/16', 'aws_route.narrow')),
  );
  expect(rules.indexOf('ip daddr 11.1.0.0/16')).toBeGreaterThan(0);
  expect(rules.indexOf('ip daddr 11.1.0.0/16')).toBeLessThan(rules.indexOf('ip daddr 11.0.0.0/8'));
});
