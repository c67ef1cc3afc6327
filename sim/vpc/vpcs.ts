/**
 * The VPCs, the default one among them where it is used, their ranges of both families, and the names under which their
 * default group, ACL and route table go.
 */

import {
  type Fields,
  invalid,
  type Located,
  type Problems,
  placeOf,
  type Reference,
  unresolved,
  type Value,
} from '../terraform/index.ts';
import type { BuildContext, OpenBlock, ReferenceTargets } from './build-context.ts';
import { DEFAULT_VPC_CIDR, defaultVpcOf, isDefaultData, usesDefaultVpc } from './default-vpc.ts';
import type { UnknownCause, Vpc } from './model.ts';
import { byAddress } from './natural-order.ts';
import { startReading } from './reading.ts';
import { type Block, blockIn, checkBlocks, ipv6BlockIn } from './vpc-blocks.ts';

export const VPC: ReferenceTargets = {
  what: 'an aws_vpc',
  attributes: { aws_vpc: ['id'], aws_default_vpc: ['id'], 'data.aws_vpc': ['id'] },
};

/** Stands as the VPC of a group whose VPC is not known. */
export const UNKNOWN_VPC = 'unknown';

export interface WrittenVpc extends Vpc {
  /** It has ranges that are not known: whatever lies in it cannot be placed. */
  readonly unknownRange?: UnknownCause;
  /** The same of IPv6. */
  readonly unknownIpv6?: UnknownCause;
  /** Something about it is not modelled. */
  readonly doubt?: UnknownCause;
}

const INERT = [
  'dhcp_options_id',
  'default_network_acl_id',
  'default_route_table_id',
  'default_security_group_id',
  'enable_dns_hostnames',
  'enable_dns_support',
  'enable_network_address_usage_metrics',
  'existing_default_vpc',
  'force_destroy',
  'instance_tenancy',
  'ipv6_association_id',
  'ipv6_cidr_block_network_border_group',
  'ipv6_ipam_pool_id',
  'ipv6_netmask_length',
  'ipv4_ipam_pool_id',
  'ipv4_netmask_length',
  'main_route_table_id',
];

export function buildVpcs(context: BuildContext): readonly WrittenVpc[] {
  const ipv4 = associations(context, 'aws_vpc_ipv4_cidr_block_association', blockIn);
  const ipv6 = associations(context, 'aws_vpc_ipv6_cidr_block_association', ipv6BlockIn);
  const written = context
    .resources('aws_vpc')
    .map((open) => writtenVpc(context, open, { ipv4, ipv6, primary: blockIn }));
  const vpcs = [...written, ...defaultVpcs(context, { ipv4, ipv6 })];
  return vpcs.sort(byAddress);
}

/** What the objects that AWS makes with a VPC are called until a configuration adopts them. */
export function defaultAddress(
  vpc: string,
  kind: 'security_group' | 'network_acl' | 'route_table' | 'internet_gateway',
): string {
  return `${vpc}.default_${kind}`;
}

/** The model's address of the VPC that a field names. */
export function vpcIn(context: BuildContext, fields: Fields, name = 'vpc_id'): string {
  const found = fields.required(name, fields.value(name));
  return vpcOf(context, context.refer(found, VPC), found);
}

/** As `vpcIn`, where leaving the field out means the default VPC. */
export function vpcOrDefaultIn(context: BuildContext, fields: Fields): string {
  return fields.value('vpc_id') === undefined ? defaultVpcOf(context).address : vpcIn(context, fields);
}

function vpcOf(context: BuildContext, { address }: Reference, found: Located<Value>): string {
  if (!address.startsWith('data.') && !address.includes('.data.')) return address;
  if (isDefaultData(context, address)) return defaultVpcOf(context).address;
  const reason = `${address} finds a VPC that is not of this configuration`;
  throw unresolved(found.site, {
    reason,
    nextStep: 'simulate it together with the configuration that makes it',
  });
}

interface Associations {
  readonly ipv4: ReadonlyMap<string, readonly Block[]>;
  readonly ipv6: ReadonlyMap<string, readonly Block[]>;
}

type ReadBlock = (fields: Fields, problems: Problems) => Block;

