/** `aws_launch_configuration`, what auto-scaling groups had before launch templates. */

import { toText } from '../../terraform/index.ts';
import {
  type BuildContext,
  type OpenBlock,
  type ReferenceTargets,
  requiredReferenceIn,
} from '../build-context.ts';
import type { EndpointContext } from './endpoint-input.ts';
import { type MachineLaunch, NO_LAUNCH } from './machine-launch.ts';
import { ownUserData } from './machine-program.ts';
import { find, findUnread, withCause } from './partly-known.ts';
import { groupsByName } from './placement.ts';

const LAUNCH_CONFIGURATION: ReferenceTargets = {
  what: 'an aws_launch_configuration',
  attributes: { aws_launch_configuration: ['id', 'name'] },
};

const INERT = [
  'ebs_block_device',
  'ebs_optimized',
  'enable_monitoring',
  'ephemeral_block_device',
  'iam_instance_profile',
  'image_id',
  'instance_type',
  'key_name',
  'metadata_options',
  'name',
  'name_prefix',
  'placement_tenancy',
  'region',
  'root_block_device',
  'spot_price',
  'user_data',
  'user_data_base64',
];

/** What the group's `launch_configuration` names. */
export function launchByConfiguration(context: EndpointContext, { fields }: OpenBlock): MachineLaunch {
  const found = find(context.context, () => configurationAt(context.context, fields));
  if (found.value === undefined) return { ...NO_LAUNCH, ...withCause(found.cause) };
  const { address, block, fields: read } = found.value;
  const groups = groupsByName(context, read, 'security_groups');
  const publicAddress = find(context.context, () => read.boolean('associate_public_ip_address'));
  const unread = findUnread(context.context, { address, type: block.type, fields: read }, { inert: INERT });
  const userData = () => ownUserData(read);
  return { ...NO_LAUNCH, groups, publicAddress, userData, ...withCause(unread) };
}

function configurationAt(context: BuildContext, fields: OpenBlock['fields']): OpenBlock {
  const configurations = context.resources('aws_launch_configuration');
  const written = toText(fields.value('launch_configuration')?.value ?? null);
  const named = configurations.find(
    (candidate) => written !== undefined && candidate.fields.textIfKnown('name') === written,
  );
  if (named !== undefined) return named;
  const field = { name: 'launch_configuration', targets: LAUNCH_CONFIGURATION };
  const { address } = requiredReferenceIn(context, fields, field);
  const found = configurations.find((candidate) => candidate.address === address);
  if (found === undefined) throw new TypeError(`no launch configuration ${address} is in the configuration`);
  return found;
}
