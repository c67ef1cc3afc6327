/**
 * Stand-ins for the public IPv4 addresses that AWS would give. No block of them overlaps one that the configuration
 * singles out, so that a rule for an office never means a machine by accident. Blocks wider than /8 single nothing out.
 */

import { type Cidr, formatAddress, overlap, parseCidr } from '../../terraform/index.ts';

/** Of documentation (RFC 5737) and of benchmarks (RFC 2544). 192.0.2.0/24 stands for AWS's prefix lists. */
const POOLS = ['198.51.100.0/24', '203.0.113.0/24', '198.18.0.0/15'];
const BLOCK_PREFIX = 24;
const WIDEST_PREFIX = 8;
const PER_BLOCK = 254n;

/** Addresses one after the other, the first and last of each /24 left out; then none. */
export function* publicAddresses(named: readonly Cidr[]): Generator<string> {
  const single = named.filter(({ family, prefix }) => family === 4 && prefix >= WIDEST_PREFIX);
  for (const block of blocks()) {
    if (single.some((other) => overlap(other, block))) continue;
    for (let host = 1n; host <= PER_BLOCK; host += 1n) {
      yield formatAddress({ family: 4, value: block.base + host });
    }
  }
}

function* blocks(): Generator<Cidr> {
  for (const text of POOLS) {
    const pool = parseCidr(text);
    if (pool === undefined) throw new TypeError(`${text} is no block`);
    const count = 2n ** BigInt(BLOCK_PREFIX - pool.prefix);
    for (let index = 0n; index < count; index += 1n) {
      yield { family: 4, base: pool.base + (index << 8n), prefix: BLOCK_PREFIX };
    }
  }
}
