/** Which route table a subnet uses: the one that it is associated with, else the VPC's main one. */

import { invalid, type Located, type Site, unresolved, unsupported, type Value } from '../terraform/index.ts';
import { type BuildContext, requiredReferenceIn } from './build-context.ts';
import { ROUTE_TABLE, type RouteTables } from './route-tables.ts';
import { SUBNET, type WrittenSubnet } from './subnets.ts';
import { VPC } from './vpcs.ts';

/** Subnet address to route table address. */
export function routeTablesInForce(
  context: BuildContext,
  options: { readonly tables: RouteTables; readonly subnets: readonly WrittenSubnet[] },
): ReadonlyMap<string, string> {
  const { tables, subnets } = options;
  const main = mainTables(context, tables);
  const chosen = associatedTables(context, { tables, subnets });
  return new Map(
    subnets.map(({ address, vpc }) => [
      address,
      chosen.get(address) ?? main.get(vpc) ?? tables.defaultOf(vpc),
    ]),
  );
}

function mainTables(context: BuildContext, tables: RouteTables): ReadonlyMap<string, string> {
  const main = new Map<string, string>();
  for (const { fields } of context.resources('aws_main_route_table_association')) {
    const vpc = requiredReferenceIn(context, fields, { name: 'vpc_id', targets: VPC }).address;
    const found = fields.required('route_table_id', fields.value('route_table_id'));
    const table = tableOf(context, found, tables);
    fields.refuseUnread({ inert: [] });
    refuseForeign(vpc, table, { tables, site: found.site });
    const before = main.get(vpc);
    if (before !== undefined) {
      const reason = `the main route table of ${vpc} is already ${before}`;
      throw invalid(fields.siteOf('vpc_id'), { reason, nextStep: 'keep one of them' });
    }
    main.set(vpc, table);
  }
  return main;
}

function associatedTables(
  context: BuildContext,
  options: { readonly tables: RouteTables; readonly subnets: readonly WrittenSubnet[] },
): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  for (const { fields } of context.resources('aws_route_table_association')) {
    if (fields.isWritten('gateway_id')) {
      const reason = 'a route table of a gateway is not modelled';
      throw unsupported(fields.siteOf('gateway_id'), { reason, nextStep: 'remove it, or report it' });
    }
    const subnet = requiredReferenceIn(context, fields, { name: 'subnet_id', targets: SUBNET }).address;
    const found = fields.required('route_table_id', fields.value('route_table_id'));
    const table = tableOf(context, found, options.tables);
    fields.refuseUnread({ inert: [] });
    const vpc = options.subnets.find(({ address }) => address === subnet)?.vpc;
    refuseForeign(vpc, table, { tables: options.tables, site: found.site });
    const before = chosen.get(subnet);
    if (before !== undefined) {
      const reason = `${subnet} is already associated with ${before}`;
      throw invalid(fields.siteOf('subnet_id'), {
        reason,
        nextStep: 'associate a subnet with one route table',
      });
    }
    chosen.set(subnet, table);
  }
  return chosen;
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

function refuseForeign(
  vpc: string | undefined,
  table: string,
  options: { readonly tables: RouteTables; readonly site: Site },
): void {
  const other = options.tables.routeTables.find(({ address }) => address === table)?.vpc;
  if (other === vpc) return;
  const reason = `${table} belongs to ${other}, not to ${vpc}`;
  throw invalid(options.site, { reason, nextStep: 'choose a route table of the same VPC' });
}
