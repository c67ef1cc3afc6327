/**
 * Ranges that AWS would choose and that no configuration holds: the IPv6 block of a VPC and the contents of AWS's own
 * prefix lists. The same configuration always gets the same, and none overlaps a block that it names. What is simulated
 * is that a rule or a route means the VPC or the service, not which numbers AWS will give it.
 */

import {
  type Cidr,
  containsCidr,
  formatCidr,
  lastValueOf,
  overlap,
  parseCidr,
  type TerraformConfiguration,
} from '../terraform/index.ts';
import { namedCidrs } from './named-cidrs.ts';

export interface StandIns {
  /** A /56 for the resource that has it. */
  ipv6For(address: string): string;
  /** Of a service or other list of AWS's, by its name. */
  prefixListFor(name: string): string;
}

interface Pool {
  readonly range: Cidr;
  /** Of a block in it. */
  readonly prefix: number;
  /** A block outside the pool that comes first, where it is free. */
  readonly usual?: (name: string) => Cidr | undefined;
}

const IPV6: Pool = { range: known('2600:1f00::/24'), prefix: 56 };

/** RFC 5737 for the services that have gateway endpoints; RFC 2544 (benchmarking) for all others, and where those are taken. */
const SERVICE_RANGES: Readonly<Record<string, string>> = {
  s3: '192.0.2.0/25',
  dynamodb: '192.0.2.128/25',
};
const LISTS: Pool = {
  range: known('198.18.0.0/15'),
  prefix: 25,
  usual: (name) => (Object.hasOwn(SERVICE_RANGES, name) ? parseCidr(SERVICE_RANGES[name] ?? '') : undefined),
};

export function standIns(configuration: TerraformConfiguration): StandIns {
  const chosen = new Map<string, Cidr>();
  let named: readonly Cidr[] | undefined;
  const choose = (key: string, name: string, pool: Pool) => {
    named ??= namedCidrs(configuration);
    const own = [...chosen.values()];
    // A block around the whole pool ("::/0") overlaps whatever is chosen.
    const taken = [...own, ...named.filter((other) => !containsCidr(other, pool.range))];
    const usual = pool.usual?.(name);
    const isFree = usual !== undefined && !taken.some((other) => overlap(other, usual));
    const free = isFree ? usual : (freeBlock(pool, name, taken) ?? freeBlock(pool, name, own));
    if (free === undefined) throw new TypeError(`no range of ${formatCidr(pool.range)} is left for ${key}`);
    chosen.set(key, free);
    return free;
  };
  const once = (kind: string, name: string, pool: Pool) => {
    const key = `${kind} ${name}`;
    return formatCidr(chosen.get(key) ?? choose(key, name, pool));
  };
  return {
    ipv6For: (address) => once('ipv6', address, IPV6),
    prefixListFor: (name) => once('list', name, LISTS),
  };
}

/** From the block that the name decides on, past every one that is taken. Undefined where they take the whole pool. */
function freeBlock({ range, prefix }: Pool, name: string, taken: readonly Cidr[]): Cidr | undefined {
  const shift = BigInt((range.family === 4 ? 32 : 128) - prefix);
  const count = 1n << BigInt(prefix - range.prefix);
  let index = BigInt(hash(name)) % count;
  // Each step passes a block that is taken; twice around is enough to have passed all.
  for (let step = 0; step <= 2 * taken.length; step += 1) {
    const block: Cidr = { family: range.family, base: range.base + (index << shift), prefix };
    const obstacle = taken.find((other) => overlap(other, block));
    if (obstacle === undefined) return block;
    const after = ((lastValueOf(obstacle) - range.base) >> shift) + 1n;
    index = after >= count || after <= 0n ? 0n : after;
  }
  return undefined;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}

function known(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new TypeError(`${text} is no block`);
  return cidr;
}
