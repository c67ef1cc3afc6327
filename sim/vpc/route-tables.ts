/**
 * Route tables: the local route that every one has, the routes written in it or for it, those that gateway endpoints
 * add to the tables that they name, and what may add routes that are not known.
 */

import { invalid, placeOf, type Reference } from '../terraform/index.ts';
import {
  type BuildContext,
  type OpenBlock,
  type ReferenceTargets,
  requiredReferenceIn,
} from './build-context.ts';
import { defaultVpcOf } from './default-vpc.ts';
import type { Route, RouteTable, UnknownCause } from './model.ts';
import { startReading } from './reading.ts';
import { addEndpointRoutes, addPropagatedRoutes, addStandaloneRoutes } from './route-additions.ts';
import { orderedRoutes } from './route-order.ts';
import { readRoute } from './routes.ts';
import { defaultAddress, vpcIn, type WrittenVpc } from './vpcs.ts';
import { anyRoute, type RouteTableOptions, type WrittenTable } from './written-tables.ts';

const DEFAULT_ROUTE_TABLE: ReferenceTargets = {
  what: "an aws_vpc's default_route_table_id",
  attributes: {
    aws_vpc: ['default_route_table_id', 'main_route_table_id'],
    aws_default_vpc: ['default_route_table_id', 'main_route_table_id'],
  },
};

export interface RouteTables {
  readonly routeTables: readonly RouteTable[];
  /** The model's address of the table that a reference means. */
  addressOf(reference: Reference): string;
  vpcOf(address: string): string | undefined;
  /** The table that came with the VPC. */
  defaultOf(vpc: string): string;
  /** An adoption of which it is not known whose table it adopts: any default table may hold other routes. */
  readonly unknownAdoption?: UnknownCause;
}

export function buildRouteTables(options: RouteTableOptions): RouteTables {
  const { context, vpcs } = options;
  const tables = new Map<string, WrittenTable>();
  const vpcAt = new Map(vpcs.map((vpc) => [vpc.address, vpc]));
  for (const open of context.resources('aws_route_table')) {
    const vpc = context.problems.attempt(() => vpcIn(context, open.fields));
    const table = vpc.kind === 'known' && vpcAt.get(vpc.value);
    if (table) tables.set(open.address, writtenTable(open, table, options));
  }
  const { adopted, unknown } = adoptions(context, vpcAt);
  for (const [vpc, open] of adopted) {
    const written = vpcAt.get(vpc);
    if (written !== undefined) tables.set(open.address, writtenTable(open, written, options, true));
  }
  const defaultOf = (vpc: string) => adopted.get(vpc)?.address ?? defaultAddress(vpc, 'route_table');
  for (const vpc of vpcs) {
    const address = defaultOf(vpc.address);
    if (!tables.has(address)) tables.set(address, untouchedDefault(context, address, vpc));
  }
  const addressOf = ({ address, attribute }: Reference) =>
    attribute === 'id' ? address : defaultOf(address);

  const building = { tables, addressOf };
  addStandaloneRoutes(options, building);
  addEndpointRoutes(options, building);
  addPropagatedRoutes(context, building);
  return {
    routeTables: [...tables.values()].map((table) => builtTable(context, table)),
    addressOf,
    vpcOf: (address) => tables.get(address)?.vpc.address,
    defaultOf,
    ...(unknown && { unknownAdoption: unknown }),
  };
}

function adoptions(
  context: BuildContext,
  vpcAt: ReadonlyMap<string, WrittenVpc>,
): { readonly adopted: ReadonlyMap<string, OpenBlock>; readonly unknown?: UnknownCause } {
  const adopted = new Map<string, OpenBlock>();
  let unknown: UnknownCause | undefined;
  for (const open of context.resources('aws_default_route_table')) {
    const reading = startReading(context, open.fields);
    const reference = { name: 'default_route_table_id', targets: DEFAULT_ROUTE_TABLE };
    const vpc = reading.get(() => requiredReferenceIn(context, open.fields, reference).address, undefined);
    if (vpc === undefined) {
      unknown ??= reading.finish({ inert: ['route', 'propagating_vgws'] }, 'default route tables');
    } else if (adopted.has(vpc)) {
      const reason = `${adopted.get(vpc)?.address} already adopts the default route table of ${vpc}`;
      context.problems.add(
        invalid(open.fields.siteOf(reference.name), { reason, nextStep: 'keep one of them' }),
      );
    } else if (vpcAt.has(vpc)) adopted.set(vpc, open);
  }
  unknown ??= context.unexpanded('aws_default_route_table')[0];
  return { adopted, ...(unknown && { unknown }) };
}

/** Of the default VPC it leads to the internet. */
function untouchedDefault(context: BuildContext, address: string, vpc: WrittenVpc): WrittenTable {
  const isDefaultVpc = vpc.address === defaultVpcOf(context).address;
  const gateway = defaultAddress(vpc.address, 'internet_gateway');
  const target = { kind: 'internet-gateway', address: gateway } as const;
  const out = { route: { address: `${address}.internet`, destinations: ['0.0.0.0/0'], target } };
  return { address, vpc, routes: isDefaultVpc ? [out] : [], isInline: false };
}

function writtenTable(
  { address, fields }: OpenBlock,
  vpc: WrittenVpc,
  options: RouteTableOptions,
  isAdopted = false,
): WrittenTable {
  const { context } = options;
  const reading = startReading(context, fields);
  if (isAdopted) fields.value('default_route_table_id');
  const routes = reading
    .get(() => fields.blocks('route'), [])
    .map((route) => {
      const style = { address: `${address}.${route.site.field}`, style: 'inline', vpc } as const;
      return readRoute(route, style, options);
    })
    .filter((route) => route !== undefined);
  const propagating = reading.get(() => fields.list('propagating_vgws'), []);
  if (propagating.length > 0)
    reading.doubt('routes that a virtual private gateway propagates are not modelled');
  const isInline = fields.isWritten('route');
  const cause = reading.finish({ inert: ['vpc_id'] }, `every route of ${address}`);
  if (cause !== undefined) routes.push(anyRoute(address, cause));
  return { address, place: placeOf(fields.site), vpc, routes, isInline };
}

function builtTable(context: BuildContext, { address, place, vpc, routes }: WrittenTable): RouteTable {
  const destinations = [...vpc.cidrs, ...vpc.ipv6Cidrs];
  const local: Route = { address: `${address}.local`, destinations, target: { kind: 'local' } };
  return {
    address,
    ...(place && { place }),
    vpc: vpc.address,
    routes: [local, ...orderedRoutes(context, { address, routes })],
  };
}
