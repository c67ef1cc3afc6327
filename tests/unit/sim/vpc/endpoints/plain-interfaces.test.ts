import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ENDPOINT_TYPES } from '../../../../../sim/vpc/endpoints/endpoint-types.ts';
import { PLAIN_INTERFACES, type PlainInterfaces } from '../../../../../sim/vpc/endpoints/plain-interfaces.ts';

interface SchemaBlock {
  readonly attributes?: Readonly<
    Record<string, { readonly computed?: boolean; readonly optional?: boolean }>
  >;
  readonly block_types?: Readonly<Record<string, { readonly block: SchemaBlock }>>;
}

const schemas: Readonly<Record<string, { readonly block: SchemaBlock }>> = JSON.parse(
  gunzipSync(
    readFileSync(new URL('../../../../fixtures/provider-schema/aws-6.66.0-core.json.gz', import.meta.url)),
  ).toString(),
).provider_schemas['registry.terraform.io/hashicorp/aws'].resource_schemas;

/** What a configuration may set that sounds like networking. */
const NETWORKING = /subnet|security_group|public|network|(^|_)ip(v6)?(_|$)|address/;

/** Sounds like it, and bears on no packet of the interfaces. */
const APART: Readonly<Record<string, readonly string[]>> = {
  aws_db_instance: ['customer_owned_ip_enabled', 'domain_dns_ips'],
  // Its control plane's own address, and the ranges inside the cluster.
  aws_eks_cluster: [
    'vpc_config.endpoint_public_access',
    'vpc_config.public_access_cidrs',
    'kubernetes_network_config.service_ipv4_cidr',
    'kubernetes_network_config.elastic_load_balancing.enabled',
    'remote_network_config.remote_node_networks.cidrs',
    'remote_network_config.remote_pod_networks.cidrs',
  ],
  aws_redshift_cluster: ['elastic_ip'],
  aws_elasticache_cluster: ['ip_discovery'],
  aws_elasticache_replication_group: ['ip_discovery', 'security_group_names'],
  aws_memorydb_cluster: ['ip_discovery'],
  aws_lambda_function: ['replace_security_groups_on_destroy', 'replacement_security_group_ids'],
  aws_opensearch_domain: ['advanced_security_options.jwt_options.public_key'],
  aws_ec2_instance_connect_endpoint: ['ip_address_type', 'preserve_client_ip'],
};

function* settable(block: SchemaBlock, prefix = ''): Generator<string> {
  for (const [name, { computed, optional }] of Object.entries(block.attributes ?? {})) {
    if (computed !== true || optional === true) yield `${prefix}${name}`;
  }
  for (const [name, nested] of Object.entries(block.block_types ?? {})) {
    yield* settable(nested.block, `${prefix}${name}.`);
  }
}

function pathsOf(row: PlainInterfaces): readonly string[] {
  const { subnets } = row;
  const at = 'group' in subnets ? subnets.group : 'at' in subnets ? subnets.at : subnets.one;
  const named = [
    row.groups,
    row.publicIf?.at,
    row.publicIfListed,
    row.ipv6?.at,
    row.fixed?.ipv4,
    row.fixed?.ipv6,
    row.onlyIf?.at,
  ];
  return [at, row.replicaOf, row.unlessWritten, ...named].filter((path) => path !== undefined);
}

const known = PLAIN_INTERFACES.filter(({ type }) => Object.hasOwn(schemas, type));

test('the provider knows the types of the table that its core schema holds', () => {
  expect(known.length).toBeGreaterThan(10);
});

test.each(known.map((row) => [row.type, row] as const))(
  'reads of %s what the provider has, and everything there that sounds like networking',
  (type, row) => {
    const attributes = [...settable(schemas[type]?.block ?? {})];
    const paths = pathsOf(row);
    expect(attributes).toEqual(expect.arrayContaining([...paths]));
    const read = [...paths, ...(APART[type] ?? [])];
    expect(attributes.filter((path) => NETWORKING.test(path) && !read.includes(path))).toEqual([]);
  },
);

test('every type of the table is told to belong to the endpoints, once', () => {
  const types = PLAIN_INTERFACES.map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
  for (const type of types) expect(ENDPOINT_TYPES.has(type)).toBe(true);
});
