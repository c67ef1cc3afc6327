/** Which route table a subnet uses: the one that it is associated with, else the VPC's main one. */

import { invalid, type Located, placeOf, type Site, unresolved, type Value } from '../terraform/index.ts';
import {
  type BuildContext,
  type OpenBlock,
  type ReferenceTargets,
  requiredReferenceIn,
} from './build-context.ts';
import { INTERNET_GATEWAY } from './internet-gateways.ts';
import type { UnknownCause } from './model.ts';
import { startReading } from './reading.ts';
import type { RouteTables } from './route-tables.ts';
import { SUBNET, type Subnets } from './subnets.ts';
import { vpcIn } from './vpcs.ts';
import { ROUTE_TABLE } from './written-tables.ts';

export interface InForce {
  readonly address: string;
  /** Then the address is AWS's default and does not count. */
  readonly uncertain?: UnknownCause;
}

export interface RouteTablesInForce {
  /** By the address of the subnet. */
  readonly inForce: ReadonlyMap<string, InForce>;
  /** Internet gateways with a route table of their own. */
  readonly edges: ReadonlyMap<string, UnknownCause>;
}

interface Options {
  readonly context: BuildContext;
  readonly tables: RouteTables;
  readonly subnets: Subnets;
}

export function routeTablesInForce(
  context: BuildContext,
  given: { readonly tables: RouteTables; readonly subnets: Subnets },
): RouteTablesInForce {
  const options = { context, ...given };
  const main = mainTables(options);
  const chosen = associatedTables(options);
  const inForce = options.subnets.placed.map(({ address, vpc, doubt }): [string, InForce] => {
    const explicit = chosen.tables.get(address);
    const uncertain = doubt ?? explicit?.uncertain;
    if (explicit !== undefined)
      return [address, { address: explicit.address, ...(uncertain && { uncertain }) }];
    const { address: table, cause } = main(vpc);
    const unsure = doubt ?? chosen.unknown ?? cause;
    return [address, { address: table, ...(unsure && { uncertain: unsure }) }];
  });
  return { inForce: new Map(inForce), edges: chosen.edges };
}

type MainOf = (vpc: string) => { readonly address: string; readonly cause?: UnknownCause };

function mainTables({ context, tables }: Options): MainOf {
  const main = new Map<string, { readonly address: string; readonly cause?: UnknownCause }>();
  let [anyMain] = context.unexpanded('aws_main_route_table_association');
  for (const { fields } of context.resources('aws_main_route_table_association')) {
    const reading = startReading(context, fields);
    const vpc = reading.get(() => vpcIn(context, fields), undefined);
    const found = reading.get(
      () => fields.required('route_table_id', fields.value('route_table_id')),
      undefined,
    );
    const table = found && reading.get(() => tableOf(context, found, tables), undefined);
    const cause = reading.finish(
      { inert: ['original_route_table_id'] },
      'subnets without a route table of their own',
    );
    if (vpc === undefined) anyMain ??= cause;
    if (vpc === undefined) continue;
    const before = main.get(vpc);
    if (before !== undefined) {
      const reason = `the main route table of ${vpc} is already ${before.address}`;
      context.problems.add(invalid(fields.siteOf('vpc_id'), { reason, nextStep: 'keep one of them' }));
    } else if (cause !== undefined) main.set(vpc, { address: tables.defaultOf(vpc), cause });
    else if (table !== undefined && found !== undefined) {
      main.set(vpc, { address: table });
      checkForeign(context, { vpc, table, tables, site: found.site });
    }
  }
  return (vpc) => {
    const cause = anyMain ?? tables.unknownAdoption;
    return main.get(vpc) ?? { address: tables.defaultOf(vpc), ...(cause && { cause }) };
  };
}

interface Associated {
  readonly tables: Map<string, InForce & { readonly site: Site }>;
  readonly edges: Map<string, UnknownCause>;
  /** An association of which the subnet is not known. */
  unknown?: UnknownCause;
}

function associatedTables(options: Options): Associated {
  const found: Associated = { tables: new Map(), edges: new Map() };
  for (const open of options.context.resources('aws_route_table_association')) {
    if (!open.fields.isWritten('gateway_id')) associate(options, open, found);
    else addEdge(options, open, found.edges);
  }
  const [unexpanded] = options.context.unexpanded('aws_route_table_association');
  if (unexpanded !== undefined) found.unknown ??= unexpanded;
  return found;
}

