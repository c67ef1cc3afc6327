/**
 * Machines of auto-scaling groups: the desired number of each, at least one so that it can be judged, over its subnets
 * by address. AWS also balances over zones, and starts with any of them; which subnet gets the odd machine is the
 * simulator's choice.
 */

import { type Fields, invalid, placeOf } from '../../terraform/index.ts';
import type { BuildContext, OpenBlock } from '../build-context.ts';
import { PROGRAM_TAG } from '../program-tag.ts';
import type { EndpointContext, EndpointSubnet } from './endpoint-input.ts';
import { ipv6By, publicChoice } from './instances.ts';
import type { InterfacePlan } from './interface-plan.ts';
import { launchByConfiguration } from './launch-configurations.ts';
import { launchFrom } from './launch-templates.ts';
import { type MachineLaunch, NO_LAUNCH } from './machine-launch.ts';
import { programData } from './machine-program.ts';
import { find, findBlocks, findEach, findUnread, type Partly, withCause } from './partly-known.ts';
import { defaultSubnets, groupsInForce, noDefaultSubnet, subnetsIn } from './placement.ts';

const INERT = [
  'arn',
  'availability_zone_distribution',
  'capacity_rebalance',
  'capacity_reservation_specification',
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
  'load_balancers',
  'max_instance_lifetime',
  'max_size',
  'metrics_granularity',
  'min_elb_capacity',
  'name',
  'name_prefix',
  'placement_group',
  'protect_from_scale_in',
  'region',
  'service_linked_role_arn',
  'suspended_processes',
  'tags',
  // Which load balancers send to it is read there.
  'target_group_arns',
  'termination_policies',
  'traffic_source',
  'wait_for_capacity_timeout',
  'wait_for_elb_capacity',
  'warm_pool',
];

/** More machines than this in one group are a mistake here: each becomes a namespace. */
const CAPACITY_MAX = 1000;

export function planAutoscalingGroups(context: EndpointContext): readonly InterfacePlan[] {
  return context.context.resources('aws_autoscaling_group').flatMap((open) => {
    const { address, block, fields } = open;
    const { context: build } = context;
    const launch = launchOf(context, open);
    const subnets = subnetsOf(context, fields);
    const tags = new Map([...launch.tags, ...propagatedTags(build, fields)]);
    const machine = { tags, ...programData(build, tags, launch.userData) };
    const capacity = capacityOf(build, open, subnets.known.length);
    const unread = findUnread(build, { address, type: block.type, fields }, { inert: INERT });
    if (subnets.cause) {
      // Some of its machines may stand in a subnet that is not known.
      const endpoint = `${address}#${subnets.known.length === 0 ? 0 : (capacity ?? 0)}`;
      context.unplaced({ endpoint, address, kind: 'autoscaling-member', cause: subnets.cause });
    }
    if (subnets.known.length === 0 || capacity === undefined) return [];
    return Array.from({ length: capacity }, (_, index): InterfacePlan => {
      const subnet = subnets.known[index % subnets.known.length];
      if (subnet === undefined) throw new TypeError(`${address} has no subnets`);
      const groups = groupsInForce(context, launch.groups, {
        vpc: subnet.vpc,
        owner: "the machine's subnet",
      });
      const groupsCause = groups.cause ?? launch.cause ?? unread;
      return {
        address,
        endpoint: `${address}#${index}`,
        kind: 'autoscaling-member',
        place: placeOf(block),
        name: tags.get(PROGRAM_TAG) ?? block.name,
        subnet,
        securityGroups: groups.securityGroups,
        ...(groupsCause === undefined ? {} : { groupsCause }),
        publicChoice: publicChoice(subnet, launch.publicAddress, launch.cause),
        ...ipv6By(subnet, launch, fields),
        holders: [],
        machine,
      };
    });
  });
}

function launchOf(context: EndpointContext, open: OpenBlock): MachineLaunch {
  const { context: build } = context;
  const { fields } = open;
  const direct = findBlocks(build, fields, 'launch_template');
  const mixed = findBlocks(build, fields, 'mixed_instances_policy');
  const specified = mixed.known
    .flatMap((policy) => findBlocks(build, policy, 'launch_template').known)
    .flatMap((template) => findBlocks(build, template, 'launch_template_specification').known);
  const [reference] = [...direct.known, ...specified];
  if (reference !== undefined) return launchFrom(context, reference);
  const cause = direct.cause ?? mixed.cause;
  if (cause !== undefined) return { ...NO_LAUNCH, cause };
  if (find(build, () => fields.value('launch_configuration')).value === undefined) {
    const reason = 'it says neither by launch_template nor otherwise what its machines are made from';
    const nextStep = 'give the group a launch template';
    build.problems.add(invalid(fields.siteOf('launch_template'), { reason, nextStep }));
    return NO_LAUNCH;
  }
  return launchByConfiguration(context, open);
}

function subnetsOf(context: EndpointContext, fields: Fields): Partly<EndpointSubnet> {
  const { context: build } = context;
  const listed = subnetsIn(context, fields, 'vpc_zone_identifier');
  if (listed.known.length > 0 || listed.cause !== undefined) return listed;
  const zones = findEach(
    build,
    () => fields.list('availability_zones'),
    ({ value }) => String(value),
  );
  if (zones.known.length === 0 && zones.cause === undefined) {
    const problem = { reason: 'it names no subnet', nextStep: 'name at least one' };
    build.problems.add(invalid(fields.siteOf('vpc_zone_identifier'), problem));
    return listed;
  }
  const known = defaultSubnets(context, zones.known);
  const cause = zones.cause ?? (known.length === 0 ? noDefaultSubnet(fields.site) : undefined);
  return { known, ...withCause(cause) };
}

/** Where it is not known, every subnet gets one: which they are is what counts. */
function capacityOf(context: BuildContext, open: OpenBlock, subnets: number): number | undefined {
  const { address, block, fields } = open;
  const least = find(context, () => fields.required('min_size', fields.number('min_size')));
  const desired = find(context, () => fields.number('desired_capacity'));
  const cause = least.cause ?? desired.cause;
  const capacity = Math.max(least.value ?? 0, desired.value ?? 0, 1);
  for (const [name, { value }] of [
    ['min_size', least],
    ['desired_capacity', desired],
  ] as const) {
    if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= CAPACITY_MAX)) continue;
    const reason = `${value} is not a number of machines`;
    context.problems.add(invalid(fields.siteOf(name), { reason, nextStep: `give 0 to ${CAPACITY_MAX}` }));
    return undefined;
  }
  if (cause === undefined) return capacity;
  context.note({ ...cause, type: block.type, touches: `how many machines ${address} has` });
  return Math.max(capacity, subnets);
}

/** Where the template names a tag too, the group's value is the one that a machine gets. */
function propagatedTags(context: BuildContext, fields: Fields): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const tag of findBlocks(context, fields, 'tag').known) {
    const key = find(context, () => tag.required('key', tag.text('key'))).value;
    const propagates = find(context, () =>
      tag.required('propagate_at_launch', tag.boolean('propagate_at_launch')),
    );
    if (key === undefined || propagates.value !== true) continue;
    const value = find(context, () => tag.required('value', tag.text('value')));
    if (value.value !== undefined) tags.set(key, value.value);
  }
  return tags;
}
