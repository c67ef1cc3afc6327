/**
 * What random networks are made of, in small numbers, so that a failure shrinks to few parts: wild ones, where anything may
 * stand anywhere, and sound ones, which work but for a few rules.
 */

import fc from 'fast-check';
import type { Protocol, UnknownCause } from '../../../../sim/vpc/model.ts';

/** The third has the range of the first: they are never peers. */
export const VPC_RANGES = ['10.0.0.0/16', '10.1.0.0/16', '10.0.0.0/16'];
export const VPC_BASES = ['10.0', '10.1', '10.0'];
export const VPC_IPV6 = ['2600:1f00:0:0::', '2600:1f00:0:100::', 'fd00:0:0:200::'];
export const PEERS: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 2],
];
export const SUBNETS_EACH = 2;

const BLOCKS = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.0.0.0/16',
  '10.1.0.0/16',
  '10.0.0.0/24',
  '10.0.1.0/24',
  '10.1.0.0/24',
  '10.0.0.10/32',
  '203.0.113.0/24',
  '203.0.113.64/26',
  '198.51.100.0/24',
  '192.0.2.0/25',
  '192.0.2.0/26',
  '128.0.0.0/1',
  '::/0',
  '2000::/3',
  '2600:1f00::/48',
  '2600:1f00::/64',
  '2600:1f00:0:100::/56',
  '2001:db8:1::/48',
] as const;
const EDGES = [0, 22, 80, 443, 1023, 1024, 1025, 5000, 32_768, 60_999, 61_000, 65_535] as const;

const block = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('0.0.0.0/0', '::/0') },
  { weight: 2, arbitrary: fc.constantFrom(...BLOCKS) },
);
/** Shrinks to true. */
const mostly = fc.nat(9).map((number) => number < 8);
const doubt: fc.Arbitrary<UnknownCause | undefined> = fc.oneof(
  { weight: 24, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('var.a', 'var.b', 'data.c')
      .map((address) => ({ address, reason: 'known after apply' })),
  },
);
const ports = fc
  .tuple(fc.constantFrom(...EDGES), fc.constantFrom(...EDGES))
  .map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) }));
const icmp = fc.record({
  type: fc.constantFrom(-1, 0, 3, 8, 128, 129),
  code: fc.constantFrom(-1, 0, 4),
});

interface Match {
  readonly protocol: Protocol;
  readonly ports?: { readonly from: number; readonly to: number };
  readonly icmp?: { readonly type: number; readonly code: number };
}

const match: fc.Arbitrary<Match> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Match>({ protocol: 'all' }) },
  { weight: 4, arbitrary: ports.map((range) => ({ protocol: 6, ports: range })) },
  { weight: 2, arbitrary: ports.map((range) => ({ protocol: 17, ports: range })) },
  { weight: 1, arbitrary: fc.constantFrom<Match>({ protocol: 6 }, { protocol: 47 }, { protocol: 1 }) },
  { weight: 2, arbitrary: icmp.map((one) => ({ protocol: 1, icmp: one })) },
  { weight: 1, arbitrary: icmp.map((one) => ({ protocol: 58, icmp: one })) },
);

export type PeerDraw =
  | { readonly block: string }
  | { readonly group: number }
  | { readonly list: readonly string[] }
  | 'any';
const peer: fc.Arbitrary<PeerDraw> = fc.oneof(
  { weight: 5, arbitrary: block.map((text) => ({ block: text })) },
  { weight: 3, arbitrary: fc.nat(5).map((group) => ({ group })) },
  {
    weight: 1,
    arbitrary: fc.subarray(['192.0.2.0/25', '203.0.113.0/24'], { minLength: 1 }).map((list) => ({ list })),
  },
  { weight: 1, arbitrary: fc.constant<PeerDraw>('any') },
);
const groupRule = fc.record({ match, peer, doubt });
const aclRule = fc.record({
  match,
  block,
  action: fc.constantFrom('allow' as const, 'allow' as const, 'deny' as const),
  doubt,
});
const acl = fc.record({
  ingress: fc.array(aclRule, { maxLength: 4 }),
  egress: fc.array(aclRule, { maxLength: 4 }),
  isOpen: fc.tuple(mostly, mostly),
});