function associate({ context, tables, subnets }: Options, { fields }: OpenBlock, found: Associated): void {
  const reading = startReading(context, fields);
  const subnet = reading.get(
    () => requiredReferenceIn(context, fields, { name: 'subnet_id', targets: SUBNET }).address,
    undefined,
  );
  const named = reading.get(
    () => fields.required('route_table_id', fields.value('route_table_id')),
    undefined,
  );
  const table = named && reading.get(() => tableOf(context, named, tables), undefined);
  const cause = reading.finish(
    { inert: [] },
    subnet === undefined ? 'subnets without a route table of their own' : `what leaves ${subnet}`,
  );
  if (subnet === undefined) {
    if (cause !== undefined) found.unknown ??= cause;
    return;
  }
  const before = found.tables.get(subnet);
  const site = fields.siteOf('subnet_id');
  if (before !== undefined) {
    const reason = `${subnet} is already associated with ${before.address}`;
    context.problems.add(invalid(site, { reason, nextStep: 'associate a subnet with one route table' }));
    return;
  }
  const vpc = subnets.placed.find(({ address }) => address === subnet)?.vpc;
  if (cause !== undefined && vpc !== undefined) {
    found.tables.set(subnet, { address: tables.defaultOf(vpc), uncertain: cause, site });
  } else if (table !== undefined && named !== undefined) {
    found.tables.set(subnet, { address: table, site });
    if (vpc !== undefined) checkForeign(context, { vpc, table, tables, site: named.site });
  }
}

/** A virtual private gateway is not modelled in any case. */
const EDGE_GATEWAY: ReferenceTargets = {
  what: INTERNET_GATEWAY.what,
  attributes: { ...INTERNET_GATEWAY.attributes, aws_vpn_gateway: ['id'] },
};

/** A gateway's route table may send what enters elsewhere. */
function addEdge(
  { context, tables }: Options,
  { address, fields }: OpenBlock,
  edges: Map<string, UnknownCause>,
): void {
  const reading = startReading(context, fields);
  const reference = { name: 'gateway_id', targets: EDGE_GATEWAY };
  const gateway = reading.get(() => requiredReferenceIn(context, fields, reference).address, undefined);
  const named = reading.get(
    () => fields.required('route_table_id', fields.value('route_table_id')),
    undefined,
  );
  const table = named && reading.get(() => tableOf(context, named, tables), undefined);
  const built = tables.routeTables.find((candidate) => candidate.address === table);
  // Only local routes change nothing.
  if (built?.routes.every(({ target }) => target.kind === 'local') && reading.cause() === undefined) return;
  reading.doubt('a route table of a gateway is not modelled');
  const cause = reading.finish({ inert: [] }, `packets that enter by ${gateway ?? 'a gateway'}`);
  const touched =
    gateway === undefined ? context.resources('aws_internet_gateway').map((one) => one.address) : [gateway];
  const place = placeOf(fields.site);
  for (const one of touched)
    edges.set(one, cause ?? { address, reason: 'a route table of a gateway is not modelled', place });
}

function tableOf(context: BuildContext, found: Located<Value>, tables: RouteTables): string {
  const reference = context.refer(found, ROUTE_TABLE);
  const isMoved =
    reference.attribute === 'main_route_table_id' &&
    context.resources('aws_main_route_table_association').length > 0;
  if (!isMoved) return tables.addressOf(reference);
  const reason = `${reference.address}.main_route_table_id changes with aws_main_route_table_association`;
  throw unresolved(found.site, { reason, nextStep: 'refer to the route table itself' });
}

function checkForeign(
  context: BuildContext,
  options: {
    readonly vpc: string;
    readonly table: string;
    readonly tables: RouteTables;
    readonly site: Site;
  },
): void {
  const { vpc, table, tables, site } = options;
  const other = tables.vpcOf(table);
  if (other === vpc || other === undefined) return;
  const reason = `${table} belongs to ${other}, not to ${vpc}`;
  context.problems.add(invalid(site, { reason, nextStep: 'choose a route table of the same VPC' }));
}
