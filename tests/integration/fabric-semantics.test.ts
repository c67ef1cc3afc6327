/**
 * What a VPC does to packets, on one fabric that has everything: real packets of every protocol, each with whether it arrives
 * and whether its answer comes back.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileFabric } from '../../sim/compile/index.ts';
import { movedCounters, refusals } from '../../sim/explain/index.ts';
import { type PacketProbe, type StartedFabric, startFabric } from '../../sim/fabric/index.ts';
import { addresses, wideVpc } from '../unit/sim/wide-vpc.ts';

let fabric: StartedFabric;
beforeAll(async () => {
  fabric = await startFabric(compileFabric(wideVpc()), {
    onEvent: () => undefined,
    onLost: (error) => {
      throw error;
    },
  });
});
afterAll(() => fabric[Symbol.asyncDispose]());

const { web, beside, bare, app, open, far, twin, nat } = addresses;
const own = { web, beside, bare, app, open, far, twin } as const;
const visitor = '8.8.8.8';
const visitor6 = '2a00:1450::8';

/** `tcp/443`, `udp/53 from 5000`, `icmp`. */
function probe(from: string, to: string, traffic: string): PacketProbe {
  const [what = '', sourcePort] = traffic.split(' from ');
  const [protocol = '', port] = what.split('/');
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'icmp') throw new TypeError(traffic);
  return {
    from: senderOf(from, to),
    to,
    protocol,
    ...(port !== undefined && { port: Number(port) }),
    ...(sourcePort !== undefined && { sourcePort: Number(sourcePort) }),
  };
}

function senderOf(from: string, to: string): PacketProbe['from'] {
  const isIpv6 = to.includes(':');
  if (from === 'internet') return { namespace: 'internet', address: isIpv6 ? visitor6 : visitor };
  const machine: { readonly private: string; readonly ipv6?: string } | undefined = Object.entries(own).find(
    ([id]) => id === from,
  )?.[1];
  if (machine === undefined) throw new TypeError(`nobody is called ${from}`);
  return { namespace: `eni-${from}`, address: (isIpv6 ? machine.ipv6 : machine.private) ?? '' };
}

type Row = readonly [
  why: string,
  from: string,
  to: string,
  traffic: string,
  seen: 'answered' | 'arrives' | 'dropped',
];

