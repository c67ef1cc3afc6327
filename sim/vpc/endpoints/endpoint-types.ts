/** The resource types that endpoints are built from. */

import { PLAIN_INTERFACES } from './plain-interfaces.ts';

export const ENDPOINT_TYPES: ReadonlySet<string> = new Set([
  'aws_alb',
  'aws_alb_listener',
  'aws_alb_listener_rule',
  'aws_alb_target_group',
  'aws_alb_target_group_attachment',
  'aws_autoscaling_attachment',
  'aws_autoscaling_group',
  'aws_autoscaling_traffic_source_attachment',
  'aws_ecs_service',
  'aws_ecs_task_set',
  'aws_eip',
  'aws_eip_association',
  'aws_eks_node_group',
  'aws_elb',
  'aws_elb_attachment',
  'aws_instance',
  'aws_launch_configuration',
  'aws_launch_template',
  'aws_lb',
  'aws_lb_listener',
  'aws_lb_listener_rule',
  'aws_lb_target_group',
  'aws_lb_target_group_attachment',
  'aws_network_interface',
  'aws_network_interface_attachment',
  'aws_network_interface_sg_attachment',
  'aws_vpc_endpoint_security_group_association',
  'aws_vpc_endpoint_subnet_association',
  ...PLAIN_INTERFACES.flatMap(({ type, subnets, publicByMembers }) => [
    type,
    ...('group' in subnets ? [subnets.type] : []),
    ...(publicByMembers === undefined ? [] : [publicByMembers.type]),
  ]),
]);
