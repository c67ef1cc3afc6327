/** Route tables as policy routing: the VPC's own addresses first, then the table of the subnet that a packet comes from. */
import { DrydockError } from '../errors.ts';
import type { Route, RouteTable, VpcModel } from '../vpc/model.ts';
import { addresses, links, type PlacedSubnet, type Topology } from './topology.ts';

export function routeLines(model: VpcModel, topology: Topology): readonly string[] {
  return [
    ...topology.instances.map(
      ({ instance, routerLink }) =>
        `route add ${instance.networkInterface.privateAddress}/32 dev ${routerLink} table ${topology.localTable}`,
    ),
    // AWS's local route owns the whole VPC range: an address that no interface has is not looked for elsewhere.
    ...topology.vpc.cidrs.map(
      (cidr) => `route add ${cidr} dev ${links.unrouted} table ${topology.localTable}`,
    ),
    `rule add pref 100 lookup ${topology.localTable}`,
    ...topology.subnets.flatMap((placed) => subnetLines(model, placed)),
    ...topology.instances.map(
      ({ routerLink, subnet }) => `rule add pref 200 iif ${routerLink} lookup ${subnet.table}`,
    ),
  ];
}

/** The route table that a subnet uses. */
export function routeTableOf(model: VpcModel, { subnet }: PlacedSubnet): RouteTable {
  const table = model.routeTables.find((candidate) => candidate.address === subnet.routeTable);
  if (table === undefined)
    throw new TypeError(`${subnet.address} uses a route table that the model does not have`);
  return table;
}

function subnetLines(model: VpcModel, placed: PlacedSubnet): readonly string[] {
  const routes = routeTableOf(model, placed).routes.flatMap((route) =>
    route.target.kind === 'local'
      ? []
      : route.destinations.map((cidr) => `route add ${cidr} ${nextHop(route)} table ${placed.table}`),
  );
  const hasDefault = routes.some((line) => line.startsWith('route add 0.0.0.0/0 '));
  return hasDefault ? routes : [...routes, `route add default dev ${links.unrouted} table ${placed.table}`];
}

function nextHop(route: Route): string {
  const ipv6 = route.destinations.find((cidr) => cidr.includes(':'));
  if (ipv6 !== undefined) {
    throw new DrydockError(
      'SIM_TERRAFORM_UNSUPPORTED',
      `could not build the network: ${route.address} is a route to ${ipv6}, and the fabric is IPv4 alone; remove the route`,
    );
  }
  switch (route.target.kind) {
    case 'internet-gateway':
      return `via ${addresses.gatewayToRouter} dev ${links.internetGateway}`;
    case 'gateway-endpoint':
      return `dev ${links.unrouted}`;
    default:
      throw new DrydockError(
        'SIM_TERRAFORM_UNSUPPORTED',
        `could not build the network: ${route.address} leads to a ${route.target.kind}, which the fabric does not have yet; remove the route`,
      );
  }
}
