/** Launch templates: which one a `launch_template` block means, and what it says about machines. */

import { type Fields, invalid, isSymbolic, toText, unsupported } from '../../terraform/index.ts';
import { type OpenBlock, type ReferenceTargets, requiredReferenceIn } from '../build-context.ts';
import type { UnknownCause } from '../model.ts';
import type { EndpointContext } from './endpoint-input.ts';
import { type MachineLaunch, NO_LAUNCH } from './machine-launch.ts';
import { decodedUserData, machineTags } from './machine-program.ts';
import { find, findBlocks, findUnread, joined, NOTHING, withCause } from './partly-known.ts';
import { groupsIn, subnetIn } from './placement.ts';

const LAUNCH_TEMPLATE: ReferenceTargets = {
  what: 'an aws_launch_template',
  attributes: { aws_launch_template: ['id', 'name', 'arn'] },
};

/** After a first apply they are the same. */
const NEWEST = ['latest_version', 'default_version'];

const INERT = [
  'arn',
  'block_device_mappings',
  'capacity_reservation_specification',
  'cpu_options',
  'credit_specification',
  'default_version',
  'description',
  'disable_api_stop',
  'disable_api_termination',
  'ebs_optimized',
  'elastic_gpu_specifications',
  'elastic_inference_accelerator',
  'enclave_options',
  'hibernation_options',
  'iam_instance_profile',
  'image_id',
  'instance_initiated_shutdown_behavior',
  'instance_market_options',
  'instance_requirements',
  'instance_type',
  'kernel_id',
  'key_name',
  'latest_version',
  'license_specification',
  'maintenance_options',
  'metadata_options',
  'monitoring',
  'name',
  'name_prefix',
  'network_performance_options',
  'placement',
  'private_dns_name_options',
  'ram_disk_id',
  'region',
  'tags',
  'tags_all',
  'update_default_version',
  'user_data',
];
const INERT_OF_INTERFACE = [
  'connection_tracking_specification',
  'delete_on_termination',
  'description',
  'device_index',
  'ena_queue_count',
  'ena_srd_specification',
  'interface_type',
  'network_card_index',
  'primary_ipv6',
];

/** The template that the block names, read; with what is not known about it. */
export function launchFrom(context: EndpointContext, reference: Fields): MachineLaunch {
  const version = find(context.context, () => refuseOldVersion(reference));
  const template = find(context.context, () => templateAt(context, reference));
  const launch = template.value === undefined ? NO_LAUNCH : readLaunchTemplate(context, template.value);
  const cause = template.cause ?? version.cause ?? launch.cause;
  return { ...launch, ...withCause(cause) };
}

/** A template that sets its own name is found by it: a reference to that name is the name. */
function templateAt(context: EndpointContext, reference: Fields): OpenBlock {
  const key = ['id', 'launch_template_id'].find((name) => reference.isWritten(name));
  const name = reference.isWritten('launch_template_name') ? 'launch_template_name' : 'name';
  const templates = context.context.resources('aws_launch_template');
  const written = key === undefined ? toText(reference.value(name)?.value ?? null) : undefined;
  const named =
    written === undefined
      ? undefined
      : templates.find(({ fields }) => fields.textIfKnown('name') === written);
  if (named !== undefined) return named;
  const field = { name: key ?? name, targets: LAUNCH_TEMPLATE };
  const { address } = requiredReferenceIn(context.context, reference, field);
  const template = templates.find((candidate) => candidate.address === address);
  if (template === undefined) throw new TypeError(`no launch template ${address} is in the configuration`);
  return template;
}

