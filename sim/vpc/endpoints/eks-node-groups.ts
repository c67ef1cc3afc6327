/** Machines of EKS node groups: one for each subnet. Without a launch template that names groups EKS gives them its own. */

import type { EndpointContext } from './endpoint-input.ts';
import { publicChoice } from './instances.ts';
import type { InterfacePlan } from './interface-plan.ts';
import { launchFrom } from './launch-templates.ts';
import { NO_LAUNCH } from './machine-launch.ts';
import { planMembers } from './members.ts';
import { findBlocks, withCause } from './partly-known.ts';
import { groupsInForce, subnetsIn } from './placement.ts';

export function planEksNodeGroups(context: EndpointContext): readonly InterfacePlan[] {
  const { context: build } = context;
  return build.resources('aws_eks_node_group').flatMap((open) => {
    const { address, fields } = open;
    const blocks = findBlocks(build, fields, 'launch_template');
    const [template] = blocks.known;
    const launch =
      template === undefined ? { ...NO_LAUNCH, ...withCause(blocks.cause) } : launchFrom(context, template);
    const made = { address, reason: 'its security group is the cluster security group, which EKS makes' };
    return planMembers(context, open, {
      kind: 'autoscaling-member',
      prefix: 'eks',
      subnets: subnetsIn(context, fields, 'subnet_ids'),
      groupsIn: (vpc) => {
        const groups = groupsInForce(context, launch.groups, { vpc, whenNone: 'unfiltered' });
        const cause = groups.cause ?? launch.cause ?? (groups.securityGroups.length === 0 ? made : undefined);
        return { securityGroups: groups.securityGroups, ...withCause(cause) };
      },
      publicChoice: (subnet) => publicChoice(subnet, launch.publicAddress, launch.cause),
    });
  });
}
