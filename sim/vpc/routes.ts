/** Routes of a route table, inline or standalone. What is not known about one is carried with it. */

import { type Fields, invalid, isSymbolic, placeOf, type Site, unresolved } from '../terraform/index.ts';
import type { BuildContext } from './build-context.ts';
import type { Route, UnknownCause } from './model.ts';
import type { PrefixLists } from './prefix-lists.ts';
import { cidrIn } from './read-cidr.ts';
import { noteCause, type Reading, startReading, uncertainBy } from './reading.ts';
import { type Gateways, targetField, targetOf } from './route-targets.ts';
import type { WrittenVpc } from './vpcs.ts';

export interface WrittenRoute {
  readonly route: Route;
  /** Absent: AWS's own. */
  readonly site?: Site;
  /** The prefix list by which it names its destinations: it comes after routes that name theirs. */
  readonly list?: string;
}

export interface RouteContext {
  readonly context: BuildContext;
  readonly prefixLists: PrefixLists;
  readonly gateways: Gateways;
}

const DESTINATION_FIELDS = {
  inline: { ipv4: 'cidr_block', ipv6: 'ipv6_cidr_block', list: 'destination_prefix_list_id' },
  standalone: {
    ipv4: 'destination_cidr_block',
    ipv6: 'destination_ipv6_cidr_block',
    list: 'destination_prefix_list_id',
  },
} as const;
const INERT = ['instance_owner_id', 'origin', 'route_table_id', 'state'];
export const EVERYWHERE = ['0.0.0.0/0', '::/0'];

interface Destinations {
  readonly cidrs: readonly string[];
  readonly list?: string;
  readonly uncertain?: UnknownCause;
}

/** Undefined for a route that only restates the local one, and for one that is wrong. */
export function readRoute(
  fields: Fields,
  options: { readonly address: string; readonly style: 'inline' | 'standalone'; readonly vpc: WrittenVpc },
  routes: RouteContext,
): WrittenRoute | undefined {
  const { context } = routes;
  const { address, style, vpc } = options;
  const found = attemptDestination(context, fields, style);
  const destinations = destinationsFound(fields, found, routes);
  const field = context.problems.attempt(() => targetField(fields));
  const unread = startReading(context, fields);
  if (!destinations || field.kind !== 'known') return undefined;
  if (field.value.value === 'local') {
    finish(unread);
    checkLocal(context, { fields, destinations, vpc });
    return undefined;
  }
  const target = targetOf(field.value, { ...routes, vpc, destinations: destinations.cidrs });
  const doubt = finish(unread);
  if (target === undefined) return undefined;
  const cause = target.kind === 'unmodelled' ? target.cause : undefined;
  if (cause !== undefined) noteCause(context, cause, `packets that ${address} takes`);
  if (destinations.uncertain) noteCause(context, destinations.uncertain, `what ${address} takes`);
  const route = { address, place: placeOf(fields.site), destinations: destinations.cidrs, target };
  return {
    route: { ...route, ...uncertainBy(destinations.uncertain ?? doubt) },
    site: fields.site,
    ...(destinations.list !== undefined && { list: destinations.list }),
  };
}

/** Of a standalone route of which the table is not known: it may take its destinations in any, or in none. */
export function uncertainRoute(
  fields: Fields,
  options: { readonly address: string; readonly cause: UnknownCause },
  routes: RouteContext,
): WrittenRoute {
  const { address, cause } = options;
  const found = attemptDestination(routes.context, fields, 'standalone');
  const destinations = destinationsFound(fields, found, routes);
  const cidrs = destinations ? destinations.cidrs : EVERYWHERE;
  const target = { kind: 'unmodelled', cause } as const;
  const route = { address, place: placeOf(fields.site), destinations: cidrs, target, uncertain: cause };
  return { route, site: fields.site };
}

/** Where an expression chooses among several destinations, it may be any. */
function destinationsFound(
  fields: Fields,
  found: ReturnType<typeof attemptDestination>,
  routes: RouteContext,
): Destinations | false {
  if (found.kind === 'invalid') return false;
  if (found.kind === 'known') return destinationsOf(fields, found.value, routes);
  return { cidrs: EVERYWHERE, uncertain: found.cause };
}

function attemptDestination({ problems }: BuildContext, fields: Fields, style: 'inline' | 'standalone') {
  return problems.attempt(() => destinationIn(fields, style));
}

function finish(reading: Reading): UnknownCause | undefined {
  return reading.finish({ inert: INERT }, 'what the route takes');
}

/** A route of which the field is written says at least of which family it is. */
function destinationIn(
  fields: Fields,
  style: 'inline' | 'standalone',
): { readonly name: string; readonly family: 4 | 6 | 'list' } {
  const names = DESTINATION_FIELDS[style];
  const isSet = (name: string) => fields.isWritten(name) && !isBlank(fields, name);
  const set = [
    { name: names.ipv4, family: 4 as const },
    { name: names.ipv6, family: 6 as const },
    { name: names.list, family: 'list' as const },
  ].filter(({ name }) => isSet(name));
  const [first] = set;
  if (first !== undefined && set.length === 1) return first;
  for (const { name } of set) {
    const { value = null } = fields.value(name) ?? {};
    if (!isSymbolic(value) || value.kind !== 'unknown') continue;
    throw unresolved(fields.siteOf(name), { reason: value.reason, nextStep: 'write the destination out' });
  }
  const reason = set.length > 1 ? 'the route has several destinations' : 'the route has no destination';
  throw invalid(fields.site, { reason, nextStep: `set ${names.ipv4} alone` });
}

/** Null by an expression, or the empty text with which some writers leave a field out. */
function isBlank(fields: Fields, name: string): boolean {
  const found = fields.value(name);
  return found === undefined || found.value === '';
}

function destinationsOf(
  fields: Fields,
  { name, family }: { readonly name: string; readonly family: 4 | 6 | 'list' },
  { context, prefixLists }: RouteContext,
): Destinations | false {
  const read = context.problems.attempt((): Destinations => {
    if (family !== 'list') {
      return { cidrs: [fields.required(name, cidrIn(fields, name, { family, hostBits: 'refuse' }))] };
    }
    const { cidrs, list, uncertain } = prefixLists.of(fields.required(name, fields.value(name)));
    return { cidrs, list, ...uncertainBy(uncertain) };
  });
  if (read.kind === 'known') return read.value;
  if (read.kind === 'invalid') return false;
  const cidrs = family === 'list' ? EVERYWHERE : [family === 4 ? '0.0.0.0/0' : '::/0'];
  return { cidrs, uncertain: read.cause };
}

function checkLocal(
  context: BuildContext,
  options: { readonly fields: Fields; readonly destinations: Destinations; readonly vpc: WrittenVpc },
): void {
  const { fields, destinations, vpc } = options;
  const own = [...vpc.cidrs, ...vpc.ipv6Cidrs];
  const isUnknown = (destinations.uncertain ?? vpc.unknownRange ?? vpc.unknownIpv6) !== undefined;
  if (isUnknown || destinations.cidrs.every((cidr) => own.includes(cidr))) return;
  const reason = `only ${own.join(', ')} of ${vpc.address} is local`;
  context.problems.add(
    invalid(fields.siteOf('gateway_id'), { reason, nextStep: "give the VPC's own block" }),
  );
}
