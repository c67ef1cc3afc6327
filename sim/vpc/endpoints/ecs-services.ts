/**
 * ECS services whose tasks have interfaces of their own (awsvpc): one task for each subnet, however many there will be.
 * Tasks of other services use the interfaces of the machines that they run on, and are judged as these.
 */

import type { EndpointContext } from './endpoint-input.ts';
import type { InterfacePlan } from './interface-plan.ts';
import { planMembers, publicBy } from './members.ts';
import { find, findBlocks, NOTHING } from './partly-known.ts';
import { groupsIn, groupsInForce, subnetsIn } from './placement.ts';

const TYPES = ['aws_ecs_service', 'aws_ecs_task_set'];

export function planEcsServices(context: EndpointContext): readonly InterfacePlan[] {
  const { context: build } = context;
  return TYPES.flatMap((type) => build.resources(type)).flatMap((open) => {
    const blocks = findBlocks(build, open.fields, 'network_configuration');
    const [network] = blocks.known;
    if (network === undefined && blocks.cause === undefined) return [];
    const listed = network === undefined ? NOTHING : groupsIn(context, network, 'security_groups');
    const assigned = network === undefined ? {} : find(build, () => network.boolean('assign_public_ip'));
    return planMembers(context, open, {
      kind: 'ecs-task',
      prefix: 'ecs',
      subnets: network === undefined ? { ...blocks, known: [] } : subnetsIn(context, network, 'subnets'),
      groupsIn: (vpc) => groupsInForce(context, listed, { vpc }),
      publicChoice: () => publicBy(assigned),
    });
  });
}
