/**
 * The routes of a table in the order in which AWS prefers them where two are for an equal block: routes that name their
 * block before routes by prefix list (VPC user guide, "Route priority"). Between two lists AWS chooses, so that is unknown.
 */

import { invalid } from '../terraform/index.ts';
import type { BuildContext } from './build-context.ts';
import type { Route, UnknownCause } from './model.ts';
import { noteCause } from './reading.ts';
import type { WrittenRoute } from './routes.ts';

type ByDestination = Map<string, WrittenRoute>;

/** One block routed twice by the same means is a mistake. */
export function orderedRoutes(
  context: BuildContext,
  { address, routes }: { readonly address: string; readonly routes: readonly WrittenRoute[] },
): readonly Route[] {
  const named = routes.filter(({ list }) => list === undefined);
  const listed = routes.filter(({ list }) => list !== undefined);
  const taken: ByDestination = new Map();
  for (const written of named) refuseTaken(context, address, { written, taken });
  const byList: ByDestination = new Map();
  return [
    ...named.map(({ route }) => route),
    ...listed.flatMap((written) => {
      const taking = { written, taken: byList };
      return undecided(context, taking) ?? refuseTaken(context, address, taking);
    }),
  ];
}

interface Taking {
  readonly written: WrittenRoute;
  /** By the blocks of the routes before it. */
  readonly taken: ByDestination;
}

function refuseTaken(context: BuildContext, table: string, { written, taken }: Taking): readonly Route[] {
  const { route, site } = written;
  if (route.uncertain !== undefined) return [route];
  for (const destination of route.destinations) {
    const before = taken.get(destination);
    taken.set(destination, written);
    if (before === undefined || site === undefined || before.list !== written.list) continue;
    const reason = `${table} already routes ${destination} by ${before.route.address}`;
    context.problems.add(invalid(site, { reason, nextStep: 'give one route to a destination' }));
  }
  return [route];
}

/** With the blocks apart that a route by another list leads elsewhere; undefined where there are none. */
function undecided(context: BuildContext, { written, taken }: Taking): readonly Route[] | undefined {
  const { route, list } = written;
  if (route.uncertain !== undefined) return undefined;
  const rivals = route.destinations.map((destination) => taken.get(destination));
  const rival = rivals.find((one) => one !== undefined && isRival(one, written));
  if (rival === undefined || list === undefined) return undefined;
  const { address, place } = route;
  const reason = `${rival.route.address} is for some of its blocks by another prefix list, and AWS chooses between them`;
  const uncertain: UnknownCause = { address, reason, ...(place && { place }) };
  noteCause(context, uncertain, 'packets to those blocks');
  const isTaken = (destination: string) => {
    const before = taken.get(destination);
    return before !== undefined && isRival(before, written);
  };
  const [shared, own] = [
    route.destinations.filter(isTaken),
    route.destinations.filter((one) => !isTaken(one)),
  ];
  for (const destination of own) taken.set(destination, written);
  const rest = own.length === 0 ? [] : [{ ...route, destinations: own }];
  return [...rest, { ...route, destinations: shared, uncertain }];
}

function isRival(before: WrittenRoute, { list, route }: WrittenRoute): boolean {
  return before.list !== list && wayOf(before.route) !== wayOf(route);
}

function wayOf({ target }: Route): string {
  return 'address' in target ? `${target.kind} ${target.address}` : JSON.stringify(target);
}
