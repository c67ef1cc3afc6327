import { expect, test } from 'vitest';
import { compileFabric } from '../../../../sim/compile/index.ts';
import type { VpcModel } from '../../../../sim/vpc/model.ts';
import { groupRule, machine, smallVpc } from '../small-vpc.ts';

test('compiles the same model to the same bytes', () => {
  expect(compileFabric(smallVpc())).toStrictEqual(compileFabric(smallVpc()));
});

test('compiles links, addresses and rules to text that a reviewer has seen', () => {
  const { links, addresses, rules } = compileFabric(smallVpc());
  expect(links).toMatchSnapshot();
  expect(addresses).toMatchSnapshot();
  expect(rules).toMatchSnapshot();
});

test('names every counter by a Terraform address and a verdict, and uses each exactly once', () => {
  const { counters, rules } = compileFabric(smallVpc());
  const text = Object.values(rules).join('\n');
  for (const [id, meaning] of Object.entries(counters)) {
    expect(text.split(`comment "${id}"`), id).toHaveLength(2);
    expect(meaning.address).toMatch(/^aws_/);
  }
  expect(text.match(/comment "/g)).toHaveLength(Object.keys(counters).length);
});

test('drops nothing without a counter that says why', () => {
  for (const text of Object.values(compileFabric(smallVpc()).rules)) {
    for (const line of text.split('\n')) {
      if (/\bdrop\b(?! comment)/.test(line))
        expect(line).toMatch(/^ {4}type filter hook \w+ priority 0; policy drop;$/);
    }
    // A policy is never what drops: each filter chain ends in a verdict for everything.
    for (const [, body] of text.matchAll(/policy drop;\n([\s\S]*?)\n {2}\}/g)) {
      expect(body?.split('\n').at(-1)).toMatch(
        /^ {4}(accept$|counter drop comment|iifname "vpc" counter drop comment)/,
      );
    }
  }
});

test('returns from an allowing network ACL rule and never accepts, so that the other subnet still judges', () => {
  const router = compileFabric(smallVpc()).rules.router ?? '';
  const chains = [...router.matchAll(/chain nacl_\w+ \{([^}]*)\}/g)].map(([, body]) => body ?? '');
  expect(chains).toHaveLength(4);
  for (const chain of chains) expect(chain).not.toMatch(/\baccept\b/);
});

test('keeps no connection state in the router', () => {
  expect(compileFabric(smallVpc()).rules.router).not.toMatch(/\bct\b/);
});

test('exempts traffic inside one subnet from its network ACL before any ACL is asked', () => {
  const router = compileFabric(smallVpc()).rules.router ?? '';
  expect(router.indexOf('{ 1 . 1, 2 . 2 } accept')).toBeGreaterThan(0);
  expect(router.indexOf('{ 1 . 1, 2 . 2 } accept')).toBeLessThan(router.indexOf('iifgroup vmap'));
});

test('takes a security group as peer for the private addresses of its interfaces, and for nobody when it has none', () => {
  const model = smallVpc();
  const engine = compileFabric(model).rules['eni-engine-0'] ?? '';
  expect(engine).toContain('ip saddr 10.0.0.20/32 tcp dport 49136-49136');
  expect(engine).not.toContain('198.51.100.10');
  const empty: VpcModel = { ...model, instances: model.instances.filter(({ id }) => id === 'engine-0') };
  expect(compileFabric(empty).rules['eni-engine-0']).not.toContain('dport');
});

const matches = [
  { name: 'every protocol', rule: { protocol: 'all' }, expected: 'ip saddr 0.0.0.0/0 counter' },
  { name: 'all of tcp', rule: { protocol: 6 }, expected: 'ip saddr 0.0.0.0/0 meta l4proto tcp counter' },
  {
    name: 'tcp 0-65535',
    rule: { protocol: 6, ports: { from: 0, to: 65_535 } },
    expected: 'meta l4proto tcp counter',
  },
  {
    name: 'udp ports',
    rule: { protocol: 17, ports: { from: 53, to: 54 } },
    expected: 'udp dport 53-54 counter',
  },
  {
    name: 'any icmp',
    rule: { protocol: 1, icmp: { type: -1, code: -1 } },
    expected: 'meta l4proto 1 counter',
  },
  {
    name: 'an icmp type',
    rule: { protocol: 1, icmp: { type: 8, code: -1 } },
    expected: 'icmp type 8 counter',
  },
  {
    name: 'an icmp code',
    rule: { protocol: 1, icmp: { type: 3, code: 4 } },
    expected: 'icmp type 3 icmp code 4 counter',
  },
  { name: 'another protocol', rule: { protocol: 50 }, expected: 'meta l4proto 50 counter' },
] as const;