const rows: readonly Row[] = [
  ['a group admits a port to all', 'internet', web.public, 'tcp/443', 'answered'],
  ['and no other', 'internet', web.public, 'tcp/444', 'dropped'],
  ['whatever the source port', 'internet', web.public, 'tcp/443 from 80', 'answered'],
  ['UDP is judged as UDP', 'internet', web.public, 'udp/53', 'answered'],
  ['a rule of UDP says nothing of TCP', 'internet', web.public, 'tcp/53', 'dropped'],
  ['an echo request by its type', 'internet', web.public, 'icmp', 'answered'],
  ['an earlier deny of the ACL wins over the group', 'internet', web.public, 'tcp/3389', 'dropped'],
  ['IPv6 needs no translation', 'internet', web.ipv6, 'tcp/443', 'answered'],
  ['ICMP of IPv4 says nothing of ICMPv6', 'internet', web.ipv6, 'icmp', 'dropped'],
  ['the egress-only gateway takes the answer no further', 'internet', app.ipv6, 'tcp/8443', 'arrives'],
  ['a private address means nothing outside', 'internet', app.private, 'tcp/8080', 'dropped'],
  ['a NAT gateway takes nothing unasked', 'internet', nat.public, 'tcp/443', 'dropped'],
  ['the ACL says nothing inside its subnet', 'web', beside.private, 'tcp/7000', 'answered'],
  ['the group still does', 'web', beside.private, 'tcp/7001', 'dropped'],
  ['a group means its members', 'web', app.private, 'tcp/8080', 'answered'],
  ['the first matching ACL rule decides', 'web', app.private, 'tcp/8081', 'dropped'],
  ['an interface without a group is not filtered', 'app', open.private, 'tcp/1', 'answered'],
  ['nor is what it sends', 'open', app.private, 'udp/9', 'answered'],
  ['an answer is judged by the ACL anew', 'app', web.private, 'tcp/443 from 50000', 'arrives'],
  ['just below the hole', 'app', web.private, 'tcp/443 from 49999', 'answered'],
  ['just above the hole', 'app', web.private, 'tcp/443 from 50101', 'answered'],
  ['NAT: out and back', 'app', visitor, 'tcp/443 from 40000', 'answered'],
  ['NAT: the hole is met with the own port', 'app', visitor, 'tcp/443 from 50100', 'arrives'],
  ['NAT: a low source port becomes a high one', 'app', visitor, 'tcp/443 from 80', 'answered'],
  ['NAT: UDP has no way back through the ACL', 'app', visitor, 'udp/53', 'arrives'],
  ['NAT: echo', 'app', visitor, 'icmp', 'answered'],
  ['NAT: a private destination stays inside', 'app', '10.99.9.9', 'tcp/443', 'dropped'],
  ['a black hole takes its range', 'app', '203.5.5.5', 'tcp/443', 'dropped'],
  ['a longer prefix leads round it', 'app', '203.0.113.9', 'tcp/443', 'answered'],
  ['the internet gateway carries those with a public address', 'web', visitor, 'tcp/443', 'answered'],
  ['and no others', 'bare', visitor, 'tcp/443', 'dropped'],
  ['egress-only: IPv6 out and back', 'app', visitor6, 'tcp/443', 'answered'],
  ['egress-only: echo', 'app', visitor6, 'icmp', 'answered'],
  ['egress-only alone: out and back', 'far', visitor6, 'tcp/443', 'answered'],
  ['egress-only alone: nothing in', 'internet', far.ipv6, 'tcp/5432', 'dropped'],
  ['the endpoint is reached by its route', 'app', addresses.s3, 'tcp/443', 'answered'],
  ['without the route the service is on the internet', 'web', addresses.s3, 'tcp/443', 'answered'],
  ['peering: a group of the other VPC as peer', 'app', far.private, 'tcp/5432', 'answered'],
  ['peering: IPv6', 'app', far.ipv6, 'tcp/5432', 'answered'],
  ['peering: an answer without a route', 'web', far.private, 'tcp/5433', 'arrives'],
  ['peering: a range that the far VPC has not', 'web', '10.9.1.1', 'tcp/5433', 'dropped'],
  ['by its public address, a group does not match', 'web', beside.public, 'tcp/9000', 'dropped'],
  ['by its public address, a range does', 'web', beside.public, 'tcp/443', 'answered'],
  ['the same through the NAT gateway', 'app', web.public, 'tcp/443', 'answered'],
  ['another VPC by its public address', 'web', twin.public, 'tcp/1234', 'answered'],
  ['and back', 'twin', web.public, 'tcp/443', 'answered'],
  ['an unconnected VPC has addresses of its own', 'twin', '10.0.10.11', 'tcp/1', 'dropped'],
  ['and does not reach others', 'twin', far.private, 'tcp/5432', 'dropped'],
  ['nobody has the address', 'app', '10.0.99.99', 'tcp/443', 'dropped'],
  ['the resolver is not filtered', 'far', '10.1.0.2', 'udp/53', 'answered'],
  ['nor is it by its other address', 'far', '169.254.169.253', 'tcp/53', 'answered'],
  ['nor the metadata', 'far', '169.254.169.254', 'tcp/80', 'answered'],
  ['nor the time', 'far', '169.254.169.123', 'udp/123', 'answered'],
  ['what asks for nothing sends nothing else', 'far', app.private, 'tcp/8080', 'dropped'],
  ['the resolver of a peer is not ours', 'web', '10.1.0.2', 'udp/53', 'dropped'],
];

