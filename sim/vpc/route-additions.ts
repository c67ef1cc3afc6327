/** Routes that other resources add to route tables: `aws_route`, gateway endpoints, and propagation, which is not modelled. */

import { invalid, type Located, placeOf, type Site, type Value } from '../terraform/index.ts';
import { type BuildContext, requiredReferenceIn } from './build-context.ts';
import { GATEWAY_SERVICES, type WrittenGatewayEndpoint } from './gateway-endpoints.ts';
import type { UnknownCause } from './model.ts';
import { noteCause, startReading, uncertainBy } from './reading.ts';
import { readRoute, uncertainRoute, type WrittenRoute } from './routes.ts';
import {
  anyRoute,
  ROUTE_TABLE,
  type RouteTableOptions,
  type Tables,
  type WrittenTable,
} from './written-tables.ts';

/** Whose table is not known is, uncertain, in every one. */
export function addStandaloneRoutes(options: RouteTableOptions, { tables, addressOf }: Tables): void {
  const { context } = options;
  for (const { address, fields } of context.resources('aws_route')) {
    const found = context.problems.attempt(() => {
      const reference = { name: 'route_table_id', targets: ROUTE_TABLE };
      return addressOf(requiredReferenceIn(context, fields, reference));
    });
    if (found.kind === 'unknown') {
      noteCause(context, found.cause, 'any route table');
      const written = uncertainRoute(fields, { address, cause: found.cause }, options);
      for (const table of tables.values()) table.routes.push(written);
    }
    const table = found.kind === 'known' ? tables.get(found.value) : undefined;
    if (table === undefined) continue;
    const written = readRoute(fields, { address, style: 'standalone', vpc: table.vpc }, options);
    if (table.isInline) {
      const reason = `${table.address} has its routes inline, and the provider would remove this one`;
      const nextStep = 'keep one of the two styles';
      context.problems.add(invalid(fields.siteOf('route_table_id'), { reason, nextStep }));
    } else if (written !== undefined) table.routes.push(written);
  }
}

export function addEndpointRoutes(options: RouteTableOptions, { tables, addressOf }: Tables): void {
  const { context } = options;
  for (const endpoint of options.endpoints) {
    let { uncertain } = endpoint;
    for (const found of endpoint.routeTables) {
      const named = context.problems.attempt(() => addressOf(context.refer(found, ROUTE_TABLE)));
      if (named.kind === 'unknown') uncertain ??= named.cause;
      const table = named.kind === 'known' ? tables.get(named.value) : undefined;
      if (table === undefined) continue;
      refuseForeignTable(context, { endpoint, table, found });
      table.routes.push(endpointRoute(endpoint, endpoint.uncertain, found.site));
    }
    if (uncertain === undefined) continue;
    noteCause(context, uncertain, `which route tables lead to ${endpoint.address}`);
    for (const table of tables.values()) {
      const isNamed = table.routes.some(({ route }) => route.address === endpoint.address);
      if (table.vpc.address !== endpoint.vpc || isNamed) continue;
      table.routes.push(endpointRoute(endpoint, uncertain, endpoint.site));
    }
  }
}

/** It names the service's prefix list. */
function endpointRoute(
  endpoint: WrittenGatewayEndpoint,
  uncertain: UnknownCause | undefined,
  site: Site,
): WrittenRoute {
  const { address, place, service, cidrs } = endpoint;
  const target =
    service === undefined && uncertain !== undefined
      ? ({ kind: 'unmodelled', cause: uncertain } as const)
      : ({ kind: 'gateway-endpoint', address, service: service ?? '' } as const);
  const route = { address, place, destinations: cidrs, target, ...uncertainBy(uncertain) };
  return { route, site, list: cidrs.join(' ') };
}

function refuseForeignTable(
  context: BuildContext,
  options: {
    readonly endpoint: WrittenGatewayEndpoint;
    readonly table: WrittenTable;
    readonly found: Located<Value>;
  },
): void {
  const { endpoint, table, found } = options;
  if (table.vpc.address === endpoint.vpc) return;
  const reason = `${table.address} belongs to ${table.vpc.address}, the endpoint to ${endpoint.vpc}`;
  context.problems.add(invalid(found.site, { reason, nextStep: 'name route tables of the same VPC' }));
}

const PROPAGATIONS: Readonly<Record<string, string>> = {
  aws_vpn_gateway_route_propagation: 'routes that a virtual private gateway propagates are not modelled',
  aws_vpc_route_server_propagation: 'routes that a route server propagates are not modelled',
};

export function addPropagatedRoutes(context: BuildContext, { tables, addressOf }: Tables): void {
  const unexpanded = ['aws_route', ...Object.keys(PROPAGATIONS)].flatMap(context.unexpanded);
  for (const table of tables.values()) {
    for (const cause of unexpanded) table.routes.push(anyRoute(cause.address, cause));
  }
  addUnexpandedEndpoints(context, tables);
  for (const [type, reason] of Object.entries(PROPAGATIONS)) {
    for (const { address, fields } of context.resources(type)) {
      const reading = startReading(context, fields);
      const reference = { name: 'route_table_id', targets: ROUTE_TABLE };
      const named = reading.get(() => addressOf(requiredReferenceIn(context, fields, reference)), undefined);
      const cause = { address, reason, place: placeOf(fields.site) };
      const table = named === undefined ? undefined : tables.get(named);
      const touched = table === undefined ? [...tables.values()] : [table];
      noteCause(
        context,
        cause,
        table === undefined ? 'every route table' : `every route of ${table.address}`,
      );
      for (const one of touched) one.routes.push(anyRoute(address, cause));
    }
  }
}

/** A gateway endpoint that may be there, with any tables. */
function addUnexpandedEndpoints(context: BuildContext, tables: Tables['tables']): void {
  for (const cause of context.unexpanded('aws_vpc_endpoint')) {
    const destinations = GATEWAY_SERVICES.map(context.standIns.prefixListFor);
    const target = { kind: 'unmodelled', cause } as const;
    const route = { address: cause.address, destinations, target, uncertain: cause };
    for (const table of tables.values()) table.routes.push({ route });
  }
}
