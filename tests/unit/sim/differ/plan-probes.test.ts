/** Which probes are planned: the whole product, held against a count that shares none of its steps. */
import { describe, expect, test } from 'vitest';
import { countProbes, planProbes } from '../../../../sim/differ/index.ts';
import type { NetworkInterface, VpcModel } from '../../../../sim/vpc/model.ts';
import { distinctVpc, groupRule, smallVpc } from '../small-vpc.ts';

/** The small VPC with an internal range for IPv6, addresses in it, and `copies` more engines. */
function wider({ copies = 0 }: { copies?: number } = {}): VpcModel {
  const model = smallVpc();
  const [gateway, engine] = model.interfaces;
  if (gateway === undefined || engine === undefined) throw new TypeError('the small VPC has two interfaces');
  const more = Array.from(
    { length: copies },
    (_, index): NetworkInterface => ({
      ...engine,
      id: `engine-copy-${index}`,
      endpoint: `aws_instance.copy[${index}]`,
      privateAddress: `10.0.10.${100 + index}`,
    }),
  );
  return {
    ...model,
    interfaces: [
      { ...gateway, ipv6Address: '2600:1::10' },
      { ...engine, ipv6Address: '2600:1::20' },
      ...more,
    ],
  };
}

const models = [
  ['the small VPC', smallVpc()],
  ['one with IPv6', wider()],
  ['one with many machines alike', wider({ copies: 6 })],
  ['one whose every rule has boundaries of its own', distinctVpc()],
  ['one without rules', { ...smallVpc(), securityGroups: [], networkAcls: [] }],
  ['one without interfaces', { ...smallVpc(), interfaces: [] }],
] as const;

describe('plans as many probes as pairs and ports multiply to', () => {
  test.each(models)('of %s', (_name, model) => {
    const { probes, notProbed } = planProbes(model);
    const of = (protocol: string) => probes.filter((probe) => probe.protocol === protocol).length;
    expect({ total: probes.length, tcp: of('tcp'), udp: of('udp'), icmp: of('icmp') }).toStrictEqual(
      countProbes(model),
    );
    expect(notProbed).toStrictEqual([]);
    expect(new Set(probes.map(({ packet }) => JSON.stringify(packet))).size).toBe(probes.length);
  });
});

/** Ports of probes from the gateway to the engine. */
function portsOf(model: VpcModel, protocol: 'tcp' | 'udp', which: 'port' | 'sourcePort'): readonly number[] {
  const ports = planProbes(model).probes.flatMap(({ packet: { source, traffic } }) =>
    source.kind === 'interface' && traffic.protocol === protocol && 'port' in traffic ? [traffic[which]] : [],
  );
  return [...new Set(ports)].sort((left, right) => left - right);
}

test('probes both sides of every boundary of every rule that looks at a port', () => {
  const bare = { ...smallVpc(), networkAcls: [] };
  const rules = [
    groupRule('aws_x.one', 443, { kind: 'cidr', cidr: '0.0.0.0/0' }),
    { ...groupRule('aws_x.range', 0, { kind: 'any' }), ports: { from: 8000, to: 8010 } },
    { ...groupRule('aws_x.udp', 53, { kind: 'any' }), protocol: 17 },
    { ...groupRule('aws_x.last', 65_535, { kind: 'any' }) },
  ];
  const model = {
    ...bare,
    securityGroups: bare.securityGroups.map((group) => ({ ...group, ingress: rules, egress: [] })),
  };
  expect(portsOf(model, 'tcp', 'port')).toStrictEqual([
    1, 442, 443, 444, 7999, 8000, 8010, 8011, 65_534, 65_535,
  ]);
  expect(portsOf(model, 'udp', 'port')).toStrictEqual([1, 52, 53, 54, 65_535]);
  // No rule of a security group sees a source port.
  expect(portsOf(model, 'tcp', 'sourcePort')).toStrictEqual([1024, 65_535]);
});

