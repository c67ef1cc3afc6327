/** What AWS refuses about the zones of the subnets of one resource. Only zones that are written count: others AWS chooses. */

import { invalid, type Site } from '../../terraform/index.ts';
import type { BuildContext } from '../build-context.ts';
import type { EndpointSubnet } from './endpoint-input.ts';
import { find } from './partly-known.ts';

interface Chosen {
  readonly subnets: readonly EndpointSubnet[];
  readonly site: Site;
}

/** One subnet a zone. */
export function refuseSharedZone(context: BuildContext, { subnets, site }: Chosen): void {
  const taken = new Map<string, string>();
  for (const subnet of subnets) {
    const zone = writtenZone(context, subnet);
    const before = zone === undefined ? undefined : taken.get(`${subnet.vpc} ${zone}`);
    if (before !== undefined) {
      const reason = `${before} and ${subnet.address} are both in ${zone}, and AWS takes one subnet a zone`;
      context.problems.add(invalid(site, { reason, nextStep: 'keep one of them' }));
    }
    if (zone !== undefined) taken.set(`${subnet.vpc} ${zone}`, subnet.address);
  }
}

/** At least two zones; two subnets without a written zone may be in two. */
export function refuseSingleZone(context: BuildContext, { subnets, site }: Chosen): void {
  if (subnets.length >= 2 || subnets.length === 0) return;
  const reason = `it has ${subnets[0]?.address} alone, and AWS asks for subnets in two zones`;
  context.problems.add(invalid(site, { reason, nextStep: 'name a subnet of another zone' }));
}

function writtenZone(
  context: BuildContext,
  { address, availabilityZone, isDefault }: EndpointSubnet,
): string | undefined {
  if (isDefault === true) return availabilityZone;
  const fields = context.resource(address)?.fields;
  return find(
    context,
    () => fields?.textIfKnown('availability_zone') ?? fields?.textIfKnown('availability_zone_id'),
  ).value;
}
