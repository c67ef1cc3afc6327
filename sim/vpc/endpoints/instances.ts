/** Single machines: `aws_instance`, with its first interface. Its others are `aws_network_interface`s of their own. */

import { type Fields, placeOf } from '../../terraform/index.ts';
import type { OpenBlock } from '../build-context.ts';
import { requiredReferenceIn } from '../build-context.ts';
import type { UnknownCause } from '../model.ts';
import { PROGRAM_TAG } from '../program-tag.ts';
import type { EndpointContext, EndpointSubnet } from './endpoint-input.ts';
import type { InterfacePlan, PublicChoice } from './interface-plan.ts';
import { launchFrom } from './launch-templates.ts';
import { type MachineLaunch, NO_LAUNCH } from './machine-launch.ts';
import { machineTags, ownUserData, programData } from './machine-program.ts';
import {
  ipv6In,
  NETWORK_INTERFACE,
  noteMiddlebox,
  noteSecondary,
  planNetworkInterface,
} from './network-interfaces.ts';
import { type Found, find, findBlocks, findUnread, joined, withCause } from './partly-known.ts';
import {
  defaultSubnets,
  groupsByName,
  groupsIn,
  groupsInForce,
  noDefaultSubnet,
  subnetIn,
} from './placement.ts';

const INERT = [
  'ami',
  'arn',
  'availability_zone',
  'capacity_reservation_specification',
  'cpu_core_count',
  'cpu_options',
  'cpu_threads_per_core',
  'credit_specification',
  'disable_api_stop',
  'disable_api_termination',
  'ebs_block_device',
  'ebs_optimized',
  'enable_primary_ipv6',
  'enclave_options',
  'ephemeral_block_device',
  'force_destroy',
  'get_password_data',
  'hibernation',
  'host_id',
  'host_resource_group_arn',
  'iam_instance_profile',
  'instance_initiated_shutdown_behavior',
  'instance_market_options',
  'instance_type',
  'key_name',
  'maintenance_options',
  'metadata_options',
  'monitoring',
  'placement_group',
  'placement_group_id',
  'placement_partition_number',
  'private_dns_name_options',
  'region',
  'root_block_device',
  'tags_all',
  'tenancy',
  // Read only for a machine that runs a program.
  'user_data',
  'user_data_base64',
  'user_data_replace_on_change',
  'volume_tags',
];

/** The machines, and which interfaces are their first. */
export interface PlannedInstances {
  readonly plans: readonly InterfacePlan[];
  readonly firstInterfaces: ReadonlySet<string>;
}

export function planInstances(context: EndpointContext): PlannedInstances {
  const firstInterfaces = new Set<string>();
  const plans = context.context.resources('aws_instance').flatMap((open) => {
    const launch = launchOf(context, open.fields);
    const existing = existingInterface(context, open.fields);
    const plan =
      existing === undefined
        ? newInterface(context, open, launch)
        : taken(context, open, existing, firstInterfaces);
    if (plan === undefined) return [];
    const { address, block, fields } = open;
    const tags = new Map([
      ...context.context.settings.defaultTags,
      ...launch.tags,
      ...machineTags(context.context, fields),
    ]);
    const data = programData(context.context, tags, () => ownUserData(fields) ?? launch.userData());
    noteMiddlebox(context.context, open);
    noteSecondary(context.context, open, secondaryCount(context, fields));
    const unread = findUnread(context.context, { address, type: block.type, fields }, { inert: INERT });
    const groupsCause = plan.groupsCause ?? unread;
    const machine = { tags, ...data };
    const name = tags.get(PROGRAM_TAG) ?? plan.name;
    return [{ ...plan, name, machine, ...(groupsCause === undefined ? {} : { groupsCause }) }];
  });
  return { plans, firstInterfaces };
}

function launchOf(context: EndpointContext, fields: Fields): MachineLaunch {
  const blocks = findBlocks(context.context, fields, 'launch_template');
  const [reference] = blocks.known;
  return reference === undefined
    ? { ...NO_LAUNCH, ...withCause(blocks.cause) }
    : launchFrom(context, reference);
}

/** The interface of its own that the machine has as its first, where there is one. */
function existingInterface(context: EndpointContext, fields: Fields): Found<string> | undefined {
  const { context: build } = context;
  const first = [
    ...findBlocks(build, fields, 'network_interface').known.filter(
      (block) => (find(build, () => block.number('device_index')).value ?? 0) === 0,
    ),
    ...findBlocks(build, fields, 'primary_network_interface').known,
  ][0];
  if (first === undefined) return undefined;
  const reference = { name: 'network_interface_id', targets: NETWORK_INTERFACE };
  return find(build, () => requiredReferenceIn(build, first, reference).address);
}