test.each(matches)('matches $name as AWS does', ({ rule, expected }) => {
  const model = smallVpc();
  const peer = { kind: 'cidr', cidr: '0.0.0.0/0' } as const;
  const [gateway, ...others] = model.securityGroups;
  if (gateway === undefined) throw new TypeError('the small VPC has a gateway group');
  const changed = { ...gateway, ingress: [{ address: 'aws_x.rule', description: '', peer, ...rule }] };
  const text = compileFabric({ ...model, securityGroups: [changed, ...others] }).rules['eni-gateway-0'];
  expect(text).toContain(expected);
});

test('drops at the internet gateway what has no public address, both ways', () => {
  const text = compileFabric(smallVpc()).rules['internet-gateway'] ?? '';
  expect(text).toContain('elements = { 198.51.100.10 : 10.0.0.20 }');
  expect(text).not.toContain('10.0.10.10');
  expect(text.match(/iifname "(internet|vpc)" counter drop comment/g)).toHaveLength(2);
});

test('refuses a configuration without exactly one VPC', () => {
  const model = smallVpc();
  for (const vpcs of [
    [],
    [...model.vpcs, { address: 'aws_vpc.other', cidrs: ['10.1.0.0/16'], ipv6Cidrs: [] }],
  ]) {
    expect(() => compileFabric({ ...model, vpcs })).toThrow(/has \d VPCs; the fabric takes exactly one/);
  }
});

test('refuses a route to a NAT gateway by its address rather than leaving it out', () => {
  const model = smallVpc();
  const routeTables = model.routeTables.map((table) => ({
    ...table,
    routes: [
      {
        address: 'aws_route.nat',
        destinations: ['0.0.0.0/0'],
        target: { kind: 'nat-gateway', address: 'aws_nat_gateway.a' } as const,
      },
    ],
  }));
  expect(() => compileFabric({ ...model, routeTables })).toThrow(/aws_route\.nat leads to a nat-gateway/);
});

test('refuses an IPv6 route by its address, for no such packet could take it', () => {
  const model = smallVpc();
  const target = { kind: 'internet-gateway', address: 'aws_internet_gateway.main' } as const;
  const route = { address: 'aws_route.six', destinations: ['::/0'], target };
  const routeTables = model.routeTables.map((table) => ({ ...table, routes: [...table.routes, route] }));
  expect(() => compileFabric({ ...model, routeTables })).toThrow(
    /aws_route\.six is a route to ::\/0, and the fabric is IPv4 alone/,
  );
});

test('gives interface names that Linux accepts however long the ids are', () => {
  const model = smallVpc();
  const long = machine('a-very-long-name-of-a-machine-0', {
    subnet: 'aws_subnet.private',
    privateAddress: '10.0.10.11',
    group: 'aws_security_group.engine',
  });
  const { links } = compileFabric({ ...model, instances: [...model.instances, long] });
  for (const [, name] of links.matchAll(/^link add (\S+)/gm)) expect(name?.length).toBeLessThanOrEqual(15);
});

test('allows a prefix list by its ranges', () => {
  const model = smallVpc();
  const rule = groupRule('aws_x.s3', 443, {
    kind: 'prefix-list',
    address: 'aws_vpc_endpoint.s3',
    cidrs: ['192.0.2.0/25', '192.0.2.128/25'],
  });
  const securityGroups = model.securityGroups.map((group) => ({ ...group, egress: [rule] }));
  expect(compileFabric({ ...model, securityGroups }).rules['eni-engine-0']).toContain(
    'ip daddr { 192.0.2.0/25, 192.0.2.128/25 } tcp dport 443-443',
  );
});
