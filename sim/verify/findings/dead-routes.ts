/** Routes that drop whatever they take: their target is gone, carries no such packets, or has no way on. */

import { overlap, parseCidr } from '../../terraform/index.ts';
import type { Route, RouteTable } from '../../vpc/model.ts';
import { type Check, finding } from '../checks.ts';
import type { ModelIndex } from '../model-index.ts';

export const checkDeadRoutes: Check = ({ index }) => {
  const inForce = new Set(index.model.subnets.map(({ routeTable }) => routeTable));
  return index.model.routeTables
    .filter(({ address }) => inForce.has(address))
    .flatMap((table) =>
      table.routes
        .filter(({ uncertain }) => uncertain === undefined)
        .flatMap((route) => {
          const why = whyDead(index, table, route);
          if (why === undefined) return [];
          const message = `the route ${route.destinations.join(', ')} of ${table.address} can never deliver: ${why}`;
          return [finding('route-never-delivers', { address: route.address, place: route.place, message })];
        }),
    );
};

function whyDead(index: ModelIndex, table: RouteTable, route: Route): string | undefined {
  const { target } = route;
  switch (target.kind) {
    case 'blackhole':
      return `its target ${target.address} does not exist, or is not attached to ${table.vpc}`;
    case 'peering':
      return whyPeeringDrops(index, table, { destinations: route.destinations, address: target.address });
    case 'nat-gateway':
      return whyNatDrops(index, target.address);
    default:
      return undefined;
  }
}

interface PeeringRoute {
  readonly destinations: readonly string[];
  readonly address: string;
}

function whyPeeringDrops(index: ModelIndex, { vpc }: RouteTable, { destinations, address }: PeeringRoute) {
  const peering = index.model.peeringConnections.find((known) => known.address === address);
  if (peering === undefined) return undefined;
  if (!peering.isActive) return `${address} is not active`;
  if (peering.requester !== vpc && peering.accepter !== vpc)
    return `${address} does not join ${vpc} to anything`;
  const far = index.vpc(peering.requester === vpc ? peering.accepter : peering.requester);
  if (far === undefined) return undefined;
  const ranges = [...far.cidrs, ...far.ipv6Cidrs].flatMap((cidr) => parseCidr(cidr) ?? []);
  const isCarried = destinations
    .flatMap((cidr) => parseCidr(cidr) ?? [])
    .some((destination) => ranges.some((range) => overlap(range, destination)));
  if (isCarried) return undefined;
  return `${address} carries packets to ${far.address} (${far.cidrs.join(', ')}) alone, and no transit through it exists`;
}

function whyNatDrops(index: ModelIndex, address: string): string | undefined {
  const gateway = index.model.natGateways.find((known) => known.address === address);
  const subnet = gateway && index.subnet(gateway.subnet);
  if (gateway === undefined || subnet === undefined || subnet.uncertain?.routeTable !== undefined)
    return undefined;
  const routes = index.routeTable(subnet.routeTable)?.routes ?? [];
  if (
    routes.some(
      ({ uncertain, target }) => uncertain !== undefined || leadsOn(target.kind, gateway.publicAddress),
    )
  ) {
    return undefined;
  }
  return gateway.publicAddress === undefined
    ? `the private NAT gateway ${address} stands in ${subnet.address}, whose table ${subnet.routeTable} leads to no other network`
    : `${address} stands in ${subnet.address}, whose table ${subnet.routeTable} has no route to an internet gateway`;
}

function leadsOn(kind: Route['target']['kind'], publicAddress: string | undefined): boolean {
  if (kind === 'internet-gateway') return publicAddress !== undefined;
  return kind === 'peering' || kind === 'gateway-endpoint' || kind === 'unmodelled';
}