function readLaunchTemplate(context: EndpointContext, open: OpenBlock): MachineLaunch {
  const { fields, address } = open;
  const listed = groupsIn(context, fields, 'vpc_security_group_ids');
  const named = fields.isWritten('security_group_names')
    ? { known: [], ...withCause(namedGroups(open)) }
    : NOTHING;
  const interfaces = findBlocks(context.context, fields, 'network_interfaces');
  const primary = interfaces.known.find((one) => isFirst(context, one));
  noteFurther(
    context,
    open,
    interfaces.known.filter((one) => one !== primary),
  );
  const own = joined([listed, named]);
  if (primary !== undefined && own.known.length > 0) {
    const reason = 'AWS takes no groups here when the template has a network interface';
    const nextStep = 'put them into network_interfaces';
    context.context.problems.add(invalid(fields.siteOf('vpc_security_group_ids'), { reason, nextStep }));
  }
  const ofInterface = primary === undefined ? undefined : readInterface(context, open, primary);
  const tags = instanceTags(context, fields);
  const unread = findUnread(context.context, { address, type: open.block.type, fields }, { inert: INERT });
  return {
    ...NO_LAUNCH,
    groups: own,
    ...ofInterface,
    tags,
    userData: () => decodedUserData(fields, 'user_data'),
    ...withCause(interfaces.cause ?? ofInterface?.cause ?? unread),
  };
}

function readInterface(context: EndpointContext, open: OpenBlock, primary: Fields) {
  const { context: build } = context;
  const publicAddress = find(build, () => primary.boolean('associate_public_ip_address'));
  const groups = groupsIn(context, primary, 'security_groups');
  const subnet = subnetIn(context, primary, 'subnet_id');
  const count = find(build, () => primary.number('ipv6_address_count'));
  const existing = primary.isWritten('network_interface_id') || primary.isWritten('private_ip_address');
  const unread = findUnread(
    build,
    { address: open.address, type: open.block.type, fields: primary },
    {
      inert: [...INERT_OF_INTERFACE, ...(existing ? [] : ['network_interface_id'])],
      off: ['associate_carrier_ip_address'],
    },
  );
  return {
    publicAddress,
    groups,
    subnet,
    hasIpv6: (count.value ?? 0) > 0,
    ...withCause(count.cause ?? unread),
  };
}

function isFirst(context: EndpointContext, fields: Fields): boolean {
  const number = (name: string) => find(context.context, () => fields.number(name)).value ?? 0;
  return number('device_index') === 0 && number('network_card_index') === 0;
}

/** What enters and leaves by the first interface does not depend on the others. */
function noteFurther(context: EndpointContext, open: OpenBlock, further: readonly Fields[]): void {
  for (const { site } of further) {
    const reason = 'only the first interface of machines that a template makes is modelled';
    const { cause } = find(context.context, () => {
      throw unsupported(site, { reason, nextStep: 'keep one interface, or report it' });
    });
    if (cause === undefined) continue;
    const touches = `packets of the further interfaces of machines made from ${open.address}`;
    context.context.note({ ...cause, type: open.block.type, touches });
  }
}

function namedGroups({ address }: OpenBlock): UnknownCause {
  return { address, reason: 'security_group_names: groups by name are not modelled in a template' };
}

/** A configuration knows the newest version's text; an older one's is not in it. */
function refuseOldVersion(fields: Fields): true {
  const found = fields.value('version');
  if (found === undefined || found.value === '$Latest' || found.value === '$Default') return true;
  if (isSymbolic(found.value) && found.value.kind === 'reference' && NEWEST.includes(found.value.attribute)) {
    return true;
  }
  const reason = 'it names a version whose text is not in the configuration';
  throw unsupported(found.site, { reason, nextStep: "use $Latest, or the template's latest_version" });
}

function instanceTags(context: EndpointContext, fields: Fields): ReadonlyMap<string, string> {
  const { context: build } = context;
  const specifications = findBlocks(build, fields, 'tag_specifications').known.map((specification) => {
    const type = find(build, () => specification.text('resource_type')).value;
    return type === 'instance' ? [...machineTags(build, specification)] : [];
  });
  return new Map(specifications.flat());
}
