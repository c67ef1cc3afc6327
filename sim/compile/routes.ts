/** Route tables as policy routing: the VPC's own addresses first, then the table of the subnet that a packet comes from. */
import { everything, type Family, nextHop } from './families.ts';
import { linkNames } from './names.ts';
import { routesOf } from './next-hops.ts';
import { addressesOf, cidrsOf, familiesOf, type PlacedRouteTable, type PlacedVpc } from './topology.ts';

/** AWS's local route. */
const localTable = 100;
/** For what comes from no subnet: it is meant for the VPC's own addresses alone. */
const outsideTable = 101;
/** Never leaves a link: an address there that nothing answers at is not looked for elsewhere. */
export const linkLocal = '169.254.0.0/16';

export function routeLines(placed: PlacedVpc): readonly string[] {
  const families = familiesOf(placed.vpc);
  return [
    ...localLines(placed),
    ...families.flatMap((family) => [
      `rule add from ${everything[family]} pref 100 lookup ${localTable}`,
      ...placed.routeTables.flatMap((table) => tableLines(placed, table, family)),
      `rule add from ${everything[family]} pref 300 lookup ${outsideTable}`,
      `route add ${everything[family]} dev ${linkNames.unrouted} table ${outsideTable}`,
    ]),
  ];
}

function localLines(placed: PlacedVpc): readonly string[] {
  const hosts = [
    ...placed.interfaces.flatMap(({ networkInterface, link }) =>
      addressesOf(networkInterface).map((address) => ({ address, link })),
    ),
    ...placed.natGateways.map(({ gateway, link }) => ({ address: gateway.privateAddress, link })),
  ];
  return [
    ...hosts.map(({ address, link }) => `route add ${address} dev ${link} table ${localTable}`),
    // AWS's local route owns the whole VPC range: an address that no interface has is not looked for elsewhere.
    ...[...cidrsOf(placed.vpc), linkLocal].map(
      (cidr) => `route add ${cidr} dev ${linkNames.unrouted} table ${localTable}`,
    ),
  ];
}

function tableLines(placed: PlacedVpc, table: PlacedRouteTable, family: Family): readonly string[] {
  const routes = routesOf(placed, table).filter((route) => route.family === family);
  const lines = routes.map(({ cidr, hop }) =>
    hop.kind === 'link'
      ? `route add ${cidr} via ${nextHop[family]} dev ${hop.link} onlink table ${table.number}`
      : `route add ${cidr} dev ${linkNames.unrouted} table ${table.number}`,
  );
  const last = routes.some(({ cidr }) => cidr === everything[family])
    ? []
    : [`route add ${everything[family]} dev ${linkNames.unrouted} table ${table.number}`];
  return [
    ...lines,
    ...last,
    `rule add from ${everything[family]} pref 200 fwmark ${table.number} lookup ${table.number}`,
  ];
}
