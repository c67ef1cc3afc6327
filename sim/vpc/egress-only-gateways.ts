/** Egress-only internet gateways: IPv6 outwards, and the answers. */

import { placeOf } from '../terraform/index.ts';
import type { BuildContext, ReferenceTargets } from './build-context.ts';
import type { EgressOnlyInternetGateway, UnknownCause } from './model.ts';
import { startReading } from './reading.ts';
import { vpcIn } from './vpcs.ts';

export const EGRESS_ONLY_GATEWAY: ReferenceTargets = {
  what: 'an aws_egress_only_internet_gateway',
  attributes: { aws_egress_only_internet_gateway: ['id'] },
};

export interface EgressOnlyGateways {
  readonly known: readonly EgressOnlyInternetGateway[];
  readonly unknown: ReadonlyMap<string, UnknownCause>;
}

export function buildEgressOnlyGateways(context: BuildContext): EgressOnlyGateways {
  const known: EgressOnlyInternetGateway[] = [];
  const unknown = new Map<string, UnknownCause>();
  for (const { address, fields } of context.resources('aws_egress_only_internet_gateway')) {
    const reading = startReading(context, fields);
    const vpc = reading.get(() => vpcIn(context, fields), undefined);
    const cause = reading.finish({ inert: [] }, 'packets by this gateway');
    if (cause !== undefined) unknown.set(address, cause);
    else if (vpc !== undefined) known.push({ address, place: placeOf(fields.site), vpc });
  }
  return { known, unknown };
}
