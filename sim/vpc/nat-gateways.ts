/** NAT gateways before they have addresses. One that is not modelled makes what is routed to it unknown. */

import { type Fields, invalid, type Place, placeOf, type Site, unsupported } from '../terraform/index.ts';
import {
  type BuildContext,
  type OpenBlock,
  type ReferenceTargets,
  referenceIn,
  requiredReferenceIn,
} from './build-context.ts';
import type { UnknownCause } from './model.ts';
import { noteCause, startReading } from './reading.ts';
import { SUBNET, type Subnets } from './subnets.ts';

export const NAT_GATEWAY: ReferenceTargets = {
  what: 'an aws_nat_gateway',
  attributes: { aws_nat_gateway: ['id'] },
};
const ALLOCATION: ReferenceTargets = { what: 'an aws_eip', attributes: { aws_eip: ['id', 'allocation_id'] } };

export interface NatGatewayPlan {
  readonly address: string;
  readonly place: Place;
  readonly subnet: string;
  readonly vpc: string;
  readonly wantsPublic: boolean;
  /** `private_ip`. */
  readonly fixed?: { readonly value: string; readonly site: Site };
  readonly elasticAddress?: { readonly address: string; readonly site: Site };
}

export interface NatGateways {
  readonly plans: readonly NatGatewayPlan[];
  readonly unknown: ReadonlyMap<string, UnknownCause>;
}

const INERT = [
  'allocation_id',
  'association_id',
  'availability_mode',
  'network_interface_id',
  'private_ip',
  'public_ip',
  'subnet_id',
  'vpc_id',
];
const TOUCHES = 'packets routed to it';
/** Each gives it addresses of which it chooses one for a connection. */
const SECONDARY = [
  'secondary_allocation_ids',
  'secondary_private_ip_address_count',
  'secondary_private_ip_addresses',
];

export function planNatGateways(context: BuildContext, options: { readonly subnets: Subnets }): NatGateways {
  const unknown = new Map<string, UnknownCause>();
  const plans: NatGatewayPlan[] = [];
  for (const open of context.resources('aws_nat_gateway')) {
    const read = readNatGateway(context, open, options.subnets);
    if (read === undefined) continue;
    if ('cause' in read) unknown.set(open.address, read.cause);
    else plans.push(read);
  }
  for (const { fields } of context.resources('aws_nat_gateway_eip_association')) {
    const reading = startReading(context, fields);
    const reference = { name: 'nat_gateway_id', targets: NAT_GATEWAY };
    const nat = reading.get(() => requiredReferenceIn(context, fields, reference).address, undefined);
    reading.doubt('a second address of a NAT gateway is not modelled');
    const cause = reading.finish({ inert: INERT }, TOUCHES);
    const touched = nat === undefined ? plans.map(({ address }) => address) : [nat];
    for (const address of touched) if (cause !== undefined) unknown.set(address, cause);
  }
  return { plans: plans.filter(({ address }) => !unknown.has(address)), unknown };
}

function readNatGateway(
  context: BuildContext,
  { address, fields }: OpenBlock,
  subnets: Subnets,
): NatGatewayPlan | { readonly cause: UnknownCause } | undefined {
  const reading = startReading(context, fields);
  reading.get(() => refuseUnusual(fields), undefined);
  const unusual = reading.cause();
  if (unusual !== undefined) {
    noteCause(context, unusual, TOUCHES);
    return { cause: unusual };
  }
  const subnet = reading.get(() => {
    const named = requiredReferenceIn(context, fields, { name: 'subnet_id', targets: SUBNET }).address;
    const cause = subnets.unplaced.get(named);
    if (cause === undefined) return named;
    throw unsupported(fields.siteOf('subnet_id'), {
      reason: `${named} cannot be placed`,
      nextStep: cause.reason,
    });
  }, undefined);
  const wantsPublic = reading.get(() => connectivityIn(fields) === 'public', true);
  const fixed = reading.get(() => fields.text('private_ip'), undefined);
  const allocation = wantsPublic ? allocationIn(context, fields) : undefined;
  const cause = reading.finish({ inert: INERT }, TOUCHES);
  if (cause !== undefined) return { cause };
  const vpc = subnets.placed.find((placed) => placed.address === subnet)?.vpc;
  if (subnet === undefined || vpc === undefined) return undefined;
  return {
    address,
    place: placeOf(fields.site),
    subnet,
    vpc,
    wantsPublic,
    ...(fixed ? { fixed: { value: fixed, site: fields.siteOf('private_ip') } } : {}),
    ...(allocation && { elasticAddress: { address: allocation, site: fields.siteOf('allocation_id') } }),
  };
}

function refuseUnusual(fields: Fields): void {
  if (fields.text('availability_mode') === 'regional') {
    const reason = 'a regional NAT gateway is not modelled';
    throw unsupported(fields.siteOf('availability_mode'), { reason, nextStep: 'report it' });
  }
  for (const name of SECONDARY) {
    const value = fields.value(name)?.value;
    if (value === undefined || value === 0 || (Array.isArray(value) && value.length === 0)) continue;
    const reason = 'a second address of a NAT gateway is not modelled';
    throw unsupported(fields.siteOf(name), { reason, nextStep: 'report it' });
  }
}

function connectivityIn(fields: Fields): string {
  const type = fields.text('connectivity_type') ?? 'public';
  if (type === 'public' || type === 'private') return type;
  const reason = `"${type}" is not a type of connectivity`;
  throw invalid(fields.siteOf('connectivity_type'), { reason, nextStep: 'write public or private' });
}

/** Which address it is bears on nothing; that there is one, AWS insists on. */
function allocationIn(context: BuildContext, fields: Fields): string | undefined {
  const found = context.problems.attempt(() => {
    const allocation = referenceIn(context, fields, { name: 'allocation_id', targets: ALLOCATION });
    return fields.required('allocation_id', allocation).address;
  });
  return found.kind === 'known' ? found.value : undefined;
}
