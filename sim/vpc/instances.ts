/** Single machines: `aws_instance`. */

import { type Fields, unsupported } from '../terraform/index.ts';
import { requiredReferenceIn } from './build-context.ts';
import {
  decodeBase64,
  decodedUserData,
  groupsOf,
  type MachineContext,
  type MachinePlan,
  PROGRAM_TAG,
} from './machine-plan.ts';
import { SUBNET } from './subnets.ts';
import { readTags } from './tags.ts';

const INERT = [
  'ami',
  'availability_zone',
  'capacity_reservation_specification',
  'cpu_options',
  'credit_specification',
  'disable_api_stop',
  'disable_api_termination',
  'ebs_block_device',
  'ebs_optimized',
  'enclave_options',
  'ephemeral_block_device',
  'force_destroy',
  'get_password_data',
  'hibernation',
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
  'root_block_device',
  'tags_all',
  'tenancy',
  // Read only for a machine that runs a program.
  'user_data',
  'user_data_base64',
  'user_data_replace_on_change',
  'volume_tags',
];

export function planInstances(
  options: MachineContext & { readonly defaultTags: ReadonlyMap<string, string> },
): readonly MachinePlan[] {
  const { context, subnets, defaultTags } = options;
  return context.resources('aws_instance').map(({ address, block, fields }): MachinePlan => {
    const { address: subnetAddress } = requiredReferenceIn(context, fields, {
      name: 'subnet_id',
      targets: SUBNET,
    });
    const subnet = subnets.find((candidate) => candidate.address === subnetAddress);
    if (subnet === undefined) throw new TypeError(`no subnet ${subnetAddress} was built`);
    const tags = new Map([...defaultTags, ...readTags(fields, { needed: [PROGRAM_TAG] })]);
    const privateIp = fields.text('private_ip');
    const userData = tags.has(PROGRAM_TAG) ? userDataIn(fields) : undefined;
    refuseMiddlebox(fields);
    const plan = {
      address,
      terraformName: block.name,
      subnet,
      securityGroups: groupsOf(fields.list('vpc_security_group_ids'), { ...options, vpc: subnet.vpc }),
      isPublic: fields.boolean('associate_public_ip_address') ?? subnet.mapsPublicAddress,
      tags,
      ...(privateIp === undefined
        ? {}
        : { privateAddress: { value: privateIp, site: fields.siteOf('private_ip') } }),
      ...(userData === undefined ? {} : { userData }),
    };
    fields.refuseUnread({ inert: INERT, off: ['enable_primary_ipv6'] });
    return plan;
  });
}

/** The provider encodes `user_data` unless it is base64 already. */
function userDataIn(fields: Fields): string | undefined {
  const encoded = decodedUserData(fields, 'user_data_base64');
  const text = fields.text('user_data');
  return encoded ?? (text === undefined ? undefined : (decodeBase64(text) ?? text));
}

function refuseMiddlebox(fields: Fields): void {
  if (fields.boolean('source_dest_check') !== false) return;
  const reason = 'a machine that forwards packets of others is not modelled';
  throw unsupported(fields.siteOf('source_dest_check'), { reason, nextStep: 'remove it, or report it' });
}
