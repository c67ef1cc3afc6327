/** No type of the pinned provider that has subnets, groups or a VPC's settings is taken for one that changes no packet. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bearingOf, touchesOf } from '../../../../sim/vpc/resource-types.ts';
import { devConfiguration } from '../../infra/configuration.ts';
import { readProviderSchema } from '../../infra/provider-schema.ts';

/** Arguments by which a resource gets interfaces, or changes what others may send. */
const PLACED =
  /^(subnets?|subnet_ids?|\w+_subnet_ids?|subnet_mapping|(\w+_)?vpc_config(uration)?|vpc_options|vpc_connection_properties|(\w+_)?security_groups?|(\w+_)?security_group_ids?|network_configuration|network_interfaces?|network_interface_ids?|vpc_endpoint_service_id|network_load_balancer_arns|gateway_load_balancer_arns)$/;

/** Why each changes no packet all the same. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  aws_ec2_subnet_cidr_reservation: 'keeps addresses free, and gives nobody one',
  aws_flow_log: 'records what passes',
  aws_fsx_s3_access_point_attachment: "who may ask S3 for it, by S3's own policy",
  aws_inspector2_filter: 'names subnets in what it looks for',
  aws_network_interface_permission: 'lets another account attach an interface whose rules stay as they are',
  aws_quicksight_data_source: 'names a connection that has the interfaces',
  aws_s3_access_point: "who may ask S3 for it, by S3's own policy",
  aws_vpc_endpoint_connection_notification: 'tells of connections, and accepts none',
  aws_vpc_endpoint_service_private_dns_verification: 'proves who owns a name',
};

interface Block {
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly block_types?: Readonly<Record<string, { readonly block: Block }>>;
}

function namesIn({ attributes = {}, block_types: blocks = {} }: Block): readonly string[] {
  return [
    ...Object.keys(attributes),
    ...Object.keys(blocks),
    ...Object.values(blocks).flatMap(({ block }) => namesIn(block)),
  ];
}

function isSilent(type: string): boolean {
  return bearingOf(type) === 'inert' && !Object.hasOwn(EXCEPTIONS, type);
}

const folder = new URL('../../../../node_modules/@cdktn/provider-aws/', import.meta.url);
const schema = readProviderSchema(devConfiguration().terraform.required_providers.aws.version);

test('no type of the schema that is placed in a network is inert', () => {
  const schemas = Object.entries(schema.resource_schemas);
  const placed = schemas
    .filter(([, { block }]) => namesIn(block).some((name) => PLACED.test(name)))
    .map(([type]) => type);
  expect(placed.length).toBeGreaterThan(60);
  expect(placed.filter(isSilent)).toEqual([]);
});

/** Of every type, and not only of those in the schema: what the bindings declare, by name alone. */
test('no type of the bindings that is placed in a network is inert', () => {
  const placed = readdirSync(new URL('lib/', folder)).flatMap((name) => {
    if (name.startsWith('data-') || name.includes('.')) return [];
    const text = readFileSync(new URL(`lib/${name}/index.d.ts`, folder), 'utf8');
    const type = /tfResourceType = "(\w+)"/.exec(text)?.[1];
    const isPlaced = [...text.matchAll(/^ {4}readonly (\w+)\??:/gm)].some(([, key = '']) =>
      PLACED.test(key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
    );
    return type !== undefined && isPlaced ? [type] : [];
  });
  expect(placed.length).toBeGreaterThan(150);
  expect(placed.filter(isSilent)).toEqual([]);
  expect(Object.keys(EXCEPTIONS).filter((type) => bearingOf(type) !== 'inert')).toEqual([]);
});

test.each([
  ['aws_ram_resource_association', 'who may put endpoints into shared subnets, and use shared networks'],
  ['aws_ram_principal_association', 'who may put endpoints into shared subnets, and use shared networks'],
  ['aws_vpc_endpoint_service', 'packets from other accounts to its load balancers'],
  ['aws_vpc_endpoint_service_allowed_principal', 'packets from other accounts to its load balancers'],
  ['aws_vpc_endpoint_connection_accepter', 'packets from other accounts to its load balancers'],
  ['aws_kinesis_firehose_delivery_stream', 'packets from and to its interfaces'],
])('%s is not modelled, and touches %s', (type, touches) => {
  expect([bearingOf(type), touchesOf(type)]).toEqual(['not-modelled', touches]);
});