test('sends from both sides of every boundary of a stateless rule, within what clients use', () => {
  const model = smallVpc();
  const [list] = model.networkAcls;
  if (list === undefined) throw new TypeError('the small VPC has network ACLs');
  const rule = { address: 'aws_x.a', number: 1, action: 'allow', protocol: 6, cidr: '0.0.0.0/0' } as const;
  const ranges = [
    { from: 32_768, to: 60_999 },
    { from: 22, to: 1024 },
  ];
  const egress = ranges.map((ports, number) => ({ ...rule, number, ports }));
  const only = { ...model, networkAcls: [{ ...list, ingress: [], egress }] };
  expect(portsOf(only, 'tcp', 'sourcePort')).toStrictEqual([
    1024, 1025, 32_767, 32_768, 60_999, 61_000, 65_535,
  ]);
  expect(portsOf(only, 'udp', 'sourcePort')).toStrictEqual([1024, 65_535]);
});

test('takes for the internet both ends of every block that is singled out, their neighbours, and one other', () => {
  const model = smallVpc();
  const peer = { kind: 'cidr', cidr: '203.0.113.0/25' } as const;
  const groups = model.securityGroups.map((group) => ({
    ...group,
    ingress: [groupRule('aws_x.a', 22, peer)],
  }));
  const { probes } = planProbes({ ...model, securityGroups: groups });
  const outside = new Set(
    probes.flatMap(({ packet: { source } }) => (source.kind === 'internet' ? [source.address] : [])),
  );
  expect([...outside].sort()).toStrictEqual([
    '203.0.112.255',
    '203.0.113.0',
    '203.0.113.127',
    '203.0.113.128',
    '8.8.4.4',
    // Before the VPC's own range, which another rule names.
    '9.255.255.255',
  ]);
});

test('lets two of each class stand for it where the product is too large, and tells whom they stand for', () => {
  const model = wider({ copies: 6 });
  const { probes, collapsed, interfaces } = planProbes(model, { collapseAbove: 100 });
  expect(collapsed).toStrictEqual([
    {
      representatives: ['aws_instance.copy[0]', 'aws_instance.copy[1]'],
      members: [2, 3, 4, 5].map((index) => `aws_instance.copy[${index}]`),
    },
  ]);
  expect(interfaces.map(({ id }) => id)).toStrictEqual([
    'gateway-0',
    'engine-0',
    'engine-copy-0',
    'engine-copy-1',
  ]);
  expect(probes).toHaveLength(countProbes(model, interfaces).total);
});

test('keeps apart what a rule for a single address tells apart', () => {
  const model = wider({ copies: 3 });
  const rule = groupRule('aws_x.a', 22, { kind: 'cidr', cidr: '10.0.10.101/32' });
  const groups = model.securityGroups.map((group) => ({ ...group, ingress: [...group.ingress, rule] }));
  expect(planProbes({ ...model, securityGroups: groups }, { collapseAbove: 100 }).collapsed).toStrictEqual(
    [],
  );
});

test('says how many it leaves out where a limit is set, and spreads what is left over pairs and protocols', () => {
  const model = wider({ copies: 2 });
  const { total } = countProbes(model);
  const { probes, notProbed } = planProbes(model, { probesMax: 500 });
  expect(probes).toHaveLength(500);
  expect(notProbed).toStrictEqual([
    { what: 'an even share of the product', reason: 'more than probesMax', probes: total - 500 },
  ]);
  const kinds = new Set(probes.map(({ family, protocol }) => `${protocol} ${family}`));
  expect([...kinds].sort()).toStrictEqual(['icmp 4', 'icmp 6', 'tcp 4', 'tcp 6', 'udp 4', 'udp 6']);
});

test('names an endpoint without a place instead of leaving it out', () => {
  const cause = { address: 'aws_instance.lost', reason: 'subnet_id: known after apply' };
  const unplaced = [
    { endpoint: 'aws_instance.lost', address: 'aws_instance.lost', kind: 'instance', cause } as const,
  ];
  expect(planProbes({ ...smallVpc(), unplaced }).notProbed).toStrictEqual([
    { what: 'aws_instance.lost', reason: 'its subnet is not known: subnet_id: known after apply' },
  ]);
});
