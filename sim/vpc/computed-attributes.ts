/**
 * Attributes that nobody writes and that can be told all the same, so that expressions such as
 * `cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 1)` have a value: stand-ins where AWS chooses, and what follows from
 * the rest of the configuration.
 */

import {
  convertOr,
  defaultZonesFound,
  isSymbolic,
  toBoolean,
  toText,
  type Value,
} from '../terraform/index.ts';
import type { BuildContext, OpenBlock } from './build-context.ts';
import { DEFAULT_VPC_CIDR, defaultSubnetCidr, defaultVpcOf, isDefaultData } from './default-vpc.ts';
import { zoneOf } from './zones.ts';

type Compute = (open: OpenBlock, context: BuildContext) => Value | undefined;

/** `type.attribute`, of data sources with `data.` before it. */
const TABLE: Readonly<Record<string, Compute>> = {
  'aws_vpc.ipv6_cidr_block': generatedIpv6,
  'aws_default_vpc.ipv6_cidr_block': generatedIpv6,
  'aws_vpc_ipv6_cidr_block_association.ipv6_cidr_block': generatedIpv6,
  'aws_default_vpc.cidr_block': () => DEFAULT_VPC_CIDR,
  'aws_default_subnet.cidr_block': ({ fields }) => {
    const zone = toText(fields.value('availability_zone')?.value ?? null);
    return zone === undefined ? undefined : defaultSubnetCidr(zone);
  },
  'aws_default_subnet.vpc_id': defaultVpcId,
  'aws_security_group.vpc_id': defaultVpcId,
  'aws_default_security_group.vpc_id': defaultVpcId,
  'aws_subnet.availability_zone': ({ fields }, { settings }) => zoneOf(fields, settings.region),
  'data.aws_vpc.cidr_block': ({ address }, context) =>
    isDefaultData(context, address) ? DEFAULT_VPC_CIDR : undefined,
  'data.aws_vpc.main_route_table_id': ({ address }, context) =>
    isDefaultData(context, address) ? ofDefaultVpc(context, 'main_route_table_id') : undefined,
  'data.aws_subnet.cidr_block': ({ fields }, { settings }) => {
    const [zone, second] = defaultZonesFound(fields, settings.region) ?? [];
    return zone === undefined || second !== undefined ? undefined : defaultSubnetCidr(zone);
  },
  'aws_vpc_endpoint.cidr_blocks': (open, context) => listed(nameIn(open, 'service_name'), context),
  'data.aws_vpc_endpoint_service.service_name': (open, { settings }) => {
    const service = nameIn(open, 'service');
    return service === undefined ? undefined : `com.amazonaws.${settings.region}.${service}`;
  },
  'data.aws_prefix_list.cidr_blocks': (open, context) => listed(nameIn(open, 'name'), context),
  'data.aws_ec2_managed_prefix_list.entries': (open, context) =>
    listed(nameIn(open, 'name'), context)?.map((cidr) => new Map<string, Value>([['cidr', cidr]])),
};

export function computedAttributes(
  context: BuildContext,
): (address: string, attribute: string) => Value | undefined {
  return (address, attribute) =>
    attributeOf(context, address, attribute) ??
    (attribute === 'id' ? undefined : readBack(context, address, attribute));
}

function attributeOf(context: BuildContext, address: string, attribute: string): Value | undefined {
  const type = context.typeOf(address);
  const key = `${type}.${attribute}`;
  const compute = Object.hasOwn(TABLE, key) ? TABLE[key] : undefined;
  if (type === undefined || compute === undefined) return undefined;
  const open = type.startsWith('data.') ? context.dataSource(address) : context.resource(address);
  return open && compute(open, context);
}

/** A data source that is told which resource of this configuration it is to read says what that says. */
function readBack(context: BuildContext, address: string, attribute: string): Value | undefined {
  const data = context.dataSource(address);
  const id = data?.fields.value('id')?.value ?? null;
  if (data === undefined || !isSymbolic(id) || id.kind !== 'reference' || id.attribute !== 'id')
    return undefined;
  if (context.typeOf(id.address) !== data.block.type) return undefined;
  const found = context.resource(id.address)?.fields.value(attribute)?.value;
  if (found !== undefined) return found;
  return attributeOf(context, id.address, attribute) ?? { kind: 'reference', address: id.address, attribute };
}

/** Amazon's own pool alone; a block of another pool is not known. */
function generatedIpv6({ address, fields }: OpenBlock, { standIns }: BuildContext): Value | undefined {
  const found = fields.value('assign_generated_ipv6_cidr_block');
  const isGenerated = found !== undefined && convertOr(found, 'a bool', toBoolean);
  return isGenerated ? standIns.ipv6For(address) : undefined;
}

function defaultVpcId(_: OpenBlock, context: BuildContext): Value {
  return ofDefaultVpc(context, 'id');
}

function ofDefaultVpc(context: BuildContext, attribute: string): Value {
  return { kind: 'reference', address: defaultVpcOf(context).address, attribute };
}

function nameIn({ fields }: OpenBlock, name: string): string | undefined {
  return toText(fields.value(name)?.value ?? null);
}

function listed(name: string | undefined, { settings, standIns }: BuildContext): string[] | undefined {
  const list = name === undefined ? undefined : awsListName(name, settings);
  return list === undefined ? undefined : [standIns.prefixListFor(list)];
}

/** `com.amazonaws.<region>.<service>` to the service; other lists of AWS's keep their name. */
export function awsListName(
  name: string,
  { region, isRegionKnown }: Pick<BuildContext['settings'], 'region' | 'isRegionKnown'>,
): string | undefined {
  const match = /^com\.amazonaws\.([a-z0-9-]+)\.(.+)$/.exec(name);
  if (match === null) return undefined;
  const [, where = '', service = ''] = match;
  if (where === 'global') return name;
  return !isRegionKnown || where === region ? service : undefined;
}
