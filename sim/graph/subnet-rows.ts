/**
 * Which subnets stand beside each other: those of one role (`private_a`, `private_b`) form a row, with a column for each
 * zone, so that the same things are found at the same height.
 */

import type { Subnet, VpcModel } from '../vpc/model.ts';

export interface SubnetRow {
  readonly role: string;
  readonly vpc: string;
  readonly tier: 'public' | 'private' | 'isolated' | 'unknown';
  /** By zone; several only where two of one role share a zone. */
  readonly byZone: ReadonlyMap<string, readonly Subnet[]>;
}

const TIER_ORDER = { public: 0, private: 1, isolated: 2, unknown: 3 } as const;

/** Rows of one VPC, public ones first. */
export function subnetRows(model: VpcModel, vpc: string): readonly SubnetRow[] {
  const subnets = model.subnets.filter((subnet) => subnet.vpc === vpc);
  const roles = Map.groupBy(subnets, (subnet) => `${tierOf(model, subnet)} ${roleOf(subnet)}`);
  return [...roles.entries()]
    .map(([key, members]) => {
      const [tier = ''] = key.split(' ', 1);
      return {
        role: key.slice(tier.length + 1),
        vpc,
        tier: tier as SubnetRow['tier'],
        byZone: Map.groupBy(members, (subnet) => subnet.availabilityZone),
      };
    })
    .sort((left, right) => TIER_ORDER[left.tier] - TIER_ORDER[right.tier]);
}

/** By its routes, as `drydock verify` has it: an internet gateway, a way out that nothing comes in by, or neither. */
export function tierOf(model: VpcModel, subnet: Subnet): SubnetRow['tier'] {
  if (subnet.uncertain?.routeTable !== undefined) return 'unknown';
  const table = model.routeTables.find(({ address }) => address === subnet.routeTable);
  const kinds = new Set(table?.routes.map(({ target }) => target.kind));
  if (kinds.has('internet-gateway')) return 'public';
  const leads = ['nat-gateway', 'egress-only-internet-gateway'] as const;
  return leads.some((kind) => kinds.has(kind)) ? 'private' : 'isolated';
}

/** The address without what tells zones apart: an index, and a letter or number at the end of a name or key. */
function roleOf(subnet: Subnet): string {
  const zone = subnet.availabilityZone;
  const letter = zone.slice(-1);
  return subnet.address
    .replaceAll(zone, '')
    .replace(/\[\d+\]$/, '')
    .replace(/(\["[^"]*?)[-_]?([a-z]|\d+)"\]$/, (whole, start: string, end: string) =>
      end === letter || /\d/.test(end) ? `${start}"]` : whole,
    )
    .replace(/[-_]([a-z]|\d+)$/, (whole, end: string) => (end === letter || /\d/.test(end) ? '' : whole));
}
