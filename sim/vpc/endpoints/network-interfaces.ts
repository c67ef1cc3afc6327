/**
 * Network interfaces with a block of their own. One that a machine has as its first is that machine's; every other is
 * an endpoint by itself, attached or not.
 */

import { type Fields, placeOf, toText } from '../../terraform/index.ts';
import type { BuildContext, OpenBlock, ReferenceTargets } from '../build-context.ts';
import type { EndpointContext } from './endpoint-input.ts';
import type { InterfacePlan, Written } from './interface-plan.ts';
import { find, findEach, findUnread } from './partly-known.ts';
import { groupsIn, groupsInForce, subnetAt } from './placement.ts';

export const NETWORK_INTERFACE: ReferenceTargets = {
  what: 'an aws_network_interface',
  attributes: { aws_network_interface: ['id'] },
};

const INERT = [
  'arn',
  'attachment',
  'description',
  'enable_primary_ipv6',
  'id',
  'interface_type',
  'ipv6_address_list_enabled',
  'mac_address',
  'private_dns_name',
  'private_ip_list_enabled',
  'region',
  'tags',
  'tags_all',
];

/** An endpoint of its own; undefined where it cannot be placed. */
export function planNetworkInterface(context: EndpointContext, open: OpenBlock): InterfacePlan | undefined {
  const { address, block, fields } = open;
  const build = context.context;
  const subnet = find(build, () =>
    subnetAt(context, fields.required('subnet_id', fields.value('subnet_id'))),
  );
  if (subnet.value === undefined) {
    if (subnet.cause) {
      context.unplaced({ endpoint: address, address, kind: 'network-interface', cause: subnet.cause });
    }
    return undefined;
  }
  const groups = groupsInForce(context, groupsIn(context, fields, 'security_groups'), {
    vpc: subnet.value.vpc,
  });
  const addresses = privateAddressesOf(build, fields);
  noteMiddlebox(build, open);
  noteSecondary(build, open, addresses.count);
  const ipv6 = ipv6In(build, fields, { list: ['ipv6_addresses', 'ipv6_address_list'] });
  const unread = findUnread(build, { address, type: block.type, fields }, { inert: INERT });
  const groupsCause = groups.cause ?? addresses.cause ?? unread;
  return {
    address,
    endpoint: address,
    kind: 'network-interface',
    place: placeOf(block),
    name: `eni-${block.name}`,
    subnet: subnet.value,
    securityGroups: groups.securityGroups,
    ...(groupsCause === undefined ? {} : { groupsCause }),
    publicChoice: { isPublic: false },
    ...(addresses.first === undefined ? {} : { fixedAddress: addresses.first }),
    ...(ipv6 ?? (subnet.value.assignsIpv6 === true ? { ipv6: { site: fields.site } } : {})),
    holders: [address],
  };
}

/** The first of its fixed addresses, and how many there are beside it. */
function privateAddressesOf(context: BuildContext, fields: Fields) {
  const single = find(context, () => fields.text('private_ip'));
  const listed = ['private_ips', 'private_ip_list'].map((name) =>
    findEach(
      context,
      () => fields.list(name),
      ({ value, site }): Written => ({ value: toText(value) ?? '', site }),
    ),
  );
  const further = find(context, () => fields.number('private_ips_count')).value ?? 0;
  const all = listed.flatMap(({ known }) => known);
  const [first] = all;
  const count = Math.max(all.length - 1, 0) + further;
  const cause = single.cause ?? listed.find((one) => one.cause !== undefined)?.cause;
  if (single.value === undefined) return { first, count, cause };
  return { first: { value: single.value, site: fields.siteOf('private_ip') }, count, cause };
}

/** What fields of an interface or a machine say of IPv6; undefined: the subnet decides. */
export function ipv6In(
  context: BuildContext,
  fields: Fields,
  names: { readonly list: readonly string[] },
): { readonly ipv6?: NonNullable<InterfacePlan['ipv6']> } | undefined {
  for (const name of names.list) {
    const listed = find(context, () => fields.list(name)).value ?? [];
    const [first] = listed;
    if (first === undefined) continue;
    const fixed = toText(first.value);
    const { site } = first;
    return { ipv6: { site, ...(fixed === undefined ? {} : { fixed: { value: fixed, site } }) } };
  }
  const count = find(context, () => fields.number('ipv6_address_count')).value;
  if (count === undefined) return undefined;
  return count > 0 ? { ipv6: { site: fields.siteOf('ipv6_address_count') } } : {};
}

export function noteMiddlebox(context: BuildContext, { address, block, fields }: OpenBlock): void {
  const check = find(context, () => fields.boolean('source_dest_check'));
  if (check.cause === undefined && check.value !== false) return;
  context.note({
    type: block.type,
    address,
    reason: 'source_dest_check: a machine that forwards packets of others is not modelled',
    touches: `packets that ${address} forwards for others`,
    place: placeOf(fields.siteOf('source_dest_check')),
  });
}

export function noteSecondary(context: BuildContext, { address, block }: OpenBlock, count: number): void {
  if (count <= 0) return;
  context.note({
    type: block.type,
    address,
    reason: 'only the first private address of an interface is modelled',
    touches: `packets to and from the further private addresses of ${address}`,
    place: placeOf(block),
  });
}
