/** Which `aws_instance` has an elastic address, by the address itself or by an association. */

import { invalid, type Reference, type Site } from '../terraform/index.ts';
import {
  type BuildContext,
  type ReferenceTargets,
  referenceIn,
  requiredReferenceIn,
} from './build-context.ts';

const INSTANCE: ReferenceTargets = { what: 'an aws_instance', attributes: { aws_instance: ['id'] } };
const INTERFACE: ReferenceTargets = {
  what: "an aws_instance's primary_network_interface_id",
  attributes: { aws_instance: ['primary_network_interface_id'] },
};
const ALLOCATION: ReferenceTargets = { what: 'an aws_eip', attributes: { aws_eip: ['id', 'allocation_id'] } };
const INERT = [
  'domain',
  'tags',
  'tags_all',
  'network_border_group',
  'public_ipv4_pool',
  'allow_reassociation',
  'ipam_pool_id',
  'address',
];

/** Addresses of the instances. */
export function instancesWithElasticAddress(context: BuildContext): ReadonlySet<string> {
  const holders = new Map<string, string>();
  const used = new Map<string, string>();
  const associate = (eip: string, holder: Reference, site: Site) => {
    const [holderBefore, eipBefore] = [used.get(eip), holders.get(holder.address)];
    if (holderBefore !== undefined || eipBefore !== undefined) {
      const reason =
        holderBefore === undefined
          ? `${holder.address} has ${eipBefore} already`
          : `${holderBefore} has ${eip} already`;
      throw invalid(site, { reason, nextStep: 'give one address to one instance' });
    }
    used.set(eip, holder.address);
    holders.set(holder.address, eip);
  };

  for (const { address, fields } of context.resources('aws_eip')) {
    const holder =
      referenceIn(context, fields, { name: 'instance', targets: INSTANCE }) ??
      referenceIn(context, fields, { name: 'network_interface', targets: INTERFACE });
    fields.refuseUnread({ inert: INERT });
    if (holder !== undefined) associate(address, holder, fields.site);
  }
  for (const { fields } of context.resources('aws_eip_association')) {
    const eip = requiredReferenceIn(context, fields, { name: 'allocation_id', targets: ALLOCATION });
    const holder =
      referenceIn(context, fields, { name: 'instance_id', targets: INSTANCE }) ??
      referenceIn(context, fields, { name: 'network_interface_id', targets: INTERFACE });
    fields.refuseUnread({ inert: INERT });
    associate(eip.address, fields.required('instance_id', holder), fields.site);
  }
  return new Set(holders.keys());
}
