/** Endpoints of which it is not known how many there are: by the address of their resource, and nowhere. */

import type { EndpointKind } from '../model.ts';
import type { EndpointContext } from './endpoint-input.ts';
import { PLAIN_INTERFACES } from './plain-interfaces.ts';

const KINDS: Readonly<Record<string, EndpointKind>> = {
  aws_alb: 'load-balancer',
  aws_autoscaling_group: 'autoscaling-member',
  aws_ecs_service: 'ecs-task',
  aws_ecs_task_set: 'ecs-task',
  aws_eks_node_group: 'autoscaling-member',
  aws_elb: 'load-balancer',
  aws_instance: 'instance',
  aws_lb: 'load-balancer',
  aws_network_interface: 'network-interface',
  aws_vpc_endpoint: 'interface-endpoint',
  ...Object.fromEntries(PLAIN_INTERFACES.map(({ type, kind }) => [type, kind])),
};

export function addUnexpanded(context: EndpointContext): void {
  for (const [type, kind] of Object.entries(KINDS)) {
    for (const cause of context.context.unexpanded(type)) {
      context.unplaced({ endpoint: cause.address, address: cause.address, kind, cause });
    }
  }
}
