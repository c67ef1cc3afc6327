/** Gateway endpoints of S3 and DynamoDB: each adds a route for the service's prefix list to its route tables. */

import {
  type Fields,
  invalid,
  type Located,
  type Place,
  placeOf,
  type Site,
  unsupported,
  type Value,
} from '../terraform/index.ts';
import {
  type BuildContext,
  type OpenBlock,
  type ReferenceTargets,
  requiredReferenceIn,
} from './build-context.ts';
import { awsListName } from './computed-attributes.ts';
import type { GatewayEndpoint, UnknownCause } from './model.ts';
import { noteCause, startReading } from './reading.ts';
import { vpcIn } from './vpcs.ts';

export interface WrittenGatewayEndpoint {
  readonly address: string;
  readonly place: Place;
  readonly site: Site;
  readonly vpc: string;
  /** Undefined where it is not known. */
  readonly service?: string;
  readonly cidrs: readonly string[];
  readonly routeTables: readonly Located<Value>[];
  /** Which tables, or which service, is not known. */
  readonly uncertain?: UnknownCause;
}

const ENDPOINT: ReferenceTargets = { what: 'an aws_vpc_endpoint', attributes: { aws_vpc_endpoint: ['id'] } };
/** The services that have gateway endpoints. */
export const GATEWAY_SERVICES = ['s3', 'dynamodb'];
/** Who may do what through it is decided by the service, not on the packet's way. */
const INERT = [
  'policy',
  'auto_accept',
  'prefix_list_id',
  'cidr_blocks',
  'dns_entry',
  'state',
  'requester_managed',
];
const TOUCHES = 'packets to the service';
const NOT_MODELLED = ['GatewayLoadBalancer', 'Resource', 'ServiceNetwork'];

export function buildGatewayEndpoints(context: BuildContext): readonly WrittenGatewayEndpoint[] {
  const associated = associatedTables(context);
  return context.resources('aws_vpc_endpoint').flatMap((open): WrittenGatewayEndpoint[] => {
    const kind = context.problems.attempt(() => typeIn(open));
    if (kind.kind === 'unknown') noteCause(context, kind.cause, 'packets to it');
    if (kind.kind !== 'known' || kind.value !== 'Gateway') return [];
    const written = readEndpoint(context, open, associated);
    return written === undefined ? [] : [written];
  });
}

/** As the model has it; one of which even the service is not known stands among what is not modelled. */
export function builtEndpoints(written: readonly WrittenGatewayEndpoint[]): readonly GatewayEndpoint[] {
  return written.flatMap(({ address, place, vpc, service, cidrs }) =>
    service === undefined ? [] : [{ address, place, vpc, service, cidrs }],
  );
}

function typeIn({ fields }: OpenBlock): string {
  const type = fields.text('vpc_endpoint_type') ?? 'Gateway';
  if (!NOT_MODELLED.includes(type)) return type;
  const reason = `an endpoint of type ${type} is not modelled`;
  throw unsupported(fields.siteOf('vpc_endpoint_type'), { reason, nextStep: 'report it' });
}

function readEndpoint(
  context: BuildContext,
  { address, fields }: OpenBlock,
  associated: Associated,
): WrittenGatewayEndpoint | undefined {
  const reading = startReading(context, fields);
  const vpc = reading.get(() => vpcIn(context, fields), undefined);
  const service = reading.get(() => serviceIn(fields, context), undefined);
  const listed = reading.get(() => fields.list('route_table_ids'), []);
  reading.get(() => refuseFamily(fields), undefined);
  const cause = reading.finish({ inert: INERT, off: ['private_dns_enabled'] }, TOUCHES) ?? associated.unknown;
  if (vpc === undefined) return undefined;
  const services = service === undefined ? GATEWAY_SERVICES : [service];
  return {
    address,
    place: placeOf(fields.site),
    site: fields.site,
    vpc,
    ...(service === undefined ? {} : { service }),
    cidrs: services.map((name) => context.standIns.prefixListFor(name)),
    routeTables: [...listed, ...(associated.tables.get(address) ?? [])],
    ...(cause && { uncertain: cause }),
  };
}

function serviceIn(fields: Fields, { settings }: BuildContext): string {
  const name = fields.required('service_name', fields.text('service_name'));
  const service = awsListName(name, settings);
  if (service !== undefined && GATEWAY_SERVICES.includes(service)) return service;
  const reason = `${name} has no gateway endpoint in ${settings.region}`;
  throw invalid(fields.siteOf('service_name'), {
    reason,
    nextStep: `name com.amazonaws.${settings.region}.s3 or dynamodb`,
  });
}

function refuseFamily(fields: Fields): void {
  const type = fields.text('ip_address_type') ?? 'ipv4';
  if (type === 'ipv4' || type === '') return;
  const reason = 'a gateway endpoint of IPv6 is not modelled';
  throw unsupported(fields.siteOf('ip_address_type'), { reason, nextStep: 'report it' });
}

interface Associated {
  readonly tables: ReadonlyMap<string, readonly Located<Value>[]>;
  /** An association of which the endpoint is not known. */
  readonly unknown?: UnknownCause;
}

function associatedTables(context: BuildContext): Associated {
  const tables = new Map<string, Located<Value>[]>();
  let [unknown] = context.unexpanded('aws_vpc_endpoint_route_table_association');
  for (const { fields } of context.resources('aws_vpc_endpoint_route_table_association')) {
    const reading = startReading(context, fields);
    const reference = { name: 'vpc_endpoint_id', targets: ENDPOINT };
    const endpoint = reading.get(() => requiredReferenceIn(context, fields, reference).address, undefined);
    const table = reading.get(
      () => fields.required('route_table_id', fields.value('route_table_id')),
      undefined,
    );
    unknown ??= reading.finish({ inert: [] }, TOUCHES);
    if (endpoint === undefined || table === undefined) continue;
    tables.set(endpoint, [...(tables.get(endpoint) ?? []), table]);
  }
  return { tables, ...(unknown && { unknown }) };
}