const target = fc.record({
  kind: fc.constantFrom(
    ...([
      'internet',
      'internet',
      'nat',
      'nat',
      'peering',
      'peering',
      'egress-only',
      'endpoint',
      'gone',
      'else',
    ] as const),
  ),
  index: fc.nat(2),
});
const route = fc.record({ blocks: fc.uniqueArray(block, { minLength: 1, maxLength: 2 }), target, doubt });
/** Sound: a NAT gateway's subnet leads to the internet. With peers: routes to each other's ranges, or to a NAT gateway for them. */
const table = fc.record({
  routes: fc.array(route, { maxLength: 2 }),
  default4: target,
  default6: target,
  hasPeers: mostly,
  arePeersByNat: fc.boolean(),
  isSound: mostly,
  hasEndpoint: fc.boolean(),
});

const interfaceDraw = fc.record({
  subnet: fc.nat(5),
  groups: fc.uniqueArray(fc.nat(1), { maxLength: 2 }),
  isPublic: fc.boolean(),
  hasIpv6: fc.boolean(),
  isMember: fc.boolean(),
  groupsDoubt: doubt,
  publicDoubt: doubt,
});

const parts = {
  vpcs: fc.integer({ min: 1, max: 3 }),
  groups: fc.array(
    fc.record({
      ingress: fc.array(groupRule, { maxLength: 3 }),
      egress: fc.array(groupRule, { maxLength: 3 }),
      isOpen: fc.tuple(fc.boolean(), mostly),
    }),
    { minLength: 6, maxLength: 6 },
  ),
  acls: fc.array(acl, { minLength: 6, maxLength: 6 }),
  tables: fc.array(table, { minLength: 6, maxLength: 6 }),
  subnetDoubts: fc.array(fc.record({ acl: doubt, table: doubt }), { minLength: 6, maxLength: 6 }),
  interfaces: fc.array(interfaceDraw, { minLength: 2, maxLength: 5 }),
  internetGateways: fc.tuple(mostly, mostly, mostly),
  natGateways: fc.array(fc.record({ subnet: fc.nat(5), isPublic: mostly }), { maxLength: 4 }),
  peerings: fc.subarray([0, 1]),
  isPeeringActive: mostly,
  endpoints: fc.array(
    fc.record({ vpc: fc.nat(2), cidrs: fc.subarray(['192.0.2.0/25', '192.0.2.128/25'], { minLength: 1 }) }),
    { maxLength: 2 },
  ),
};

export const wild = fc.record(parts);
export type Drawn = typeof wild extends fc.Arbitrary<infer T> ? T : never;

/** Two peers with a NAT gateway each and a private one between them; a few rules before open lists, and in closed groups. */
export const sound: fc.Arbitrary<Drawn> = fc.record({
  ...parts,
  vpcs: fc.constant(2),
  groups: six(
    fc.record({
      ingress: fc.array(groupRule, { maxLength: 1 }),
      egress: fc.array(groupRule, { maxLength: 1 }),
      isOpen: fc.tuple(mostly, mostly),
    }),
  ),
  acls: six(
    fc.record({
      ingress: fc.array(aclRule, { maxLength: 2 }),
      egress: fc.array(aclRule, { maxLength: 2 }),
      isOpen: fc.constant<[boolean, boolean]>([true, true]),
    }),
  ),
  tables: six(
    fc.record({
      routes: fc.nat(4).chain((number) => fc.array(route, { maxLength: number === 4 ? 1 : 0 })),
      default4: fc.record({ kind: fc.constant('internet' as const), index: fc.nat(1) }),
      default6: fc.record({
        kind: fc.constantFrom('internet' as const, 'egress-only' as const),
        index: fc.nat(1),
      }),
      hasPeers: fc.constant(true),
      arePeersByNat: fc.boolean(),
      isSound: fc.constant(true),
      hasEndpoint: fc.boolean(),
    }),
  ),
  subnetDoubts: fc.constant(Array.from({ length: 6 }, () => ({ acl: undefined, table: undefined }))),
  interfaces: fc.array(interfaceDraw, { minLength: 3, maxLength: 4 }),
  internetGateways: fc.constant<[boolean, boolean, boolean]>([true, true, true]),
  natGateways: fc.constant([
    { subnet: 0, isPublic: true },
    { subnet: 2, isPublic: true },
    { subnet: 0, isPublic: false },
  ]),
  peerings: fc.constant([0]),
  isPeeringActive: fc.constant(true),
});

function six<T>(each: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(each, { minLength: 6, maxLength: 6 });
}
