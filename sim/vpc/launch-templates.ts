/** What a launch template says about the machines that are made from it. */

import {
  type Fields,
  invalid,
  isSymbolic,
  type Located,
  unsupported,
  type Value,
} from '../terraform/index.ts';
import type { OpenBlock, ReferenceTargets } from './build-context.ts';
import { decodedUserData, PROGRAM_TAG } from './machine-plan.ts';
import { readTags } from './tags.ts';

export interface LaunchTemplate {
  readonly securityGroups: readonly Located<Value>[];
  /** Absent: the subnet decides. */
  readonly isPublic?: boolean;
  readonly tags: ReadonlyMap<string, string>;
  /** Read when asked for: a machine that runs no program does not need it. */
  readonly userData: () => string | undefined;
}

export const LAUNCH_TEMPLATE: ReferenceTargets = {
  what: 'an aws_launch_template',
  attributes: { aws_launch_template: ['id', 'name'] },
};

/** After a first apply they are the same. */
const NEWEST = ['latest_version', 'default_version'];

const INERT = [
  'block_device_mappings',
  'capacity_reservation_specification',
  'cpu_options',
  'credit_specification',
  'default_version',
  'description',
  'disable_api_stop',
  'disable_api_termination',
  'ebs_optimized',
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
  'tags',
  'tags_all',
  'update_default_version',
  'user_data',
];
const INERT_OF_INTERFACE = [
  'delete_on_termination',
  'description',
  'ena_queue_count',
  'ena_srd_specification',
];

export function readLaunchTemplate({ fields }: OpenBlock): LaunchTemplate {
  const listed = fields.list('vpc_security_group_ids');
  const [primary, second] = fields.blocks('network_interfaces');
  if (second !== undefined) {
    const reason = 'machines with several interfaces are not modelled';
    throw unsupported(second.site, { reason, nextStep: 'keep one interface' });
  }
  if (primary !== undefined && listed.length > 0) {
    const reason = 'AWS takes no groups here when the template has a network interface';
    throw invalid(fields.siteOf('vpc_security_group_ids'), {
      reason,
      nextStep: 'put them into network_interfaces',
    });
  }
  const isPublic = primary?.boolean('associate_public_ip_address');
  const securityGroups = primary === undefined ? listed : primary.list('security_groups');
  const tags = instanceTags(fields);
  if (primary !== undefined) refuseUnreadOfInterface(primary);
  fields.refuseUnread({ inert: INERT });
  return {
    securityGroups,
    tags,
    userData: () => decodedUserData(fields, 'user_data'),
    ...(isPublic === undefined ? {} : { isPublic }),
  };
}

/** A configuration knows the newest version's text; an older one's is not in it. */
export function refuseOldVersion(fields: Fields): void {
  const found = fields.value('version');
  if (found === undefined || found.value === '$Latest' || found.value === '$Default') return;
  if (isSymbolic(found.value) && found.value.kind === 'reference' && NEWEST.includes(found.value.attribute))
    return;
  const reason = 'it names a version whose text is not in the configuration';
  throw unsupported(found.site, { reason, nextStep: "use $Latest, or the template's latest_version" });
}

function instanceTags(fields: Fields): ReadonlyMap<string, string> {
  const specifications = fields.blocks('tag_specifications').map((specification) => {
    const isForInstances = specification.text('resource_type') === 'instance';
    return isForInstances ? [...readTags(specification, { needed: [PROGRAM_TAG] })] : [];
  });
  return new Map(specifications.flat());
}

function refuseUnreadOfInterface(primary: Fields): void {
  const index = primary.number('device_index') ?? 0;
  const card = primary.number('network_card_index') ?? 0;
  const type = primary.text('interface_type') ?? 'interface';
  if (index !== 0 || card !== 0 || type !== 'interface') {
    const reason = 'only an ordinary first interface is modelled';
    throw unsupported(primary.site, { reason, nextStep: 'leave device_index and interface_type out' });
  }
  primary.refuseUnread({ inert: INERT_OF_INTERFACE, off: ['associate_carrier_ip_address'] });
}
