/** What AWS refuses about subnets: blocks outside their VPC, and blocks that overlap in one. */

import {
  type Cidr,
  containsCidr,
  type IpFamily,
  invalid,
  overlap,
  type Problems,
  parseCidr,
} from '../terraform/index.ts';
import type { DraftSubnet } from './subnets.ts';
import type { WrittenVpc } from './vpcs.ts';

export function checkSubnets(
  problems: Problems,
  subnets: readonly DraftSubnet[],
  vpcOf: ReadonlyMap<string, WrittenVpc>,
): void {
  for (const subnet of subnets) {
    const vpc = vpcOf.get(subnet.vpc);
    if (vpc === undefined) continue;
    const outside = { problems, subnet, vpc };
    if (vpc.cidrs.length > 0) checkInside(outside, subnet.cidr, vpc.cidrs);
    if (vpc.unknownIpv6 === undefined) checkInside(outside, subnet.ipv6Cidr, vpc.ipv6Cidrs);
  }
  for (const vpc of vpcOf.keys()) {
    const own = subnets.filter((subnet) => subnet.vpc === vpc);
    checkOverlap(problems, own, 4);
    checkOverlap(problems, own, 6);
  }
}

function checkInside(
  options: { readonly problems: Problems; readonly subnet: DraftSubnet; readonly vpc: WrittenVpc },
  cidr: string | undefined,
  ranges: readonly string[],
): void {
  const inner = cidr === undefined ? undefined : parseCidr(cidr);
  if (inner === undefined) return;
  const isInside = ranges.map(parseCidr).some((outer) => outer && containsCidr(outer, inner));
  if (isInside) return;
  const { problems, subnet, vpc } = options;
  const reason = `${cidr} lies outside ${vpc.address} (${ranges.join(', ')})`;
  problems.add(
    invalid(siteOf(subnet, inner.family), { reason, nextStep: "choose a block inside the VPC's" }),
  );
}

function checkOverlap(problems: Problems, subnets: readonly DraftSubnet[], family: IpFamily): void {
  const seen: { readonly subnet: DraftSubnet; readonly block: Cidr }[] = [];
  for (const subnet of subnets) {
    const cidr = family === 4 ? subnet.cidr : subnet.ipv6Cidr;
    const block = cidr === undefined ? undefined : parseCidr(cidr);
    if (block === undefined) continue;
    const other = seen.find((earlier) => overlap(earlier.block, block))?.subnet;
    seen.push({ subnet, block });
    if (other === undefined) continue;
    const reason = `${cidr} overlaps ${family === 4 ? other.cidr : other.ipv6Cidr} of ${other.address}`;
    problems.add(invalid(siteOf(subnet, family), { reason, nextStep: 'choose a block of its own' }));
  }
}

function siteOf({ site }: DraftSubnet, family: IpFamily): DraftSubnet['site'] {
  if (family === 4) return site;
  const path = [...site.path.slice(0, -1), 'ipv6_cidr_block'];
  return { ...site, field: 'ipv6_cidr_block', path };
}
