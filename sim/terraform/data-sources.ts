/**
 * What a data source says, where the answer does not need an account: zones, region, identity, partition, policy
 * documents. Zones are the region's first three, the account is 123456789012, images are stand-ins that say so. What
 * lies outside the configuration is unknown, with the reason.
 */

import type { Block } from './configuration.ts';
import {
  DEFAULT_VPC,
  defaultSubnetId,
  defaultZonesFound,
  isDefaultVpcData,
  isMainTable,
  isNamedDefault,
  ofItsVpc,
} from './default-network.ts';
import type { Evaluation } from './evaluator.ts';
import { fieldsOf } from './fields.ts';
import { policyDocument } from './policy-document.ts';
import { regionOf } from './region-of.ts';
import { listOf, markedAs, STRING } from './types/terraform-type.ts';
import type { Value } from './value.ts';

/** AWS uses it in its own documentation. */
const ACCOUNT = '123456789012';

/** An attribute that the block itself does not set. */
export function dataAttribute(evaluation: Evaluation, block: Block, name: string): Value {
  const answers = Object.hasOwn(ANSWERS, block.type) ? ANSWERS[block.type] : undefined;
  const answer = answers?.({ evaluation, block, region: regionOf(evaluation, block) });
  if (answer !== undefined && Object.hasOwn(answer, name)) return answer[name]?.() ?? null;
  if (name === 'id' && (LISTS.has(block.type) || OUTSIDE.has(block.type))) {
    return { kind: 'reference', address: block.address, attribute: name };
  }
  const why = OUTSIDE.has(block.type) ? 'it is outside the configuration' : 'it is known only to AWS';
  return { kind: 'unknown', reason: `${block.address}.${name} is not known: ${why}` };
}

interface Question {
  readonly evaluation: Evaluation;
  readonly block: Block;
  readonly region: string;
}

type Answers = (question: Question) => Readonly<Record<string, () => Value>>;

/** Which list it is, is read from their arguments by whoever models prefix lists. */
const LISTS: ReadonlySet<string> = new Set(['aws_prefix_list', 'aws_ec2_managed_prefix_list']);

/** Their identity is a reference all the same: the default VPC and its like are models' to know. */
const OUTSIDE: ReadonlySet<string> = new Set([
  'aws_vpc',
  'aws_vpcs',
  'aws_subnet',
  'aws_subnets',
  'aws_subnet_ids',
  'aws_security_group',
  'aws_security_groups',
  'aws_route_table',
  'aws_route_tables',
  'aws_network_acls',
  'aws_internet_gateway',
  'aws_nat_gateway',
  'aws_instance',
  'aws_network_interface',
  'aws_vpc_peering_connection',
]);

const ANSWERS: Readonly<Record<string, Answers>> = {
  aws_availability_zones: ({ region, block, evaluation }) => {
    const letters = availableLetters({ block, evaluation, region });
    return {
      id: () => region,
      names: () => textList(letters.map((letter) => `${region}${letter}`)),
      zone_ids: () =>
        textList(letters.map((letter) => `${zonePrefix(region)}-az${ZONES.indexOf(letter) + 1}`)),
      group_names: () => textList([region]),
    };
  },
  aws_region: ({ region }) => ({
    id: () => region,
    name: () => region,
    region: () => region,
    endpoint: () => `ec2.${region}.amazonaws.com`,
  }),
  aws_caller_identity: () => ({
    id: () => ACCOUNT,
    account_id: () => ACCOUNT,
    user_id: () => 'AIDAEXAMPLE',
    arn: () => `arn:aws:iam::${ACCOUNT}:user/example`,
  }),
  aws_partition: () => ({
    id: () => 'aws',
    partition: () => 'aws',
    dns_suffix: () => 'amazonaws.com',
    reverse_dns_prefix: () => 'com.amazonaws',
  }),
  aws_iam_policy_document: ({ evaluation, block }) => {
    const json = () => policyDocument(fieldsOf(block, evaluation));
    return { json, minified_json: json };
  },
  aws_ami: ({ block }) => ({
    id: () => standIn('ami', block.address),
    image_id: () => standIn('ami', block.address),
    architecture: () => 'x86_64',
    root_device_name: () => '/dev/xvda',
  }),
  aws_vpc: ({ evaluation, block }) =>
    isDefaultVpcData(fieldsOf(block, evaluation)) ? { id: () => ofDefaultVpc('id') } : {},
  aws_subnets: defaultSubnets,
  aws_subnet_ids: defaultSubnets,
  aws_subnet: ({ evaluation, block, region }) => {
    const [zone, second] = defaultZonesFound(fieldsOf(block, evaluation), region) ?? [];
    if (zone === undefined || second !== undefined) return {};
    return {
      id: () => defaultSubnetId(zone),
      availability_zone: () => zone,
      vpc_id: () => ofDefaultVpc('id'),
    };
  },
  aws_security_group: ({ evaluation, block }) => {
    const fields = fieldsOf(block, evaluation);
    const found = isNamedDefault(fields) ? ofItsVpc(fields, 'default_security_group_id') : undefined;
    return found === undefined ? {} : { id: () => found };
  },
  aws_route_table: ({ evaluation, block }) => {
    const fields = fieldsOf(block, evaluation);
    const found = isMainTable(fields) ? ofItsVpc(fields, 'main_route_table_id') : undefined;
    return found === undefined ? {} : { id: () => found, route_table_id: () => found };
  },
};

function ofDefaultVpc(attribute: string): Value {
  return { kind: 'reference', address: DEFAULT_VPC, attribute };
}

function defaultSubnets({ evaluation, block, region }: Question): ReturnType<Answers> {
  const zones = defaultZonesFound(fieldsOf(block, evaluation), region);
  return zones === undefined ? {} : { ids: () => textList(zones.map(defaultSubnetId)) };
}

const ZONES = ['a', 'b', 'c'] as const;
type Zone = (typeof ZONES)[number];

function textList(items: readonly string[]): Value {
  return markedAs([...items], listOf(STRING));
}

function availableLetters({ block, evaluation }: Question): readonly Zone[] {
  const fields = fieldsOf(block, evaluation);
  const excluded = new Set(fields.list('exclude_names').map(({ value }) => value));
  const region = regionOf(evaluation, block);
  return ZONES.filter((letter) => !excluded.has(`${region}${letter}`));
}

/** `eu-west-1` is `euw1` in zone ids. */
function zonePrefix(region: string): string {
  const [area = '', direction = '', number = ''] = region.split('-');
  const short = direction.replace(
    /^(north|south|east|west|central)(east|west)?$/,
    (_, one: string, two?: string) => `${one[0]}${two?.[0] ?? ''}`,
  );
  return `${area}${short}${number}`;
}

/** Nobody can take it for a real one. */
function standIn(kind: string, address: string): string {
  return `${kind}-stand-in:${address}`;
}
