/** Groups that are given to an interface from outside: `aws_network_interface_sg_attachment`. */

import { invalid } from '../../terraform/index.ts';
import { requiredReferenceIn } from '../build-context.ts';
import type { UnknownCause } from '../model.ts';
import { INTERFACE } from './elastic-addresses.ts';
import type { EndpointContext } from './endpoint-input.ts';
import type { InterfacePlan } from './interface-plan.ts';
import { find } from './partly-known.ts';
import { groupsListed } from './placement.ts';

/** The plans with these groups beside their own. */
export function withAttachedGroups(
  context: EndpointContext,
  plans: readonly InterfacePlan[],
): readonly InterfacePlan[] {
  const { context: build } = context;
  const attached = new Map<string, { readonly groups: string[]; cause?: UnknownCause }>();
  let [anywhere] = build.unexpanded('aws_network_interface_sg_attachment');
  for (const { address, block, fields } of build.resources('aws_network_interface_sg_attachment')) {
    const name = { name: 'network_interface_id', targets: INTERFACE };
    const holder = find(build, () => requiredReferenceIn(build, fields, name));
    const listed = groupsListed(context, () => [
      fields.required('security_group_id', fields.value('security_group_id')),
    ]);
    if (holder.cause) {
      anywhere ??= holder.cause;
      build.note({
        ...holder.cause,
        type: block.type,
        touches: `which interface the group of ${address} is given to`,
      });
    }
    const plan = plans.find(
      ({ holders }) => holder.value !== undefined && holders.includes(holder.value.address),
    );
    if (plan === undefined) continue;
    const one = attached.get(plan.endpoint) ?? { groups: [] };
    attached.set(plan.endpoint, one);
    if (listed.cause) one.cause ??= listed.cause;
    for (const group of listed.known) {
      one.groups.push(group.address);
      if (context.securityGroups.isUsableIn(group.address, plan.subnet.vpc)) continue;
      const reason = `${group.address} belongs to ${group.vpc}, ${plan.endpoint} to ${plan.subnet.vpc}`;
      const nextStep = 'choose a security group of the same VPC';
      build.problems.add(invalid(group.site, { reason, nextStep }));
    }
  }
  return plans.map((plan) => {
    const one = attached.get(plan.endpoint);
    const mayHaveOthers = plan.kind === 'instance' || plan.kind === 'network-interface';
    const cause = plan.groupsCause ?? one?.cause ?? (mayHaveOthers ? anywhere : undefined);
    const securityGroups = [...new Set([...plan.securityGroups, ...(one?.groups ?? [])])];
    return { ...plan, securityGroups, ...(cause === undefined ? {} : { groupsCause: cause }) };
  });
}
