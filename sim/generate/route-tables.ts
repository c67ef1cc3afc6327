/** Route tables, main and explicit, with routes that lead somewhere, nowhere or back. */

import { add, type Body, type Draft, type DraftVpc, ref } from './draft.ts';
import { OUTSIDE_BLOCKS, OUTSIDE_BLOCKS_IPV6 } from './prefix-lists.ts';

const TABLES_MAX = 3;

export function addRouteTables(draft: Draft, vpc: DraftVpc, lists: readonly string[]): void {
  const { random, features } = draft;
  const count = random.integer(0, TABLES_MAX);
  for (let index = 0; index < count; index += 1)
    addTable(draft, { vpc, name: `${vpc.name}_t${index}`, lists });
  const [main] = random.some(vpc.tables, 1);
  if (main !== undefined && random.chance(0.4)) {
    features.add('main route table');
    add(
      draft,
      { type: 'aws_main_route_table_association', name: vpc.name },
      { vpc_id: ref(`aws_vpc.${vpc.name}.id`), route_table_id: ref(`aws_route_table.${main}.id`) },
    );
  }
  for (const { name } of vpc.subnets) {
    const [table] = random.some(vpc.tables, 1);
    if (table === undefined || random.chance(0.2)) continue;
    add(
      draft,
      { type: 'aws_route_table_association', name },
      { subnet_id: ref(`aws_subnet.${name}.id`), route_table_id: ref(`aws_route_table.${table}.id`) },
    );
  }
}

function addTable(
  draft: Draft,
  { vpc, name, lists }: { vpc: DraftVpc; name: string; lists: readonly string[] },
): void {
  const { random, features } = draft;
  const routes = drawRoutes(draft, vpc, lists);
  const isInline = random.chance(0.5);
  features.add(isInline ? 'inline routes' : 'routes apart');
  const vpc_id = ref(`aws_vpc.${vpc.name}.id`);
  add(
    draft,
    { type: 'aws_route_table', name },
    { vpc_id, ...(isInline && { route: routes.map(inlineRoute) }) },
  );
  vpc.tables.push(name);
  if (isInline) return;
  for (const [index, route] of routes.entries()) {
    add(
      draft,
      { type: 'aws_route', name: `${name}_${index}` },
      { route_table_id: ref(`aws_route_table.${name}.id`), ...route },
    );
  }
}

/** In JSON Terraform wants every attribute of such a route, null where it says nothing. */
const EMPTY_ROUTE = {
  cidr_block: null,
  ipv6_cidr_block: null,
  destination_prefix_list_id: null,
  carrier_gateway_id: null,
  core_network_arn: null,
  egress_only_gateway_id: null,
  gateway_id: null,
  local_gateway_id: null,
  nat_gateway_id: null,
  network_interface_id: null,
  transit_gateway_id: null,
  vpc_endpoint_id: null,
  vpc_peering_connection_id: null,
};

/** In a table the destination goes by another name than in a route of its own. */
function inlineRoute({ destination_cidr_block, destination_ipv6_cidr_block, ...rest }: Body): Body {
  return {
    ...EMPTY_ROUTE,
    ...rest,
    cidr_block: destination_cidr_block ?? null,
    ipv6_cidr_block: destination_ipv6_cidr_block ?? null,
  };
}

/** No two of one destination: AWS refuses that. */
function drawRoutes(draft: Draft, vpc: DraftVpc, lists: readonly string[]): readonly Body[] {
  const { random } = draft;
  const routes = new Map<string, Body>();
  const outwards = (cidr: string) => {
    const target = random.some(targetsOf(vpc), 1)[0];
    if (target !== undefined) routes.set(cidr, { destination_cidr_block: cidr, ...target });
  };
  if (random.chance(0.85)) outwards('0.0.0.0/0');
  if (random.chance(0.3)) outwards(random.pick(OUTSIDE_BLOCKS));
  if (random.chance(0.15)) outwards('10.0.0.0/8');
  const [list] = random.some(lists, 1);
  const [target] = random.some(targetsOf(vpc), 1);
  if (list !== undefined && target !== undefined && random.chance(0.3)) {
    draft.features.add('route by prefix list');
    routes.set('list', { destination_prefix_list_id: ref(list), ...target });
  }
  for (const [cidr, target] of ipv6Routes(draft, vpc))
    routes.set(cidr, { destination_ipv6_cidr_block: cidr, ...target });
  for (const { connection, vpc: peer } of vpc.peers) {
    if (random.chance(0.15)) continue;
    const cidr = random.pick([peer.cidrs[0], peer.cidrs[0], ...peer.cidrs, peer.subnets[0].cidr]);
    const vpc_peering_connection_id = ref(`aws_vpc_peering_connection.${connection}.id`);
    routes.set(cidr, { destination_cidr_block: cidr, vpc_peering_connection_id });
  }
  return [...routes.values()];
}

function targetsOf(vpc: DraftVpc): readonly Body[] {
  const gateway = { gateway_id: ref(`aws_internet_gateway.${vpc.name}.id`) };
  return [
    ...(vpc.hasInternetGateway ? [gateway, gateway] : []),
    ...vpc.natGateways.map((name) => ({ nat_gateway_id: ref(`aws_nat_gateway.${name}.id`) })),
  ];
}

function ipv6Routes(draft: Draft, vpc: DraftVpc): readonly (readonly [string, Body])[] {
  const { random } = draft;
  if (!vpc.hasIpv6) return [];
  const targets: Body[] = [];
  if (vpc.hasInternetGateway) targets.push({ gateway_id: ref(`aws_internet_gateway.${vpc.name}.id`) });
  const egress_only_gateway_id = ref(`aws_egress_only_internet_gateway.${vpc.name}.id`);
  if (vpc.hasEgressOnlyGateway) targets.push({ egress_only_gateway_id });
  const drawn: (readonly [string, Body])[] = [];
  for (const cidr of ['::/0', ...random.some(OUTSIDE_BLOCKS_IPV6, 1)]) {
    const [target] = random.some(targets, 1);
    if (target !== undefined && random.chance(cidr === '::/0' ? 0.8 : 0.3)) drawn.push([cidr, target]);
  }
  return drawn;
}