function writtenVpc(
  context: BuildContext,
  { address, fields }: OpenBlock,
  options: Associations & { readonly primary: ReadBlock },
): WrittenVpc {
  const reading = startReading(context, fields);
  const primary = options.primary(fields, context.problems);
  const hasIpv6 = ['ipv6_cidr_block', 'ipv6_ipam_pool_id'].some((name) => fields.isWritten(name));
  const isGenerated = reading.get(() => fields.boolean('assign_generated_ipv6_cidr_block'), undefined);
  const own = hasIpv6 || isGenerated === true ? [ipv6BlockIn(fields, context.problems)] : [];
  const generated =
    isGenerated === true ? [{ cidr: context.standIns.ipv6For(address), site: fields.site }] : own;
  const doubt = reading.finish({ inert: INERT }, `every packet in ${address}`);
  return assembled(context, {
    address,
    place: placeOf(fields.site),
    blocks: [primary, ...(options.ipv4.get(address) ?? [])],
    ipv6Blocks: [...generated, ...(options.ipv6.get(address) ?? [])],
    ...(doubt && { doubt }),
  });
}

function defaultVpcs(context: BuildContext, options: Associations): readonly WrittenVpc[] {
  if (!usesDefaultVpc(context)) return [];
  const { address, adoption } = defaultVpcOf(context);
  const [, second] = context.resources('aws_default_vpc');
  if (second !== undefined) {
    const reason = `${address} already adopts the default VPC`;
    context.problems.add(invalid(second.fields.site, { reason, nextStep: 'keep one of them' }));
  }
  if (adoption === undefined) {
    return [{ address, cidrs: [DEFAULT_VPC_CIDR], ipv6Cidrs: [] }];
  }
  const primary = () => ({ cidr: DEFAULT_VPC_CIDR, site: adoption.fields.site });
  return [writtenVpc(context, adoption, { ...options, primary })];
}

function assembled(
  context: BuildContext,
  written: Pick<WrittenVpc, 'address' | 'place' | 'doubt'> & {
    readonly blocks: readonly Block[];
    readonly ipv6Blocks: readonly Block[];
  },
): WrittenVpc {
  const { blocks, ipv6Blocks, ...rest } = written;
  checkBlocks(context.problems, blocks);
  checkBlocks(context.problems, ipv6Blocks);
  const cidrs = (all: readonly Block[]) => all.map(({ cidr }) => cidr).filter((cidr) => cidr !== undefined);
  const unknownRange = blocks.find(({ cause }) => cause !== undefined)?.cause;
  const unknownIpv6 = ipv6Blocks.find(({ cause }) => cause !== undefined)?.cause;
  for (const cause of [unknownRange, unknownIpv6]) {
    if (cause === undefined) continue;
    context.note({
      type: context.typeOf(cause.address) ?? 'aws_vpc',
      touches: `whatever lies in ${rest.address}`,
      ...cause,
    });
  }
  return {
    ...rest,
    cidrs: cidrs(blocks),
    ipv6Cidrs: cidrs(ipv6Blocks),
    ...(unknownRange && { unknownRange }),
    ...(unknownIpv6 && { unknownIpv6 }),
  };
}

function associations(
  context: BuildContext,
  type: string,
  read: ReadBlock,
): ReadonlyMap<string, readonly Block[]> {
  const found = new Map<string, Block[]>();
  for (const { address, fields } of context.resources(type)) {
    const reading = startReading(context, fields);
    const vpc = reading.get(() => vpcIn(context, fields), undefined);
    const written = read(fields, context.problems);
    const generated = reading.get(() => fields.boolean('assign_generated_ipv6_cidr_block'), undefined);
    const block = generated ? { cidr: context.standIns.ipv6For(address), site: fields.site } : written;
    const cause = reading.finish(
      { inert: INERT.concat(['ip_source', 'ipv6_address_attribute']) },
      'the ranges of its VPC',
    );
    const vpcs = vpc === undefined ? (cause === undefined ? [] : allVpcs(context)) : [vpc];
    for (const one of vpcs) {
      const entry = cause === undefined ? block : { site: block.site, cause };
      found.set(one, [...(found.get(one) ?? []), entry]);
    }
  }
  return found;
}

function allVpcs(context: BuildContext): readonly string[] {
  return context.resources('aws_vpc').map(({ address }) => address);
}
