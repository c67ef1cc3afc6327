/** Where each route table sends a whole named block: the target, nowhere, or why nobody can tell. */

import { containsCidr } from '../terraform/index.ts';
import type { Route, RouteTarget, Subnet, UnknownCause, VpcModel } from '../vpc/model.ts';
import { cidrFrom } from './address-space.ts';
import { type CidrNode, type CidrTree, isWithinBlock } from './cidr-tree.ts';

export type RouteDecision =
  | { readonly kind: 'target'; readonly target: RouteTarget; readonly candidates: readonly RouteTarget[] }
  | { readonly kind: 'dropped'; readonly candidates: readonly RouteTarget[] }
  | {
      readonly kind: 'unknown';
      readonly causes: readonly UnknownCause[];
      readonly candidates: readonly RouteTarget[];
    };

/** For destinations outside the VPC's own ranges, which are local whatever the table says. */
export type RouteDecisions = (subnet: Subnet, node: CidrNode) => RouteDecision;

/** Why it is not known what becomes of packets inside the VPC to the block: a route for a part of its range. Empty: local. */
export type Detours = (subnet: Subnet, node: CidrNode) => readonly UnknownCause[];

export function detoursInside(model: VpcModel, tree: CidrTree): Detours {
  const ranges = new Map(
    model.vpcs.map(({ address, cidrs, ipv6Cidrs }) => [address, [...cidrs, ...ipv6Cidrs].map(cidrFrom)]),
  );
  const tables = new Map(
    model.routeTables.map(({ address, vpc, routes }) => [
      address,
      routes
        .filter(({ target }) => target.kind !== 'local')
        .flatMap((route) => entriesOf(route, tree))
        .filter(({ block }) =>
          ranges
            .get(vpc)
            ?.some((range) => containsCidr(range, block.cidr) && block.cidr.prefix > range.prefix),
        ),
    ]),
  );
  return (subnet, node) => {
    const entries = tables.get(subnet.routeTable) ?? [];
    if (entries.length === 0 || subnet.uncertain?.routeTable !== undefined) return [];
    const taking = entries.filter(({ block }) => isWithinBlock(node, block));
    const longest = Math.max(...taking.map(({ block }) => block.cidr.prefix));
    const best = taking.find(({ block }) => block.cidr.prefix === longest);
    if (best === undefined) return [];
    const { address, place, target, uncertain } = best.route;
    if (target.kind === 'unmodelled') return [target.cause];
    const reason = 'a route for a part of the VPC is not modelled';
    return [uncertain ?? { address, reason, ...(place !== undefined && { place }) }];
  };
}

interface Entry {
  readonly block: CidrNode;
  readonly route: Route;
}

export function routeDecisions(model: VpcModel, tree: CidrTree): RouteDecisions {
  const tables = new Map(
    model.routeTables.map(({ address, routes }) => [
      address,
      routes.flatMap((route) => entriesOf(route, tree)),
    ]),
  );
  const known = new Map<string, RouteDecision>();
  return (subnet, node) => {
    const doubt = subnet.uncertain?.routeTable;
    if (doubt !== undefined) return { kind: 'unknown', causes: [doubt], candidates: [] };
    const key = `${subnet.routeTable} ${node.index}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const entries = tables.get(subnet.routeTable);
    if (entries === undefined) throw new TypeError(`the model has no ${subnet.routeTable}`);
    const made = decide(entries.filter(({ block }) => isWithinBlock(node, block)));
    known.set(key, made);
    return made;
  };
}

function entriesOf(route: Route, tree: CidrTree): readonly Entry[] {
  return route.destinations.map((text) => {
    const block = tree.byText.get(text);
    if (block === undefined) throw new TypeError(`${text} is not among the named blocks`);
    return { block, route };
  });
}

/** Blocks around one address hold each other, so the longest prefix is the one that comes last among blocks. */
function decide(entries: readonly Entry[]): RouteDecision {
  const certain = entries.filter(({ route }) => route.uncertain === undefined);
  const longest = Math.max(-1, ...certain.map(({ block }) => block.cidr.prefix));
  const best = certain.find(({ block }) => block.cidr.prefix === longest);
  const doubtful = entries.filter(({ route, block }) => route.uncertain && block.cidr.prefix >= longest);
  const targets = [...(best === undefined ? [] : [best]), ...doubtful].map(({ route }) => route.target);
  const sure = sameness(best?.route.target);
  const causes = doubtful.flatMap(({ route }) => {
    return route.uncertain !== undefined && sameness(route.target) !== sure ? [route.uncertain] : [];
  });
  const unmodelled = targets.flatMap((target) => (target.kind === 'unmodelled' ? [target.cause] : []));
  if (causes.length + unmodelled.length > 0) {
    return { kind: 'unknown', causes: [...causes, ...unmodelled], candidates: targets };
  }
  const target = best?.route.target;
  if (target === undefined || target.kind === 'blackhole') return { kind: 'dropped', candidates: targets };
  return { kind: 'target', target, candidates: targets };
}

function sameness(target: RouteTarget | undefined): string {
  if (target === undefined || target.kind === 'blackhole') return '';
  if (target.kind === 'unmodelled') return `? ${target.cause.address}`;
  return 'address' in target ? `${target.kind} ${target.address}` : target.kind;
}
