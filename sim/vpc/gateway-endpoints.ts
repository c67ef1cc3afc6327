/** Gateway endpoints of S3 and DynamoDB: each adds a route for the service's prefix list to its route tables. */

import { invalid, type Located, unsupported, type Value } from '../terraform/index.ts';
import {
  type BuildContext,
  type OpenBlock,
  type ReferenceTargets,
  requiredReferenceIn,
} from './build-context.ts';
import { gatewayServiceOf } from './prefix-lists.ts';
import { VPC } from './vpcs.ts';

export interface GatewayEndpoint {
  readonly address: string;
  readonly vpc: string;
  readonly service: string;
  readonly routeTables: readonly Located<Value>[];
}

const ENDPOINT: ReferenceTargets = { what: 'an aws_vpc_endpoint', attributes: { aws_vpc_endpoint: ['id'] } };

/** Who may do what through it is decided by the service, not on the packet's way. */
const INERT = ['tags', 'tags_all', 'policy', 'auto_accept'];

export function buildGatewayEndpoints(context: BuildContext, region: string): readonly GatewayEndpoint[] {
  const associated = associatedTables(context);
  return context.resources('aws_vpc_endpoint').map((open): GatewayEndpoint => {
    const { address, fields } = open;
    const vpc = requiredReferenceIn(context, fields, { name: 'vpc_id', targets: VPC }).address;
    const service = serviceOf(open, region);
    const routeTables = [...fields.list('route_table_ids'), ...(associated.get(address) ?? [])];
    fields.refuseUnread({ inert: INERT, off: ['private_dns_enabled'] });
    return { address, vpc, service, routeTables };
  });
}

function serviceOf({ fields }: OpenBlock, region: string): string {
  const type = fields.text('vpc_endpoint_type') ?? 'Gateway';
  if (type !== 'Gateway') {
    const reason = `endpoints of type ${type} are not modelled yet`;
    throw unsupported(fields.siteOf('vpc_endpoint_type'), {
      reason,
      nextStep: 'leave it out of what is simulated',
    });
  }
  const name = fields.required('service_name', fields.text('service_name'));
  const service = gatewayServiceOf(name, region);
  if (service !== undefined) return service;
  const reason = `${name} has no gateway endpoint in ${region}`;
  throw invalid(fields.siteOf('service_name'), {
    reason,
    nextStep: `name com.amazonaws.${region}.s3 or dynamodb`,
  });
}

function associatedTables(context: BuildContext): ReadonlyMap<string, readonly Located<Value>[]> {
  const found = new Map<string, Located<Value>[]>();
  for (const { fields } of context.resources('aws_vpc_endpoint_route_table_association')) {
    const endpoint = requiredReferenceIn(context, fields, {
      name: 'vpc_endpoint_id',
      targets: ENDPOINT,
    }).address;
    const table = fields.required('route_table_id', fields.value('route_table_id'));
    fields.refuseUnread({ inert: [] });
    found.set(endpoint, [...(found.get(endpoint) ?? []), table]);
  }
  return found;
}
