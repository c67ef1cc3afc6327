/**
 * The names under which a proof speaks of a range outside: it cuts the internet at every block that a rule or a route names,
 * and calls what is left `internet`.
 */

import { type Cidr, containsCidr, formatCidr, parseCidr } from '../terraform/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import { isPublic, outsideBlock } from './subject.ts';

const PUBLIC_IPV6 = parseCidr('2000::/3');

/** Of `internet` itself; of a block all the names that its addresses have. */
export function namesOutside(model: VpcModel, name: string): readonly string[] {
  const block = outsideBlock(name);
  if (block === undefined) return [name];
  const known = blocksOf(model).filter(isPublic);
  const inner = known.filter((other) => containsCidr(block, other) && other.prefix > block.prefix);
  const around = known
    .filter((other) => containsCidr(other, block) && !isAll(other))
    .toSorted((left, right) => right.prefix - left.prefix)[0];
  const own = around === undefined ? 'internet' : formatCidr(around);
  return [...(isFull(block, inner) ? [] : [own]), ...inner.map(formatCidr)];
}

function isAll(block: Cidr): boolean {
  return block.prefix === 0 || (PUBLIC_IPV6 !== undefined && containsCidr(block, PUBLIC_IPV6));
}

function isFull(block: Cidr, inner: readonly Cidr[]): boolean {
  const bits = block.family === 4 ? 32 : 128;
  const largest = inner.filter(
    (one) => !inner.some((other) => other.prefix < one.prefix && containsCidr(other, one)),
  );
  const held = largest.reduce((sum, { prefix }) => sum + (1n << BigInt(bits - prefix)), 0n);
  return held === 1n << BigInt(bits - block.prefix);
}

function blocksOf(model: VpcModel): readonly Cidr[] {
  const texts = new Set<string>();
  for (const { ingress, egress } of model.securityGroups) {
    for (const { peer } of [...ingress, ...egress]) {
      if (peer.kind === 'cidr') texts.add(peer.cidr);
      if (peer.kind === 'prefix-list') for (const cidr of peer.cidrs) texts.add(cidr);
    }
  }
  for (const { ingress, egress } of model.networkAcls)
    for (const { cidr } of [...ingress, ...egress]) texts.add(cidr);
  for (const { routes } of model.routeTables)
    for (const cidr of routes.flatMap(({ destinations }) => destinations)) texts.add(cidr);
  for (const { cidrs } of model.gatewayEndpoints) for (const cidr of cidrs) texts.delete(cidr);
  return [...texts].flatMap((cidr) => parseCidr(cidr) ?? []);
}
