import { expect, test } from 'vitest';
import { compileFabric } from '../../../../sim/compile/index.ts';
import { smallVpc } from '../small-vpc.ts';
import { addresses, wideVpc } from '../wide-vpc.ts';

function rulesWith(prefix: string, model = wideVpc()): readonly string[] {
  return Object.entries(compileFabric(model).rules)
    .filter(([namespace]) => namespace.startsWith(prefix))
    .map(([, text]) => text);
}

test('translates at the internet gateway one to one, and nothing that has no public address', () => {
  const [edge = ''] = rulesWith('edge-', smallVpc());
  expect(edge).toContain('elements = { 198.51.100.10 : 10.0.0.20 }');
  expect(edge).toContain('elements = { 10.0.0.20 : 198.51.100.10 }');
  expect(edge).not.toContain('10.0.10.10');
});

test('translates for a NAT gateway as for an interface', () => {
  const [edge = ''] = rulesWith('edge-');
  expect(edge).toContain(`${addresses.nat.private} : ${addresses.nat.public}`);
});

test('remembers nothing of IPv4 at an edge', () => {
  for (const edge of rulesWith('edge-')) expect(edge).toContain('meta nfproto ipv4 notrack');
});

test('takes answers alone where there is an egress-only gateway and no internet gateway', () => {
  const withBoth = wideVpc();
  const model = {
    ...withBoth,
    internetGateways: withBoth.internetGateways.filter(({ vpc }) => vpc !== 'aws_vpc.main'),
  };
  const fromInternet = (edge = '') => /chain from_internet \{\n([^}]*)\}/.exec(edge)?.[1] ?? '';
  const [both, egressOnly] = [withBoth, model].map((tried) => fromInternet(rulesWith('edge-', tried)[0]));
  expect(both).toContain('ip6 daddr @have_ipv6 accept');
  expect(egressOnly).toContain('ct direction reply ct mark 1 accept');
  expect(egressOnly).not.toContain('@have_ipv6');
});

test('keeps a source port at a NAT gateway where AWS’s range has it, and takes nothing unasked', () => {
  const [nat = ''] = rulesWith('nat-');
  expect(nat).toContain(`meta l4proto { tcp, udp } snat to ${addresses.nat.private}:1024-65535`);
  expect(nat).toContain(`meta l4proto icmp snat to ${addresses.nat.private}\n`);
  expect(nat).toMatch(/hook input priority 0; policy drop;\n {4}counter drop/);
});

test('answers at a gateway endpoint for its own ranges', () => {
  const [endpoint = ''] = rulesWith('endpoint-');
  expect(endpoint).toMatch(/ip daddr 192\.0\.2\.0\/25 counter accept/);
  const { endpoints } = compileFabric(wideVpc());
  expect(endpoints.map(({ address, answersAt }) => ({ address, answersAt }))).toStrictEqual([
    { address: 'aws_vpc_endpoint.s3', answersAt: ['192.0.2.0/25'] },
  ]);
});

test('leads public addresses from the internet to the VPC that has them, and private ones to be refused', () => {
  const { ipv4, ipv6 } = compileFabric(wideVpc()).addresses.internet ?? { ipv4: '', ipv6: '' };
  const linkOf = (cidr: string) => new RegExp(`route add ${cidr} via \\S+ dev (\\S+) `).exec(ipv4)?.[1];
  const main = linkOf(`${addresses.web.public}/32`);
  expect(main).toMatch(/^v-/);
  expect(linkOf(`${addresses.nat.public}/32`)).toBe(main);
  expect(linkOf('192.168.0.0/16')).toBe(main);
  expect(linkOf(`${addresses.twin.public}/32`)).not.toBe(main);
  expect(ipv6).toContain('route add 2600:1f00:0:100::/56 ');
  // All else is the internet's own, asked last.
  expect(ipv4).toMatch(/route add local 0\.0\.0\.0\/0 dev lo table local[\s\S]*pref 40000 lookup local/);
});
