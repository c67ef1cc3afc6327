/** Which network ACL is in force for a subnet: the one that names it or is associated with it, else the VPC's default one. */

import { invalid, type Located, type Value } from '../terraform/index.ts';
import { type BuildContext, requiredReferenceIn } from './build-context.ts';
import type { UnknownCause } from './model.ts';
import { NETWORK_ACL, type NetworkAcls, type WrittenAcl } from './network-acls.ts';
import { noteCause, startReading } from './reading.ts';
import type { InForce } from './route-table-associations.ts';
import { SUBNET, type Subnets } from './subnets.ts';
import { UNKNOWN_VPC } from './vpcs.ts';

const TOUCHES = 'subnets without a network ACL of their own';

interface Chosen {
  readonly byAddress: Map<string, InForce>;
  /** An ACL that may be any subnet's, by the VPC of that ACL; `UNKNOWN_VPC` for every VPC. */
  readonly anywhere: Map<string, UnknownCause>;
}

/** By the address of the subnet. */
export function networkAclsInForce(
  context: BuildContext,
  options: { readonly acls: NetworkAcls; readonly subnets: Subnets },
): ReadonlyMap<string, InForce> {
  const { acls, subnets } = options;
  const vpcOf = new Map(subnets.placed.map(({ address, vpc }) => [address, vpc]));
  const chosen: Chosen = { byAddress: new Map(), anywhere: new Map() };
  const associate = (found: Located<Value>, acl: WrittenAcl) =>
    associateOne(context, { found, acl, vpcOf, chosen });

  for (const acl of acls.written.values()) {
    for (const subnet of acl.subnets) associate(subnet, acl);
    if (acl.unknownSubnets !== undefined) chosen.anywhere.set(acl.vpc, acl.unknownSubnets);
  }
  addAssociations(context, { acls, chosen, associate });
  return new Map(
    subnets.placed.map(({ address, vpc, doubt }): [string, InForce] => {
      const explicit = chosen.byAddress.get(address);
      const anywhere = chosen.anywhere.get(vpc) ?? chosen.anywhere.get(UNKNOWN_VPC) ?? acls.unknownAdoption;
      const uncertain = doubt ?? (explicit === undefined ? anywhere : explicit.uncertain);
      const isKnown = explicit !== undefined && explicit.uncertain === undefined;
      const acl = isKnown ? explicit.address : acls.defaultOf(vpc);
      return [address, { address: acl, ...(uncertain && { uncertain }) }];
    }),
  );
}

function associateOne(
  context: BuildContext,
  options: {
    readonly found: Located<Value>;
    readonly acl: WrittenAcl;
    readonly vpcOf: ReadonlyMap<string, string>;
    readonly chosen: Chosen;
  },
): void {
  const { found, acl, vpcOf, chosen } = options;
  const subnet = context.problems.attempt(() => context.refer(found, SUBNET).address);
  if (subnet.kind === 'unknown') {
    noteCause(context, subnet.cause, TOUCHES);
    chosen.anywhere.set(acl.vpc, subnet.cause);
  }
  if (subnet.kind !== 'known') return;
  const refuse = (reason: string, nextStep: string) =>
    context.problems.add(invalid(found.site, { reason, nextStep }));
  const before = chosen.byAddress.get(subnet.value);
  if (before !== undefined) {
    refuse(
      `${subnet.value} is already associated with ${before.address}`,
      'associate a subnet with one network ACL',
    );
    return;
  }
  const vpc = vpcOf.get(subnet.value);
  if (vpc !== undefined && vpc !== acl.vpc && acl.vpc !== UNKNOWN_VPC) {
    const reason = `${subnet.value} belongs to ${vpc}, ${acl.address} to ${acl.vpc}`;
    refuse(reason, 'choose a network ACL of the same VPC');
  }
  chosen.byAddress.set(subnet.value, { address: acl.address });
}

function addAssociations(
  context: BuildContext,
  options: {
    readonly acls: NetworkAcls;
    readonly chosen: Chosen;
    readonly associate: (found: Located<Value>, acl: WrittenAcl) => void;
  },
): void {
  const { acls, chosen, associate } = options;
  const [unexpanded] = ['aws_network_acl', 'aws_network_acl_association'].flatMap(context.unexpanded);
  if (unexpanded !== undefined) chosen.anywhere.set(UNKNOWN_VPC, unexpanded);
  for (const { fields } of context.resources('aws_network_acl_association')) {
    const reading = startReading(context, fields);
    const reference = { name: 'network_acl_id', targets: NETWORK_ACL };
    const acl = reading.get(() => acls.addressOf(requiredReferenceIn(context, fields, reference)), undefined);
    const subnet = reading.get(() => fields.required('subnet_id', fields.value('subnet_id')), undefined);
    const cause = reading.finish({ inert: [] }, TOUCHES);
    const written = acl === undefined ? undefined : acls.written.get(acl);
    if (cause === undefined && written !== undefined && subnet !== undefined) associate(subnet, written);
    if (cause === undefined) continue;
    const named = subnet && context.problems.attempt(() => context.refer(subnet, SUBNET).address);
    if (named?.kind === 'known') {
      const address = chosen.byAddress.get(named.value)?.address;
      if (address === undefined) chosen.byAddress.set(named.value, { address: '', uncertain: cause });
    } else chosen.anywhere.set(written?.vpc ?? UNKNOWN_VPC, cause);
  }
}
