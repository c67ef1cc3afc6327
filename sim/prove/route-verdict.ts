/**
 * Where a subnet's route table sends a packet: the longest prefix, the VPC's own ranges before everything. A route that
 * is not wholly known is both there and not; only if that makes no difference is the target known.
 * https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
 */

import type { Route, RouteTarget, Subnet, UnknownCause, Vpc } from '../vpc/model.ts';
import type { Address } from './address-space.ts';
import { allowed, denied, unknown } from './layer.ts';
import { distinct } from './network-acl-verdict.ts';
import { demand, isInVpc, isWithin, type PreparedModel, vpcOfSubnet } from './prepared-model.ts';
import type { LayerVerdict } from './verdict.ts';

export interface RouteVerdict {
  readonly layer: LayerVerdict;
  /** Absent: dropped, or not known. */
  readonly target?: RouteTarget;
  /** Every target that it may be. */
  readonly candidates: readonly RouteTarget[];
}

interface Covering {
  readonly route: Route;
  readonly prefix: number;
}

export function judgeRoute(
  prepared: PreparedModel,
  subnetAddress: string,
  destination: Address,
): RouteVerdict {
  const subnet = demand(prepared.subnets, subnetAddress);
  const spot = { layer: 'route-table', direction: 'egress', at: subnet.address } as const;
  const vpc = vpcOfSubnet(prepared, subnetAddress);
  if (isInVpc(prepared, vpc, destination)) {
    const detour = longerThanLocal(prepared, subnet, { vpc, destination });
    if (detour !== undefined) return detour;
    const target = { kind: 'local' } as const;
    const decider = subnet.uncertain?.routeTable ? vpc : demand(prepared.routeTables, subnet.routeTable);
    return {
      layer: allowed(spot, decider, `local: a range of ${vpc.address}`),
      target,
      candidates: [target],
    };
  }
  const cause = subnet.uncertain?.routeTable;
  if (cause !== undefined) return { layer: unknown(spot, subnet, [cause]), candidates: [] };
  const table = demand(prepared.routeTables, subnet.routeTable);
  const covering = table.routes.flatMap((route) => coveringOf(prepared, route, destination));
  const certain = covering.filter(({ route }) => route.uncertain === undefined);
  const best = certain.reduce<Covering | undefined>(longer, undefined);
  const rivals = covering.filter(
    ({ route, prefix }) => route.uncertain !== undefined && prefix >= (best?.prefix ?? 0),
  );
  const candidates = [...(best ? [best] : []), ...rivals].map(({ route }) => route.target);
  const causes = distinct([
    ...rivals
      .filter(({ route }) => nameOf(route.target) !== nameOf(best?.route.target))
      .flatMap(({ route }) => route.uncertain ?? []),
    ...candidates.flatMap((target): UnknownCause[] => (target.kind === 'unmodelled' ? [target.cause] : [])),
  ]);
  if (causes.length > 0) {
    return { layer: unknown(spot, best?.route ?? rivals[0]?.route ?? table, causes), candidates };
  }
  if (best === undefined) {
    const text = `default: no route of ${table.address} leads to ${destination.text}`;
    return { layer: denied(spot, table, text), candidates };
  }
  const { target } = best.route;
  if (target.kind === 'blackhole') {
    const text = `${destination.text} is routed to ${target.address}, which is not there`;
    return { layer: denied(spot, best.route, text), candidates };
  }
  const text = `${best.route.destinations.join(', ')} to ${'address' in target ? target.address : target.kind}`;
  return { layer: allowed(spot, best.route, text), target, candidates };
}

/**
 * A route for a part of the VPC's own range is longer than the local one and wins: it leads to a machine or an endpoint that
 * looks at packets, and what becomes of them there is not modelled.
 */
function longerThanLocal(
  prepared: PreparedModel,
  subnet: Subnet,
  { vpc, destination }: { readonly vpc: Vpc; readonly destination: Address },
): RouteVerdict | undefined {
  if (subnet.uncertain?.routeTable !== undefined) return undefined;
  const table = demand(prepared.routeTables, subnet.routeTable);
  const ranges = [...vpc.cidrs, ...vpc.ipv6Cidrs].filter((cidr) => isWithin(prepared, cidr, destination));
  const local = Math.max(...ranges.map(prefixOf));
  const detours = table.routes
    .flatMap((route) => coveringOf(prepared, route, destination))
    .filter(({ route, prefix }) => prefix > local && route.target.kind !== 'local');
  const best = detours.reduce<Covering | undefined>(longer, undefined);
  if (best === undefined) return undefined;
  const spot = { layer: 'route-table', direction: 'egress', at: subnet.address } as const;
  return { layer: unknown(spot, best.route, [causeOfDetour(best.route)]), candidates: [] };
}

/** Why it is not known what becomes of a packet that a route inside the VPC takes. */
function causeOfDetour({ address, place, target, uncertain }: Route): UnknownCause {
  if (target.kind === 'unmodelled') return target.cause;
  const reason = 'a route for a part of the VPC is not modelled';
  return uncertain ?? { address, reason, ...(place !== undefined && { place }) };
}

const prefixOf = (cidr: string) => Number(cidr.split('/')[1]);

/** Both lead nowhere: no route, and one whose target is gone. */
function nameOf(target: RouteTarget | undefined): string {
  if (target === undefined || target.kind === 'blackhole') return 'nowhere';
  if (target.kind === 'unmodelled') return `unmodelled ${target.cause.address}`;
  return target.kind === 'local' ? 'local' : `${target.kind} ${target.address}`;
}

function coveringOf(prepared: PreparedModel, route: Route, destination: Address): readonly Covering[] {
  const prefixes = route.destinations.filter((cidr) => isWithin(prepared, cidr, destination)).map(prefixOf);
  return prefixes.length === 0 ? [] : [{ route, prefix: Math.max(...prefixes) }];
}

/** The first of equals stays. */
function longer(best: Covering | undefined, next: Covering): Covering {
  return best === undefined || next.prefix > best.prefix ? next : best;
}