test('does with every kind of packet what AWS does', async () => {
  const outcomes = await fabric.probePackets(
    rows.map(([, from, to, traffic]) => probe(from, to, traffic)),
    { timeoutMs: 900 },
  );
  const seen = outcomes.map(({ isDelivered, isAnswered }) =>
    isDelivered
      ? isAnswered
        ? 'answered'
        : 'arrives'
      : isAnswered
        ? 'answered without arriving'
        : 'dropped',
  );
  expect(rows.map((row, index) => [...row.slice(0, 4), seen[index]])).toStrictEqual(rows);
});

test('delivers to the VPC that is meant, where two have the same addresses', async () => {
  const [inMain, atTwin] = await fabric.probePackets(
    [probe('open', app.private, 'tcp/22'), probe('internet', twin.public, 'tcp/22')],
    { timeoutMs: 900 },
  );
  expect([inMain?.arrivedIn, atTwin?.arrivedIn]).toStrictEqual(['eni-app', 'eni-twin']);
});

test('does not take a machine at its word about its address', async () => {
  const spoofed = { namespace: 'eni-open', address: addresses.web.private };
  const before = await fabric.readCounters();
  const [outcome] = await fabric.probePackets(
    [{ from: spoofed, to: app.private, protocol: 'tcp', port: 8080 }],
    { timeoutMs: 900 },
  );
  const moved = movedCounters(fabric.fabric.counters, { before, after: await fabric.readCounters() });
  expect(outcome).toMatchObject({ isDelivered: false, isAnswered: false });
  expect(refusals(moved).map(({ layer }) => layer)).toStrictEqual(['source-check']);
});

test('judges each probe for itself: what one opened lets no other through', async () => {
  const asked = probe('web', beside.private, 'udp/53 from 6000');
  // By its ports it is the answer to the first, and no rule admits it.
  const reversed = probe('beside', web.private, 'udp/6000 from 53');
  const outcomes = await fabric.probePackets([asked, reversed, asked, reversed], { timeoutMs: 900 });
  expect(outcomes.map(({ isDelivered }) => isDelivered)).toStrictEqual([true, false, true, false]);
});

test('gives a dropped packet one counter, with the layer and the Terraform address that dropped it', async () => {
  const reasons = [
    ['internet', app.private, 'tcp/1', 'internet-gateway aws_internet_gateway.main'],
    ['internet', nat.public, 'tcp/1000', 'nat-gateway aws_nat_gateway.main'],
    ['app', '203.5.5.5', 'tcp/1', 'route-table aws_route.to_203.0.0.0/8'],
    ['app', '10.99.9.9', 'tcp/1000', 'internet-gateway aws_internet_gateway.main'],
    ['web', '10.9.1.1', 'tcp/1', 'peering aws_vpc_peering_connection.far'],
    ['twin', '10.0.200.1', 'tcp/1', 'route-table aws_vpc.twin'],
    ['far', '10.1.0.2', 'udp/53', undefined],
    ['web', app.private, 'tcp/8081', 'network-acl aws_network_acl_rule.n90'],
    ['app', web.private, 'tcp/443 from 50000', 'network-acl aws_network_acl_rule.n110'],
    ['web', beside.private, 'tcp/7001', 'security-group aws_security_group.web'],
    ['internet', app.ipv6, 'tcp/8443', 'egress-only-internet-gateway aws_egress_only_internet_gateway.main'],
    ['web', '10.1.0.2', 'udp/53', 'route-table aws_vpc.far'],
  ] as const;
  let before = await fabric.readCounters();
  for (const [from, to, traffic, by] of reasons) {
    await fabric.probePackets([probe(from, to, traffic)], { timeoutMs: 900 });
    const after = await fabric.readCounters();
    const moved = movedCounters(fabric.fabric.counters, { before, after });
    before = after;
    expect({ to, by: refusals(moved).map(({ layer, address }) => `${layer} ${address}`) }).toStrictEqual({
      to,
      by: by === undefined ? [] : [by],
    });
  }
});