function taken(
  context: EndpointContext,
  open: OpenBlock,
  existing: Found<string>,
  firstInterfaces: Set<string>,
): InterfacePlan | undefined {
  const { address, block } = open;
  const found = existing.value === undefined ? undefined : context.context.resource(existing.value);
  if (found === undefined) {
    if (existing.cause)
      context.unplaced({ endpoint: address, address, kind: 'instance', cause: existing.cause });
    return undefined;
  }
  firstInterfaces.add(found.address);
  const plan = planNetworkInterface(context, found);
  const place = placeOf(block);
  const holders = [address, found.address];
  return plan && { ...plan, address, endpoint: address, kind: 'instance', place, name: block.name, holders };
}

function newInterface(
  context: EndpointContext,
  open: OpenBlock,
  launch: MachineLaunch,
): InterfacePlan | undefined {
  const { address, block, fields } = open;
  const { context: build } = context;
  const subnet = subnetFor(context, fields, launch);
  if (subnet.value === undefined) {
    if (subnet.cause) context.unplaced({ endpoint: address, address, kind: 'instance', cause: subnet.cause });
    return undefined;
  }
  const own = joined([
    groupsIn(context, fields, 'vpc_security_group_ids'),
    groupsByName(context, fields, 'security_groups'),
  ]);
  const isOwn = own.known.length > 0 || own.cause !== undefined;
  const groups = groupsInForce(context, isOwn ? own : launch.groups, {
    vpc: subnet.value.vpc,
    owner: "the machine's subnet",
  });
  const groupsCause = groups.cause ?? (isOwn ? undefined : launch.cause);
  const fixed = find(build, () => fields.text('private_ip'));
  const site = fields.siteOf('private_ip');
  const asked = find(build, () => fields.boolean('associate_public_ip_address'));
  const isSaid = asked.value !== undefined || asked.cause !== undefined;
  return {
    address,
    endpoint: address,
    kind: 'instance',
    place: placeOf(block),
    name: block.name,
    subnet: subnet.value,
    securityGroups: groups.securityGroups,
    ...(groupsCause === undefined ? {} : { groupsCause }),
    publicChoice: publicChoice(
      subnet.value,
      isSaid ? asked : launch.publicAddress,
      isSaid ? undefined : launch.cause,
    ),
    ...(fixed.value === undefined ? {} : { fixedAddress: { value: fixed.value, site } }),
    ...(ipv6In(build, fields, { list: ['ipv6_addresses'] }) ?? ipv6By(subnet.value, launch, fields)),
    holders: [address],
  };
}

/** What a machine's launch says, else its subnet. */
export function publicChoice(
  subnet: EndpointSubnet,
  asked: Found<boolean>,
  launchCause: UnknownCause | undefined,
): PublicChoice {
  const cause = asked.cause ?? (asked.value === undefined ? launchCause : undefined);
  if (cause !== undefined) return { isPublic: false, cause };
  if (asked.value !== undefined) return { isPublic: asked.value };
  const unknown = subnet.mapsPublicAddressUnknown;
  return unknown === undefined ? { isPublic: subnet.mapsPublicAddress } : { isPublic: false, cause: unknown };
}

export function ipv6By(
  subnet: EndpointSubnet,
  launch: MachineLaunch,
  fields: Fields,
): Pick<InterfacePlan, 'ipv6'> {
  return launch.hasIpv6 || subnet.assignsIpv6 === true ? { ipv6: { site: fields.site } } : {};
}

function subnetFor(context: EndpointContext, fields: Fields, launch: MachineLaunch): Found<EndpointSubnet> {
  const own = subnetIn(context, fields, 'subnet_id');
  if (own.value !== undefined || own.cause !== undefined) return own;
  if (launch.subnet.value !== undefined || launch.subnet.cause !== undefined) return launch.subnet;
  if (launch.cause !== undefined) return { cause: launch.cause };
  const zone = find(context.context, () => fields.text('availability_zone'));
  if (zone.cause !== undefined) return { cause: zone.cause };
  const [first] = defaultSubnets(context, zone.value === undefined ? [] : [zone.value]);
  return first === undefined ? { cause: noDefaultSubnet(fields.site) } : { value: first };
}

function secondaryCount(context: EndpointContext, fields: Fields): number {
  const listed = find(context.context, () => fields.list('secondary_private_ips'));
  if (listed.cause !== undefined) return 1;
  return listed.value?.length ?? 0;
}
