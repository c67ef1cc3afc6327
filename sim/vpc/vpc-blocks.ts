/** Blocks of VPCs and subnets, as `cidr_block` and `ipv6_cidr_block` give them, within the bounds that AWS sets. */

import {
  containsCidr,
  type Fields,
  invalid,
  overlap,
  type Problems,
  parseCidr,
  type Site,
  unresolved,
} from '../terraform/index.ts';
import type { UnknownCause } from './model.ts';
import { cidrIn } from './read-cidr.ts';

export interface Block {
  /** Absent where it is not known (then there is a cause), or wrong. */
  readonly cidr?: string;
  readonly cause?: UnknownCause;
  readonly site: Site;
}

/** AWS's bounds of a VPC's or subnet's block. */
const PREFIX_MIN = 16;
const PREFIX_MAX = 28;
/** AWS takes no VPC in these: this host, loopback, link-local, multicast and reserved. */
const FORBIDDEN = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'].map(parseCidr);
/** A secondary block of a private range needs a primary one of the same; 198.19.0.0/16 is never one. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(parseCidr);
const NEVER_SECONDARY = parseCidr('198.19.0.0/16');

/** `cidr_block`; one that a pool gives is not known. */
export function blockIn(fields: Fields, problems: Problems): Block {
  return attempted(fields, problems, {
    name: 'cidr_block',
    pools: ['ipv4_ipam_pool_id', 'ipv4_netmask_length'],
    read: () => sized(fields),
  });
}

/** `ipv6_cidr_block`. */
export function ipv6BlockIn(fields: Fields, problems: Problems): Block {
  return attempted(fields, problems, {
    name: 'ipv6_cidr_block',
    pools: ['ipv6_ipam_pool_id', 'ipv6_netmask_length', 'ipv6_pool'],
    read: () => cidrIn(fields, 'ipv6_cidr_block', { family: 6, hostBits: 'refuse' }),
  });
}

function attempted(
  fields: Fields,
  problems: Problems,
  options: {
    readonly name: string;
    readonly pools: readonly string[];
    readonly read: () => string | undefined;
  },
): Block {
  const site = fields.siteOf(options.name);
  const found = problems.attempt(() => {
    const pool = options.pools.find((name) => fields.isWritten(name));
    if (pool === undefined || fields.isWritten(options.name)) return options.read();
    const reason = 'the pool decides on the block after apply';
    throw unresolved(fields.siteOf(pool), { reason, nextStep: `set ${options.name}` });
  });
  if (found.kind === 'unknown') return { cause: found.cause, site };
  return found.kind === 'known' && found.value !== undefined ? { cidr: found.value, site } : { site };
}

function sized(fields: Fields): string {
  const cidr = fields.required('cidr_block', cidrIn(fields, 'cidr_block', { family: 4, hostBits: 'refuse' }));
  const prefix = Number(cidr.split('/')[1]);
  const block = parseCidr(cidr);
  const forbidden = FORBIDDEN.some((range) => range && block && overlap(range, block));
  if (prefix >= PREFIX_MIN && prefix <= PREFIX_MAX && !forbidden) return cidr;
  const site = fields.siteOf('cidr_block');
  if (!forbidden) {
    const nextStep = `use /${PREFIX_MIN} to /${PREFIX_MAX}`;
    throw invalid(site, { reason: `AWS takes no block of the size of ${cidr}`, nextStep });
  }
  throw invalid(site, { reason: `AWS makes no network in ${cidr}`, nextStep: 'use a private range' });
}

/** Refuses blocks of one VPC that overlap, and secondary ones that AWS does not associate with the primary one. */
export function checkBlocks(problems: Problems, blocks: readonly Block[]): void {
  const [primary] = blocks;
  for (const [index, block] of blocks.entries()) {
    const { cidr } = block;
    if (cidr === undefined || index === 0) continue;
    const other = blocks.slice(0, index).find((earlier) => earlier.cidr && cidrsOverlap(earlier.cidr, cidr));
    if (other !== undefined) {
      const reason = `${cidr} overlaps ${other.cidr} of ${other.site.address}`;
      problems.add(invalid(block.site, { reason, nextStep: 'choose a block of its own' }));
    } else if (primary?.cidr !== undefined && !isAssociable(cidr, primary.cidr)) {
      const reason = `AWS does not associate ${cidr} with a VPC of ${primary.cidr}`;
      problems.add(invalid(block.site, { reason, nextStep: 'choose a block of the same private range' }));
    }
  }
}

function isAssociable(secondary: string, primary: string): boolean {
  const [inner, first] = [parseCidr(secondary), parseCidr(primary)];
  if (inner === undefined || first === undefined || inner.family === 6) return true;
  if (NEVER_SECONDARY !== undefined && overlap(NEVER_SECONDARY, inner)) return false;
  const range = PRIVATE.find((one) => one !== undefined && containsCidr(one, inner));
  return range === undefined || containsCidr(range, first);
}

export function cidrsOverlap(one: string, other: string): boolean {
  const [left, right] = [parseCidr(one), parseCidr(other)];
  return left !== undefined && right !== undefined && overlap(left, right);
}
