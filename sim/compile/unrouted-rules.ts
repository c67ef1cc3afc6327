/** What no route takes, dropped with a counter for each reason: an address that nobody has, a route that leads nowhere, no route at all. */
import type { CounterMeaning } from './compiled-fabric.ts';
import type { Counters } from './counters.ts';
import { prefixOf } from './families.ts';
import { routesOf } from './next-hops.ts';
import { linkLocal } from './routes.ts';
import { matchAddresses } from './rule-match.ts';
import { cidrsOf, type PlacedRouteTable, type PlacedVpc } from './topology.ts';

export function unroutedChain(placed: PlacedVpc, counters: Counters): readonly string[] {
  const drop = (meaning: Pick<CounterMeaning, 'layer' | 'address' | 'text'>) =>
    counters.statement(
      { namespace: placed.router, direction: 'egress', verdict: 'deny', ...meaning },
      'drop',
    );
  const ofVpc = { layer: 'route-table', address: placed.vpc.address } as const;
  const local = [...cidrsOf(placed.vpc), linkLocal].map(
    (cidr) =>
      `${matchAddresses('daddr', [cidr])}${drop({ ...ofVpc, text: 'local route: no interface has that address' })}`,
  );
  const tables = placed.routeTables.flatMap((table) => [
    ...nowhereLines(placed, table, drop),
    `meta mark ${table.number} ${drop({ layer: 'route-table', address: table.table.address, text: 'default: the route table has no route to it' })}`,
  ]);
  const rest = drop({ ...ofVpc, text: 'default: it comes from no subnet' });
  return ['  chain unrouted {', ...[...local, ...tables, rest].map((line) => `    ${line}`), '  }'];
}

/** The longest prefix first, as the routing table has judged already. */
function nowhereLines(
  placed: PlacedVpc,
  table: PlacedRouteTable,
  drop: (meaning: Pick<CounterMeaning, 'layer' | 'address' | 'text'>) => string,
): readonly string[] {
  return routesOf(placed, table)
    .flatMap(({ cidr, hop }) => (hop.kind === 'nowhere' ? [{ cidr, ...hop }] : []))
    .sort((one, other) => prefixOf(other.cidr) - prefixOf(one.cidr))
    .map(
      ({ cidr, layer, address, text }) =>
        `meta mark ${table.number} ${matchAddresses('daddr', [cidr])}${drop({ layer, address, text })}`,
    );
}
