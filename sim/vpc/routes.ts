/** Routes of a route table, inline or standalone. Targets that are not modelled are refused by name. */

import {
  containsCidr,
  type Fields,
  invalid,
  parseCidr,
  type Reference,
  type Site,
  unsupported,
} from '../terraform/index.ts';
import type { BuildContext } from './build-context.ts';
import { INTERNET_GATEWAY } from './internet-gateways.ts';
import type { InternetGateway, Route, Vpc } from './model.ts';
import { prefixListOf } from './prefix-lists.ts';
import { cidrIn } from './read-cidr.ts';

export interface WrittenRoute {
  readonly route: Route;
  readonly site: Site;
}

export interface RouteContext {
  readonly context: BuildContext;
  readonly region: string;
  readonly vpc: Vpc;
  readonly internetGateways: readonly InternetGateway[];
}

const DESTINATION_FIELDS = {
  inline: { ipv4: 'cidr_block', ipv6: 'ipv6_cidr_block' },
  standalone: { ipv4: 'destination_cidr_block', ipv6: 'destination_ipv6_cidr_block' },
} as const;

/** Undefined for a route that only restates the local one. */
export function readRoute(
  fields: Fields,
  options: { readonly address: string; readonly style: 'inline' | 'standalone' },
  routes: RouteContext,
): WrittenRoute | undefined {
  const destinations = destinationsIn(fields, options.style, routes);
  const gateway = fields.value('gateway_id');
  if (gateway?.value === 'local') {
    fields.refuseUnread({ inert: [] });
    if (destinations.every((cidr) => routes.vpc.cidrs.includes(cidr))) return undefined;
    const reason = `only ${routes.vpc.cidrs.join(', ')} of ${routes.vpc.address} is local`;
    throw invalid(gateway.site, { reason, nextStep: "give the VPC's own block" });
  }
  const reference = gateway && routes.context.refer(gateway, INTERNET_GATEWAY);
  fields.refuseUnread({ inert: [] });
  if (reference === undefined) {
    throw invalid(fields.site, { reason: 'the route names no target', nextStep: 'set gateway_id' });
  }
  refuseDetached(reference, fields.siteOf('gateway_id'), routes);
  refuseInsideVpc(destinations, fields.site, routes.vpc);
  const target = { kind: 'internet-gateway', address: reference.address } as const;
  return { route: { address: options.address, destinations, target }, site: fields.site };
}

function destinationsIn(
  fields: Fields,
  style: 'inline' | 'standalone',
  routes: RouteContext,
): readonly string[] {
  const names = DESTINATION_FIELDS[style];
  const prefixList = fields.value('destination_prefix_list_id');
  const found = [
    cidrIn(fields, names.ipv4, { family: 4, hostBits: 'refuse' }),
    cidrIn(fields, names.ipv6, { family: 6, hostBits: 'refuse' }),
    prefixList && prefixListOf(routes.context, prefixList, { region: routes.region }).cidrs,
  ].filter((destination) => destination !== undefined);
  const [first] = found;
  if (first === undefined || found.length > 1) {
    const reason = found.length > 1 ? 'the route has several destinations' : 'the route has no destination';
    throw invalid(fields.site, { reason, nextStep: `set ${names.ipv4} alone` });
  }
  return typeof first === 'string' ? [first] : first;
}

function refuseDetached(gateway: Reference, site: Site, { internetGateways, vpc }: RouteContext): void {
  const attached = internetGateways.find(({ address }) => address === gateway.address);
  if (attached?.vpc === vpc.address) return;
  const reason = `${gateway.address} is attached to ${attached?.vpc ?? 'no VPC'}, the route table belongs to ${vpc.address}`;
  throw invalid(site, { reason, nextStep: 'route to an internet gateway of the same VPC' });
}

/** A route as specific as the local one, or more, sends traffic inside the VPC through a middlebox. */
function refuseInsideVpc(destinations: readonly string[], site: Site, vpc: Vpc): void {
  const blocks = vpc.cidrs.map(parseCidr).filter((cidr) => cidr !== undefined);
  for (const destination of destinations) {
    const inner = parseCidr(destination);
    if (inner === undefined || !blocks.some((outer) => containsCidr(outer, inner))) continue;
    const reason = `${destination} lies inside ${vpc.address}, and such routes are not modelled`;
    throw unsupported(site, { reason, nextStep: 'remove the route, or report it' });
  }
}
