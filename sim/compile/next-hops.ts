/** Where a route leads: a link of the router, or nowhere, and then which part of the network drops what the route takes. */
import type { Route } from '../vpc/model.ts';
import type { Layer } from './compiled-fabric.ts';
import { type Family, familyOf } from './families.ts';
import { linkNames } from './names.ts';
import type { PlacedRouteTable, PlacedVpc } from './topology.ts';

export type NextHop =
  | { readonly kind: 'link'; readonly link: string }
  | { readonly kind: 'nowhere'; readonly layer: Layer; readonly address: string; readonly text: string };

export interface PlacedRoute {
  readonly cidr: string;
  readonly family: Family;
  readonly hop: NextHop;
}

/** One entry a destination, the first where two routes name the same; the local ones stand in a table of their own. */
export function routesOf(placed: PlacedVpc, { table }: PlacedRouteTable): readonly PlacedRoute[] {
  const routes = new Map<string, PlacedRoute>();
  for (const route of table.routes) {
    if (route.uncertain !== undefined || route.target.kind === 'local') continue;
    for (const cidr of route.destinations) {
      const family = familyOf(cidr);
      if (!routes.has(cidr)) routes.set(cidr, { cidr, family, hop: nextHopOf(placed, route, family) });
    }
  }
  return [...routes.values()];
}

function nextHopOf(placed: PlacedVpc, route: Route, family: Family): NextHop {
  const { target } = route;
  const nowhere = (layer: Layer, address: string, text: string): NextHop => ({
    kind: 'nowhere',
    layer,
    address,
    text,
  });
  const link = (name: string): NextHop => ({ kind: 'link', link: name });
  switch (target.kind) {
    case 'internet-gateway':
      return placed.internetGateway?.address === target.address
        ? link(linkNames.internetGateway)
        : nowhere('internet-gateway', target.address, 'the internet gateway is not attached to the VPC');
    case 'egress-only-internet-gateway':
      if (family === 4)
        return nowhere('egress-only-internet-gateway', target.address, 'the gateway carries IPv6 alone');
      return placed.egressOnlyGateway?.address === target.address
        ? link(linkNames.egressOnlyGateway)
        : nowhere('egress-only-internet-gateway', target.address, 'the gateway is not attached to the VPC');
    case 'nat-gateway': {
      if (family === 6) return nowhere('nat-gateway', target.address, 'the NAT gateway carries IPv4 alone');
      const found = placed.natGateways.find(({ gateway }) => gateway.address === target.address);
      return found
        ? link(found.link)
        : nowhere('nat-gateway', target.address, 'the NAT gateway is not in the VPC');
    }
    case 'peering': {
      const found = placed.peerings.find(({ peering }) => peering.address === target.address);
      return found
        ? link(found.link)
        : nowhere('peering', target.address, 'the peering connection carries nothing');
    }
    case 'gateway-endpoint': {
      const found = placed.endpoints.find(({ endpoint }) => endpoint.address === target.address);
      return found
        ? link(found.link)
        : nowhere('gateway-endpoint', target.address, 'the endpoint is not in the VPC');
    }
    case 'unmodelled':
      return nowhere('route-table', target.cause.address, `not modelled: ${target.cause.reason}`);
    default:
      return nowhere('route-table', route.address, 'the route is a black hole: its target is gone');
  }
}
