/** The VPCs, their ranges, and the names under which their default group, ACL and route table go. */

import { invalid, overlap, parseCidr, type Site } from '../terraform/index.ts';
import { type BuildContext, type ReferenceTargets, requiredReferenceIn } from './build-context.ts';
import type { Vpc } from './model.ts';
import { cidrIn } from './read-cidr.ts';

export const VPC: ReferenceTargets = { what: 'an aws_vpc', attributes: { aws_vpc: ['id'] } };

const INERT = [
  'tags',
  'tags_all',
  'enable_dns_support',
  'enable_dns_hostnames',
  'enable_network_address_usage_metrics',
  'instance_tenancy',
];

/** AWS's own bounds of a VPC's or subnet's block. */
const PREFIX_MIN = 16;
const PREFIX_MAX = 28;

interface Block {
  readonly cidr: string;
  readonly site: Site;
}

export function buildVpcs(context: BuildContext): readonly Vpc[] {
  const associated = associatedBlocks(context);
  return context.resources('aws_vpc').map(({ address, fields }) => {
    const primary = { cidr: blockIn(fields), site: fields.siteOf('cidr_block') };
    fields.refuseUnread({ inert: INERT, off: ['assign_generated_ipv6_cidr_block'] });
    const blocks = [primary, ...(associated.get(address) ?? [])];
    refuseOverlap(blocks);
    return { address, cidrs: blocks.map((block) => block.cidr), ipv6Cidrs: [] };
  });
}

/** What the objects that AWS makes with a VPC are called until a configuration adopts them. */
export function defaultAddress(vpc: string, kind: 'security_group' | 'network_acl' | 'route_table'): string {
  return `${vpc}.default_${kind}`;
}

/** The block in `cidr_block` of a VPC or subnet, of a size that AWS takes. */
export function blockIn(fields: Parameters<typeof cidrIn>[0]): string {
  const cidr = fields.required('cidr_block', cidrIn(fields, 'cidr_block', { family: 4, hostBits: 'refuse' }));
  const prefix = Number(cidr.split('/')[1]);
  if (prefix >= PREFIX_MIN && prefix <= PREFIX_MAX) return cidr;
  const nextStep = `use /${PREFIX_MIN} to /${PREFIX_MAX}`;
  throw invalid(fields.siteOf('cidr_block'), {
    reason: `AWS takes no block of the size of ${cidr}`,
    nextStep,
  });
}

function associatedBlocks(context: BuildContext): ReadonlyMap<string, readonly Block[]> {
  const found = new Map<string, Block[]>();
  for (const { fields } of context.resources('aws_vpc_ipv4_cidr_block_association')) {
    const vpc = requiredReferenceIn(context, fields, { name: 'vpc_id', targets: VPC }).address;
    const block = { cidr: blockIn(fields), site: fields.siteOf('cidr_block') };
    fields.refuseUnread({ inert: [] });
    found.set(vpc, [...(found.get(vpc) ?? []), block]);
  }
  return found;
}

function refuseOverlap(blocks: readonly Block[]): void {
  for (const [index, block] of blocks.entries()) {
    const other = blocks.slice(0, index).find((earlier) => cidrsOverlap(earlier.cidr, block.cidr));
    if (other === undefined) continue;
    const nextStep = 'choose a block of its own';
    throw invalid(block.site, {
      reason: `${block.cidr} overlaps ${other.cidr} of ${other.site.address}`,
      nextStep,
    });
  }
}

export function cidrsOverlap(one: string, other: string): boolean {
  const [left, right] = [parseCidr(one), parseCidr(other)];
  return left !== undefined && right !== undefined && overlap(left, right);
}
