/** A /64 of its VPC for a subnet whose IPv6 block is not known: which one it is bears on no packet. */

import { type Cidr, formatCidr, overlap, parseCidr } from '../terraform/index.ts';
import type { Vpc } from './model.ts';
import type { DraftSubnet, WrittenSubnet } from './subnets.ts';

const PREFIX = 64;
const HOST_BITS = 64n;

/** In the order of the drafts; the last blocks first, since configurations count from the first. */
export function standInIpv6(
  drafts: readonly DraftSubnet[],
  vpcOf: ReadonlyMap<string, Vpc>,
): readonly WrittenSubnet[] {
  const taken = drafts
    .map(({ ipv6Cidr }) => ipv6Cidr && parseCidr(ipv6Cidr))
    .filter((cidr) => cidr !== undefined && cidr !== '');
  return drafts.map(({ wantsIpv6, ...subnet }) => {
    const [range] = vpcOf.get(subnet.vpc)?.ipv6Cidrs ?? [];
    const outer = wantsIpv6 && range !== undefined ? parseCidr(range) : undefined;
    const free = outer && freeBlock(outer, taken);
    if (free === undefined) return subnet;
    taken.push(free);
    return { ...subnet, ipv6Cidr: formatCidr(free) };
  });
}

function freeBlock(outer: Cidr, taken: readonly Cidr[]): Cidr | undefined {
  const count = 1n << BigInt(Math.max(0, PREFIX - outer.prefix));
  for (let index = count - 1n; index >= 0n; index -= 1n) {
    const block: Cidr = { family: 6, base: outer.base + (index << HOST_BITS), prefix: PREFIX };
    if (!taken.some((other) => overlap(other, block))) return block;
  }
  return undefined;
}
