/**
 * The addresses outside the model, cut wherever a rule or a route tells them apart: within one range every packet fares
 * alike. What no block singles out is `internet`; the rest has the name of the smallest block around it.
 */

import { containsCidr, lastValueOf } from '../terraform/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import { cidrFrom, publicSpace } from './address-space.ts';
import { around, type CidrNode, type CidrTree, cidrTree } from './cidr-tree.ts';
import type { Family } from './verdict.ts';

export const INTERNET = 'internet';

/** Inclusive. */
export interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

export interface OutsideRange {
  /** `internet`, or a CIDR block. */
  readonly name: string;
  readonly family: Family;
  readonly node: CidrNode;
  /** Sorted, disjoint, never empty. */
  readonly spans: readonly Span[];
  /** Of the gateway endpoints whose service has these addresses. Empty: a part of the internet. */
  readonly services: readonly string[];
}

/** Every block that a rule, a route or a service names. */
export function namedBlocks(model: VpcModel): CidrTree {
  const texts = new Set<string>();
  for (const { ingress, egress } of model.securityGroups) {
    for (const { peer } of [...ingress, ...egress]) {
      if (peer.kind === 'cidr') texts.add(peer.cidr);
      if (peer.kind === 'prefix-list') for (const cidr of peer.cidrs) texts.add(cidr);
    }
  }
  for (const { ingress, egress } of model.networkAcls) {
    for (const { cidr } of [...ingress, ...egress]) texts.add(cidr);
  }
  for (const { routes } of model.routeTables) {
    for (const cidr of routes.flatMap(({ destinations }) => destinations)) texts.add(cidr);
  }
  for (const cidr of model.gatewayEndpoints.flatMap(({ cidrs }) => cidrs)) texts.add(cidr);
  return cidrTree(texts);
}

export function outsideRanges(model: VpcModel, tree: CidrTree): readonly OutsideRange[] {
  const services = new Map<string, string[]>();
  for (const { address, cidrs } of model.gatewayEndpoints) {
    for (const cidr of cidrs) services.set(cidr, [...(services.get(cidr) ?? []), address]);
  }
  const isPublic = { 4: publicSpans(model, 4), 6: publicSpans(model, 6) };
  return tree.nodes.flatMap((node): readonly OutsideRange[] => {
    const { family } = node.cidr;
    const of = around(node).flatMap(({ text }) => services.get(text) ?? []);
    const own = minus([spanOf(node)], node.children.map(spanOf));
    const spans = of.length > 0 ? minus(own, vpcSpans(model, family)) : common(own, isPublic[family]);
    if (spans.length === 0) return [];
    const isAll = containsCidr(node.cidr, publicSpace(family).within);
    return [{ name: isAll ? INTERNET : node.text, family, node, spans, services: of }];
  });
}

/** Names of the parts of the internet that this network tells apart, `internet` itself where something is left of it. */
export function internetParts(model: VpcModel, family: Family): ReadonlySet<string> {
  const ranges = outsideRanges(model, namedBlocks(model));
  return new Set(
    ranges.filter((range) => range.family === family && range.services.length === 0).map(({ name }) => name),
  );
}

/** The internet without what is ours. */
function publicSpans(model: VpcModel, family: Family): readonly Span[] {
  const { within, without } = publicSpace(family);
  const own = [...model.interfaces, ...model.natGateways].flatMap(({ publicAddress }) =>
    publicAddress === undefined || family === 6 ? [] : [cidrFrom(`${publicAddress}/32`)],
  );
  return minus([blockSpan(within)], [...[...without, ...own].map(blockSpan), ...vpcSpans(model, family)]);
}

function vpcSpans({ vpcs }: VpcModel, family: Family): readonly Span[] {
  const texts = vpcs.flatMap(({ cidrs, ipv6Cidrs }) => (family === 4 ? cidrs : ipv6Cidrs));
  return texts.map(cidrFrom).map(blockSpan);
}

function spanOf(node: CidrNode): Span {
  return { first: node.cidr.base, last: node.last };
}

function blockSpan(cidr: ReturnType<typeof cidrFrom>): Span {
  return { first: cidr.base, last: lastValueOf(cidr) };
}

function minus(spans: readonly Span[], holes: readonly Span[]): readonly Span[] {
  const sorted = [...holes].sort((one, other) => (one.first < other.first ? -1 : 1));
  return spans.flatMap(({ first, last }) => {
    const left: Span[] = [];
    let from = first;
    for (const hole of sorted) {
      if (hole.last < from || hole.first > last) continue;
      if (hole.first > from) left.push({ first: from, last: hole.first - 1n });
      from = hole.last + 1n;
    }
    if (from <= last) left.push({ first: from, last });
    return left;
  });
}

function common(spans: readonly Span[], others: readonly Span[]): readonly Span[] {
  return spans.flatMap(({ first, last }) =>
    others.flatMap((other) => {
      const [from, to] = [first > other.first ? first : other.first, last < other.last ? last : other.last];
      return from <= to ? [{ first: from, last: to }] : [];
    }),
  );
}
