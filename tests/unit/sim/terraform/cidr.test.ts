import { BlockList, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canonicalCidr,
  containsAddress,
  containsCidr,
  formatAddress,
  hasHostBits,
  lastValueOf,
  overlap,
  parseAddress,
  parseCidr,
  sizeOf,
} from '../../../../sim/terraform/cidr.ts';

test.each([
  ['10.0.0.0/16', '10.0.0.0/16'],
  ['10.0.3.7/16', '10.0.0.0/16'],
  ['100.68.0.18/18', '100.68.0.0/18'],
  ['255.255.255.255/0', '0.0.0.0/0'],
  ['1.2.3.4/32', '1.2.3.4/32'],
  ['::/0', '::/0'],
  ['0:0::0/0', '::/0'],
  ['2001:DB8:0:0:1:0:0:1/128', '2001:db8::1:0:0:1/128'],
  ['2001:db8:0:1:1:1:1:1/128', '2001:db8:0:1:1:1:1:1/128'],
  ['2001:db8::ffff/48', '2001:db8::/48'],
  ['::ffff:192.0.2.1/128', '::ffff:c000:201/128'],
  ['fe80::1:2:3:4/10', 'fe80::/10'],
])('%s is written %s', (text, canonical) => {
  expect(canonicalCidr(text)).toBe(canonical);
});

test.each([
  '',
  '10.0.0.0',
  '10.0.0.0/',
  '/16',
  '10.0.0/16',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/016',
  '10.0.0.0/1 6',
  '010.0.0.0/8',
  '10.0.0.256/8',
  '10.0.0.0/16/8',
  ' 10.0.0.0/8',
  '::/129',
  'fe80::1%eth0/64',
  ':::/0',
  '1::2::3/64',
  'x/8',
])('"%s" is no CIDR block', (text) => {
  expect(canonicalCidr(text)).toBeUndefined();
});

test('knows where host bits are set', () => {
  expect(['10.0.0.0/16', '10.0.0.1/16', '::/0', '2001:db8::1/64'].map(hasHostBits)).toEqual([
    false,
    true,
    false,
    true,
  ]);
});

test.each([
  ['10.0.0.0/16', '10.0.255.0/24', true],
  ['10.0.255.0/24', '10.0.0.0/16', false],
  ['10.0.0.0/16', '10.1.0.0/24', false],
  ['10.0.0.0/16', '10.0.0.0/16', true],
  ['0.0.0.0/0', '::/0', false],
  ['::/0', '2001:db8::/32', true],
])('%s contains %s: %s', (outer, inner, isInside) => {
  const [one, other] = [parseCidr(outer), parseCidr(inner)];
  expect(one && other && containsCidr(one, other)).toBe(isInside);
});

const addresses = fc.oneof(fc.ipV4(), fc.ipV6());
const cidrs = fc
  .oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
    fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
  )
  .map(([address, prefix]) => `${address}/${prefix}`);

test('an address comes back the same, and the same address as the platform understands', () => {
  fc.assert(
    fc.property(addresses, (text) => {
      const address = parseAddress(text);
      if (address === undefined) throw new Error(`${text} was not parsed`);
      const written = formatAddress(address);
      expect(parseAddress(written)).toEqual(address);
      // An oracle that is not ours: the URL parser writes IPv6 by RFC 5952, and IPv4 as dotted quad.
      const host = new URL(`http://${isIPv6(text) ? `[${text}]` : text}/`).hostname.replaceAll(/[[\]]/g, '');
      expect(written).toBe(host);
    }),
  );
});

test('a block holds what the platform says it holds, from its first address to its last and not beyond', () => {
  fc.assert(
    fc.property(cidrs, addresses, (text, other) => {
      const cidr = parseCidr(text);
      if (cidr === undefined) throw new Error(`${text} was not parsed`);
      const family = cidr.family === 4 ? 'ipv4' : 'ipv6';
      const oracle = new BlockList();
      oracle.addSubnet(formatAddress({ family: cidr.family, value: cidr.base }), cidr.prefix, family);
      const values = [cidr.base, lastValueOf(cidr), cidr.base - 1n, lastValueOf(cidr) + 1n];
      const max = cidr.family === 4 ? 2n ** 32n : 2n ** 128n;
      const candidates = values.filter((value) => value >= 0n && value < max);
      const outside = parseAddress(other);
      if (outside?.family === cidr.family) candidates.push(outside.value);
      for (const value of candidates) {
        const address = { family: cidr.family, value };
        expect(containsAddress(cidr, address)).toBe(oracle.check(formatAddress(address), family));
      }
      expect(lastValueOf(cidr) - cidr.base + 1n).toBe(sizeOf(cidr));
    }),
  );
});

test('a canonical block has no host bits and stays as it is', () => {
  fc.assert(
    fc.property(cidrs, (text) => {
      const canonical = canonicalCidr(text) ?? '';
      expect(canonicalCidr(canonical)).toBe(canonical);
      expect(hasHostBits(canonical)).toBe(false);
    }),
  );
});

test('blocks overlap exactly where they share an address', () => {
  const near = fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }))
    .map(([last, prefix]) => `10.0.0.${last}/${prefix}`);
  fc.assert(
    fc.property(near, near, (left, right) => {
      const [one, other] = [parseCidr(left), parseCidr(right)];
      if (one === undefined || other === undefined) throw new Error('a block was not parsed');
      const shares = one.base <= lastValueOf(other) && other.base <= lastValueOf(one);
      expect(overlap(one, other)).toBe(shares);
      expect(overlap(other, one)).toBe(shares);
    }),
  );
});

test('no text makes parsing throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.tuple(fc.string(), fc.integer()).map((parts) => parts.join('/')),
      ),
      (text) => {
        expect([undefined, 'string']).toContain(canonicalCidr(text) === undefined ? undefined : 'string');
      },
    ),
  );
});
