/** Prefix lists and gateway endpoints: blocks that rules and routes name by one word. */

import { add, type Draft, type DraftVpc, ref } from './draft.ts';

/** Ranges outside that rules single out; they overlap on purpose. */
export const OUTSIDE_BLOCKS = [
  '203.0.113.0/24',
  '203.0.113.128/25',
  '203.0.113.7/32',
  '198.18.0.0/15',
  '192.0.2.0/24',
] as const;
export const OUTSIDE_BLOCKS_IPV6 = ['2001:db8:ffff::/48', '2001:db8:ffff::10/128', '2600::/12'] as const;

/** Expressions for the ids of lists that routes may name: none or one. */
export function addPrefixList(draft: Draft): readonly string[] {
  const { random, features } = draft;
  if (!random.chance(0.4)) return [];
  features.add('own prefix list');
  const entry = random.some(OUTSIDE_BLOCKS, random.integer(1, 3)).map((cidr) => ({ cidr }));
  add(
    draft,
    { type: 'aws_ec2_managed_prefix_list', name: 'offices' },
    { name: 'offices', address_family: 'IPv4', max_entries: 5, entry },
  );
  return ['aws_ec2_managed_prefix_list.offices.id'];
}

/** After the route tables. Expressions for the ids of lists that only rules may name: none or one. */
export function addGatewayEndpoint(draft: Draft, vpc: DraftVpc): readonly string[] {
  const { random, features } = draft;
  if (vpc.tables.length === 0 || !random.chance(0.4)) return [];
  features.add('gateway endpoint');
  const service = random.pick(['s3', 'dynamodb']);
  const tables = random.some(vpc.tables, random.integer(1, 2));
  const isApart = random.chance(0.4);
  add(
    draft,
    { type: 'aws_vpc_endpoint', name: `${vpc.name}_gateway` },
    {
      vpc_id: ref(`aws_vpc.${vpc.name}.id`),
      service_name: `com.amazonaws.eu-west-1.${service}`,
      vpc_endpoint_type: 'Gateway',
      ...(!isApart && { route_table_ids: tables.map((table) => ref(`aws_route_table.${table}.id`)) }),
    },
  );
  for (const table of isApart ? tables : []) {
    add(
      draft,
      { type: 'aws_vpc_endpoint_route_table_association', name: table },
      {
        vpc_endpoint_id: ref(`aws_vpc_endpoint.${vpc.name}_gateway.id`),
        route_table_id: ref(`aws_route_table.${table}.id`),
      },
    );
  }
  return [`aws_vpc_endpoint.${vpc.name}_gateway.prefix_list_id`];
}
