import { expect, test } from 'vitest';
import { compileFabric } from '../../../../sim/compile/index.ts';
import type { SecurityGroupRule, VpcModel } from '../../../../sim/vpc/model.ts';
import { groupRule, smallVpc } from '../small-vpc.ts';
import { addresses, wideVpc } from '../wide-vpc.ts';

function rulesOf(model: VpcModel, id: string): string {
  return compileFabric(model).rules[`eni-${id}`] ?? '';
}

/** The gateway's group with one ingress rule and nothing else. */
function withRule(rule: Omit<SecurityGroupRule, 'address' | 'description'>): string {
  const model = smallVpc();
  const securityGroups = model.securityGroups.map((group) =>
    group.name === 'gateway'
      ? { ...group, ingress: [{ address: 'aws_x.rule', description: '', ...rule }] }
      : group,
  );
  return rulesOf({ ...model, securityGroups }, 'gateway-0');
}

const anywhere = { kind: 'cidr', cidr: '0.0.0.0/0' } as const;
const anywhere6 = { kind: 'cidr', cidr: '::/0' } as const;

const matches = [
  {
    name: 'every protocol',
    rule: { protocol: 'all', peer: anywhere },
    expected: 'ip saddr 0.0.0.0/0 counter',
  },
  {
    name: 'all of tcp',
    rule: { protocol: 6, peer: anywhere },
    expected: 'ip saddr 0.0.0.0/0 meta l4proto tcp counter',
  },
  {
    name: 'tcp 0-65535',
    rule: { protocol: 6, ports: { from: 0, to: 65_535 }, peer: anywhere },
    expected: 'ip saddr 0.0.0.0/0 meta l4proto tcp counter',
  },
  {
    name: 'udp ports',
    rule: { protocol: 17, ports: { from: 53, to: 54 }, peer: anywhere6 },
    expected: 'ip6 saddr ::/0 udp dport 53-54 counter',
  },
  {
    name: 'any icmp',
    rule: { protocol: 1, icmp: { type: -1, code: -1 }, peer: anywhere },
    expected: 'ip saddr 0.0.0.0/0 meta l4proto 1 counter',
  },
  {
    name: 'an icmp type',
    rule: { protocol: 1, icmp: { type: 8, code: -1 }, peer: anywhere },
    expected: 'icmp type 8 counter',
  },
  {
    name: 'an icmp code',
    rule: { protocol: 1, icmp: { type: 3, code: 4 }, peer: anywhere },
    expected: 'icmp type 3 icmp code 4 counter',
  },
  {
    name: 'an icmpv6 type',
    rule: { protocol: 58, icmp: { type: 128, code: -1 }, peer: anywhere6 },
    expected: 'ip6 saddr ::/0 icmpv6 type 128 counter',
  },
  {
    name: 'another protocol',
    rule: { protocol: 50, peer: anywhere },
    expected: 'meta l4proto 50 counter',
  },
] as const;

test.each(matches)('matches $name as AWS does', ({ rule, expected }) => {
  expect(withRule(rule)).toContain(expected);
});

test('lets ICMP speak of IPv4 alone and ICMPv6 of IPv6 alone', () => {
  for (const rule of [
    { protocol: 1, peer: anywhere6 },
    { protocol: 58, peer: anywhere },
  ]) {
    expect(withRule(rule)).not.toContain('l4proto');
  }
});

test('takes a group as peer for the private and IPv6 addresses of its interfaces, never their public ones', () => {
  const app = rulesOf(wideVpc(), 'app');
  expect(app).toMatch(
    new RegExp(
      `set group_\\w+_4 .* elements = { ${addresses.web.private}, ${addresses.beside.private}, ${addresses.bare.private} }`,
    ),
  );
  expect(app).toContain(`elements = { ${addresses.web.ipv6} }`);
  expect(app).toMatch(/ip saddr @group_\w+_4 tcp dport 8080-8082 counter accept/);
  expect(app).toMatch(/ip6 saddr @group_\w+_6 tcp dport 8080-8082 counter accept/);
  expect(app).not.toContain('198.51.100.');
});

test('lists the members of a group once, however many rules name it', () => {
  const web = rulesOf(wideVpc(), 'web');
  expect(web.match(/@group_\w+_4/g)).toHaveLength(2);
  expect(web.match(/set group_\w+_4/g)).toHaveLength(1);
});

test('takes a group without interfaces for nobody', () => {
  const model = smallVpc();
  const empty = { ...model, interfaces: model.interfaces.filter(({ id }) => id === 'engine-0') };
  expect(rulesOf(empty, 'engine-0')).not.toContain('dport');
});

test('takes a prefix list for its ranges of each family, those within others left out', () => {
  const model = smallVpc();
  const rule = groupRule('aws_x.s3', 443, {
    kind: 'prefix-list',
    address: 'aws_vpc_endpoint.s3',
    cidrs: ['192.0.2.0/26', '192.0.2.0/25', '198.51.100.0/25', '2600:1f00::/40'],
  });
  const securityGroups = model.securityGroups.map((group) => ({ ...group, egress: [rule] }));
  const text = rulesOf({ ...model, securityGroups }, 'engine-0');
  expect(text).toContain('ip daddr { 192.0.2.0/25, 198.51.100.0/25 } tcp dport 443-443');
  expect(text).toContain('ip6 daddr 2600:1f00::/40 tcp dport 443-443');
});

test('leaves out a rule that is uncertain, of which nobody knows whether it opens anything', () => {
  const uncertain = { address: 'aws_x.rule', reason: 'known after apply' };
  expect(withRule({ protocol: 6, peer: { kind: 'any' }, uncertain })).not.toContain('saddr');
  expect(withRule({ protocol: 6, peer: anywhere, uncertain })).not.toContain('saddr');
});

test('filters nothing on an interface without groups, and counts that', () => {
  const open = rulesOf(wideVpc(), 'open');
  expect(open.match(/counter accept/g)).toHaveLength(2);
  expect(open).not.toMatch(/drop comment/);
});

test('lets every interface ask the resolver, the metadata and the time, whatever its groups say', () => {
  const line = 'ip daddr { 10.1.0.2, 169.254.169.253, 169.254.169.254, 169.254.169.123 } accept';
  const far = rulesOf(wideVpc(), 'far');
  expect(far.indexOf(line)).toBeGreaterThan(far.indexOf('chain sg_egress'));
});
