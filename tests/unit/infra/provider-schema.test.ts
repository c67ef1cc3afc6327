import { expect, test } from 'vitest';
import {
  type Configuration,
  devConfiguration,
  type Json,
  readConfiguration,
  sixZoneConfiguration,
} from './configuration.ts';
import { readProviderSchema, schemaProblems } from './provider-schema.ts';

// The fixture is named for its version: another pin than its own finds no file.
const schema = readProviderSchema(devConfiguration().terraform.required_providers.aws.version);

test.each([
  ['dev', devConfiguration],
  ['six zones', sixZoneConfiguration],
])('has only types and arguments that the provider knows: %s', (_, read) => {
  expect(schemaProblems(read(), schema)).toEqual([]);
});

function changed(
  change: (types: Record<string, Record<string, Record<string, Json>>>) => void,
): Configuration {
  const copy = JSON.parse(JSON.stringify(devConfiguration()));
  change(copy.resource);
  return readConfiguration(JSON.stringify(copy));
}

test.each<[string, Parameters<typeof changed>[0], string]>([
  ['an unknown type', (types) => Object.assign(types, { aws_vcp: { main: {} } }), 'aws_vcp: no such type'],
  [
    'an unknown argument',
    ({ aws_vpc }) => Object.assign(aws_vpc?.main ?? {}, { cidr: 'x' }),
    'aws_vpc.main.cidr: no such argument',
  ],
  [
    'an argument that AWS decides',
    ({ aws_vpc }) => Object.assign(aws_vpc?.main ?? {}, { arn: 'x' }),
    'aws_vpc.main.arn: not to be set',
  ],
  [
    'a missing argument',
    ({ aws_subnet }) => delete aws_subnet?.public_a?.vpc_id,
    'aws_subnet.public_a.vpc_id: missing',
  ],
  [
    'a string for a set',
    ({ aws_network_acl }) => Object.assign(aws_network_acl?.public ?? {}, { subnet_ids: 'x' }),
    'aws_network_acl.public.subnet_ids: not a set',
  ],
  [
    'a word for a number',
    ({ aws_network_acl_rule }) =>
      Object.assign(aws_network_acl_rule?.public_ingress_400 ?? {}, { from_port: 'https' }),
    'aws_network_acl_rule.public_ingress_400.from_port: not a number',
  ],
  [
    'a single block twice',
    ({ aws_instance }) => Object.assign(aws_instance?.engine_a ?? {}, { metadata_options: [{}, {}] }),
    'aws_instance.engine_a.metadata_options: stands 2 times',
  ],
  [
    'a wrong argument of a block',
    ({ aws_instance }) => Object.assign(aws_instance?.engine_a ?? {}, { root_block_device: { size: 8 } }),
    'aws_instance.engine_a.root_block_device.size: no such argument',
  ],
])('finds %s', (_, change, problem) => {
  expect(schemaProblems(changed(change), schema)).toEqual([problem]);
});
