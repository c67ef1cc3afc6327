/**
 * Route tables: the local route that every one has, the routes written in it or for it, and those that gateway
 * endpoints add to the tables that they name.
 */

import { invalid, type Located, type Reference, type Value } from '../terraform/index.ts';
import {
  type BuildContext,
  type OpenBlock,
  type ReferenceTargets,
  requiredReferenceIn,
} from './build-context.ts';
import type { GatewayEndpoint } from './gateway-endpoints.ts';
import type { InternetGateway, Route, RouteTable, Vpc } from './model.ts';
import { rangesOf } from './prefix-lists.ts';
import { readRoute, type WrittenRoute } from './routes.ts';
import { defaultAddress, VPC } from './vpcs.ts';

export const ROUTE_TABLE: ReferenceTargets = {
  what: 'an aws_route_table',
  attributes: {
    aws_route_table: ['id'],
    aws_default_route_table: ['id'],
    aws_vpc: ['default_route_table_id', 'main_route_table_id'],
  },
};
const DEFAULT_ROUTE_TABLE: ReferenceTargets = {
  what: "an aws_vpc's default_route_table_id",
  attributes: { aws_vpc: ['default_route_table_id', 'main_route_table_id'] },
};

export interface RouteTableOptions {
  readonly region: string;
  readonly vpcs: readonly Vpc[];
  readonly internetGateways: readonly InternetGateway[];
  readonly endpoints: readonly GatewayEndpoint[];
}

interface WrittenTable {
  readonly address: string;
  readonly vpc: Vpc;
  readonly routes: WrittenRoute[];
  /** The provider removes every route that does not stand in the table itself. */
  readonly isInline: boolean;
}

export interface RouteTables {
  readonly routeTables: readonly RouteTable[];
  /** The model's address of the table that a reference means. */
  addressOf(reference: Reference): string;
  /** The table that came with the VPC. */
  defaultOf(vpc: string): string;
}

export function buildRouteTables(context: BuildContext, options: RouteTableOptions): RouteTables {
  const tables = new Map<string, WrittenTable>();
  const adopted = new Map<string, string>();
  for (const open of context.resources('aws_route_table')) {
    const vpc = requiredReferenceIn(context, open.fields, { name: 'vpc_id', targets: VPC }).address;
    tables.set(open.address, writtenTable(open, vpc, { context, ...options }));
  }
  for (const open of context.resources('aws_default_route_table')) {
    const reference = { name: 'default_route_table_id', targets: DEFAULT_ROUTE_TABLE };
    const vpc = requiredReferenceIn(context, open.fields, reference).address;
    const before = adopted.get(vpc);
    if (before !== undefined) {
      const reason = `${before} already adopts the default route table of ${vpc}`;
      throw invalid(open.fields.siteOf(reference.name), { reason, nextStep: 'keep one of them' });
    }
    adopted.set(vpc, open.address);
    tables.set(open.address, writtenTable(open, vpc, { context, ...options }));
  }
  const defaultOf = (vpc: string) => adopted.get(vpc) ?? defaultAddress(vpc, 'route_table');
  for (const vpc of options.vpcs) {
    const address = defaultOf(vpc.address);
    if (!tables.has(address)) tables.set(address, { address, vpc, routes: [], isInline: false });
  }
  const addressOf = ({ address, attribute }: Reference) =>
    attribute === 'id' ? address : defaultOf(address);

  addStandaloneRoutes({ context, ...options }, { tables, addressOf });
  addEndpointRoutes({ context, ...options }, { tables, addressOf });
  return { routeTables: [...tables.values()].map(builtTable), addressOf, defaultOf };
}

interface TableContext extends RouteTableOptions {
  readonly context: BuildContext;
}

interface Tables {
  readonly tables: ReadonlyMap<string, WrittenTable>;
  readonly addressOf: (reference: Reference) => string;
}

function writtenTable(
  { address, fields }: OpenBlock,
  vpcAddress: string,
  options: TableContext,
): WrittenTable {
  const vpc = vpcAt(vpcAddress, options);
  const routes = fields
    .blocks('route')
    .map((route) =>
      readRoute(route, { address: `${address}.${route.site.field}`, style: 'inline' }, { ...options, vpc }),
    )
    .filter((route) => route !== undefined);
  const isInline = fields.isWritten('route');
  fields.refuseUnread({ inert: ['tags', 'tags_all'] });
  return { address, vpc, routes, isInline };
}

function addStandaloneRoutes(options: TableContext, { tables, addressOf }: Tables): void {
  for (const { address, fields } of options.context.resources('aws_route')) {
    const reference = requiredReferenceIn(options.context, fields, {
      name: 'route_table_id',
      targets: ROUTE_TABLE,
    });
    const table = tableAt(addressOf(reference), tables);
    const written = readRoute(fields, { address, style: 'standalone' }, { ...options, vpc: table.vpc });
    if (table.isInline) {
      const reason = `${table.address} has its routes inline, and the provider would remove this one`;
      throw invalid(fields.siteOf('route_table_id'), { reason, nextStep: 'keep one of the two styles' });
    }
    if (written !== undefined) table.routes.push(written);
  }
}

function addEndpointRoutes(options: TableContext, { tables, addressOf }: Tables): void {
  for (const endpoint of options.endpoints) {
    for (const found of endpoint.routeTables) {
      const table = tableAt(addressOf(options.context.refer(found, ROUTE_TABLE)), tables);
      refuseForeignTable(endpoint, table, found);
      const target = {
        kind: 'gateway-endpoint',
        address: endpoint.address,
        service: endpoint.service,
      } as const;
      const destinations = rangesOf(endpoint.service);
      table.routes.push({ route: { address: endpoint.address, destinations, target }, site: found.site });
    }
  }
}

function refuseForeignTable(endpoint: GatewayEndpoint, table: WrittenTable, found: Located<Value>): void {
  if (table.vpc.address === endpoint.vpc) return;
  const reason = `${table.address} belongs to ${table.vpc.address}, the endpoint to ${endpoint.vpc}`;
  throw invalid(found.site, { reason, nextStep: 'name route tables of the same VPC' });
}

function builtTable({ address, vpc, routes }: WrittenTable): RouteTable {
  const taken = new Map<string, WrittenRoute>();
  for (const written of routes) {
    for (const destination of written.route.destinations) {
      const before = taken.get(destination);
      if (before !== undefined) {
        const reason = `${address} already routes ${destination} by ${before.route.address}`;
        throw invalid(written.site, { reason, nextStep: 'give one route to a destination' });
      }
      taken.set(destination, written);
    }
  }
  const local: Route = { address: `${address}.local`, destinations: vpc.cidrs, target: { kind: 'local' } };
  return { address, vpc: vpc.address, routes: [local, ...routes.map(({ route }) => route)] };
}

/** References are checked against the configuration before, so what is not here was built wrongly. */
function vpcAt(address: string, options: TableContext): Vpc {
  const vpc = options.vpcs.find((candidate) => candidate.address === address);
  if (vpc === undefined) throw new TypeError(`no VPC ${address} was built`);
  return vpc;
}

function tableAt(address: string, tables: ReadonlyMap<string, WrittenTable>): WrittenTable {
  const table = tables.get(address);
  if (table === undefined) throw new TypeError(`no route table ${address} was built`);
  return table;
}
