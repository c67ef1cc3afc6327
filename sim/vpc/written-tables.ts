/** Route tables while they are being built, and how a field names one. */

import type { Reference } from '../terraform/index.ts';
import type { ReferenceTargets } from './build-context.ts';
import type { WrittenGatewayEndpoint } from './gateway-endpoints.ts';
import type { Place, UnknownCause } from './model.ts';
import { EVERYWHERE, type RouteContext, type WrittenRoute } from './routes.ts';
import type { WrittenVpc } from './vpcs.ts';

export const ROUTE_TABLE: ReferenceTargets = {
  what: 'an aws_route_table',
  attributes: {
    aws_route_table: ['id'],
    aws_default_route_table: ['id'],
    aws_vpc: ['default_route_table_id', 'main_route_table_id'],
    aws_default_vpc: ['default_route_table_id', 'main_route_table_id'],
  },
};
export interface RouteTableOptions extends RouteContext {
  readonly vpcs: readonly WrittenVpc[];
  readonly endpoints: readonly WrittenGatewayEndpoint[];
}

export interface WrittenTable {
  readonly address: string;
  readonly place?: Place;
  readonly vpc: WrittenVpc;
  readonly routes: WrittenRoute[];
  /** The provider removes every route that does not stand in the table itself. */
  readonly isInline: boolean;
}

/** While they are being built. */
export interface Tables {
  readonly tables: ReadonlyMap<string, WrittenTable>;
  readonly addressOf: (reference: Reference) => string;
}

/** A route of which nothing is known but that it may be there. */
export function anyRoute(address: string, cause: UnknownCause): WrittenRoute {
  const target = { kind: 'unmodelled', cause } as const;
  const place = cause.place && { place: cause.place };
  return { route: { address, ...place, destinations: EVERYWHERE, target, uncertain: cause } };
}
