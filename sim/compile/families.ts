/** IPv4 and IPv6 side by side: what nft and ip call things in each, and CIDR blocks sorted by family. */
import { type Cidr, containsCidr, formatAddress, formatCidr, parseCidr } from '../terraform/index.ts';
import type { Protocol } from '../vpc/model.ts';

export type Family = 4 | 6;
export const families: readonly Family[] = [4, 6];

export const nft = {
  4: { header: 'ip', addressType: 'ipv4_addr' },
  6: { header: 'ip6', addressType: 'ipv6_addr' },
} as const;

export const everything = { 4: '0.0.0.0/0', 6: '::/0' } as const;

/**
 * Next hop on every link. Links have one end each way and resolve no neighbours, so that nobody needs to have this address;
 * one that all routes share keeps the neighbour table at one entry a link.
 */
export const nextHop = { 4: '169.254.0.1', 6: 'fe80::1' } as const;

/** Of an address or a block. */
export function familyOf(text: string): Family {
  return text.includes(':') ? 6 : 4;
}

export function ofFamily(family: Family, texts: readonly string[]): readonly string[] {
  return texts.filter((text) => familyOf(text) === family);
}

export function familiesAmong(texts: readonly string[]): readonly Family[] {
  return families.filter((family) => texts.some((text) => familyOf(text) === family));
}

/** Blocks that lie within others are left out: nft refuses intervals that overlap. */
export function disjoint(cidrs: readonly string[]): readonly string[] {
  const sorted = cidrs.map(blockOf).sort((one, other) => one.prefix - other.prefix);
  const kept: Cidr[] = [];
  for (const block of sorted) if (!kept.some((outer) => containsCidr(outer, block))) kept.push(block);
  return kept.map(formatCidr);
}

/** The address so many places after the block's first. */
export function addressWithin(cidr: string, offset: bigint): string {
  const block = blockOf(cidr);
  return formatAddress({ family: block.family, value: block.base + offset });
}

export function prefixOf(cidr: string): number {
  return blockOf(cidr).prefix;
}

/** ICMP speaks of IPv4 alone, ICMPv6 of IPv6 alone. */
export function speaksOf(protocol: Protocol, family: Family): boolean {
  return !(protocol === 1 && family === 6) && !(protocol === 58 && family === 4);
}

function blockOf(cidr: string): Cidr {
  const block = parseCidr(cidr);
  if (block === undefined) throw new TypeError(`${cidr} in the model is no CIDR block`);
  return block;
}
