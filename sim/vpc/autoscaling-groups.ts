/**
 * Machines of auto-scaling groups: the desired number of each, over its subnets in the order in which they are listed.
 * AWS also balances over zones, and starts with any of them; which subnet gets the odd machine is the simulator's choice.
 */

import { type Fields, invalid, unsupported } from '../terraform/index.ts';
import { type BuildContext, type OpenBlock, requiredReferenceIn } from './build-context.ts';
import {
  LAUNCH_TEMPLATE,
  type LaunchTemplate,
  readLaunchTemplate,
  refuseOldVersion,
} from './launch-templates.ts';
import { groupsOf, type MachineContext, type MachinePlan, PROGRAM_TAG } from './machine-plan.ts';
import { SUBNET, type WrittenSubnet } from './subnets.ts';

const INERT = [
  'capacity_rebalance',
  'context',
  'default_cooldown',
  'default_instance_warmup',
  'desired_capacity_type',
  'enabled_metrics',
  'force_delete',
  'force_delete_warm_pool',
  'health_check_grace_period',
  'health_check_type',
  'ignore_failed_scaling_activities',
  'initial_lifecycle_hook',
  'instance_lifecycle_policy',
  'instance_maintenance_policy',
  'instance_refresh',
  'max_instance_lifetime',
  'max_size',
  'metrics_granularity',
  'min_elb_capacity',
  'name',
  'name_prefix',
  'placement_group',
  'protect_from_scale_in',
  'service_linked_role_arn',
  'suspended_processes',
  'termination_policies',
  'wait_for_capacity_timeout',
  'wait_for_elb_capacity',
];

/** More machines than this in one group are a mistake here: each becomes a namespace. */
const CAPACITY_MAX = 1000;

export function planAutoscalingGroups(options: MachineContext): readonly MachinePlan[] {
  return options.context.resources('aws_autoscaling_group').flatMap((open) => {
    const { address, block, fields } = open;
    const template = templateOf(open, options);
    const subnets = subnetsOf(fields, options);
    const capacity = capacityOf(fields);
    const tags = new Map([...template.tags, ...propagatedTags(fields)]);
    fields.refuseUnread({ inert: INERT });
    const userData = tags.has(PROGRAM_TAG) ? template.userData() : undefined;
    return Array.from({ length: capacity }, (_, index): MachinePlan => {
      const subnet = subnets[index % subnets.length];
      if (subnet === undefined) throw new TypeError(`${address} has no subnets`);
      return {
        address,
        terraformName: block.name,
        subnet,
        securityGroups: groupsOf(template.securityGroups, { ...options, vpc: subnet.vpc }),
        isPublic: template.isPublic ?? subnet.mapsPublicAddress,
        tags,
        ...(userData === undefined ? {} : { userData }),
      };
    });
  });
}

function templateOf({ fields }: OpenBlock, { context }: MachineContext): LaunchTemplate {
  const [reference, ...others] = fields.blocks('launch_template');
  if (reference === undefined || others.length > 0) {
    const reason = 'only groups with one launch_template are modelled';
    throw unsupported(fields.siteOf('launch_template'), {
      reason,
      nextStep: 'give the group a launch template',
    });
  }
  refuseOldVersion(reference);
  const template = namedTemplate(reference, context) ?? referredTemplate(reference, context);
  reference.refuseUnread({ inert: [] });
  return readLaunchTemplate(template);
}

/** A template that sets its own name is found by it: a reference to that name is the name. */
function namedTemplate(reference: Fields, context: BuildContext): OpenBlock | undefined {
  const name = reference.textIfKnown('name');
  if (name === undefined) return undefined;
  return context.resources('aws_launch_template').find(({ fields }) => fields.textIfKnown('name') === name);
}

function referredTemplate(reference: Fields, context: BuildContext): OpenBlock {
  const name = reference.isWritten('id') ? 'id' : 'name';
  const { address } = requiredReferenceIn(context, reference, { name, targets: LAUNCH_TEMPLATE });
  const template = context
    .resources('aws_launch_template')
    .find((candidate) => candidate.address === address);
  if (template === undefined) throw new TypeError(`no launch template ${address} is in the configuration`);
  return template;
}

function subnetsOf(fields: Fields, { context, subnets }: MachineContext): readonly WrittenSubnet[] {
  const listed = fields.list('vpc_zone_identifier').map((found) => context.refer(found, SUBNET).address);
  const known = listed.map((address) => subnets.find((subnet) => subnet.address === address));
  const found = known.filter((subnet) => subnet !== undefined);
  if (found.length > 0) return found;
  throw invalid(fields.siteOf('vpc_zone_identifier'), {
    reason: 'it names no subnet',
    nextStep: 'name at least one',
  });
}

function capacityOf(fields: Fields): number {
  const min = fields.required('min_size', fields.number('min_size'));
  const capacity = fields.number('desired_capacity') ?? min;
  if (Number.isInteger(capacity) && capacity >= 0 && capacity <= CAPACITY_MAX) return capacity;
  const reason = `${capacity} is not a number of machines`;
  throw invalid(fields.siteOf('desired_capacity'), { reason, nextStep: `give 0 to ${CAPACITY_MAX}` });
}

/** Where the template names a tag too, the group's value is the one that a machine gets. */
function propagatedTags(fields: Fields): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const tag of fields.blocks('tag')) {
    const key = tag.required('key', tag.text('key'));
    const isPropagated = tag.required('propagate_at_launch', tag.boolean('propagate_at_launch'));
    if (isPropagated) tags.set(key, tag.required('value', tag.text('value')));
    else tag.value('value');
    tag.refuseUnread({ inert: [] });
  }
  return tags;
}
