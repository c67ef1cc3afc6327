/** Whether a service names no subnets and so lands in those of the account's default VPC. */

import type { Fields } from '../../terraform/index.ts';
import type { BuildContext } from '../build-context.ts';
import { find } from './partly-known.ts';
import { PLAIN_INTERFACES, type PlainInterfaces } from './plain-interfaces.ts';

export function hasServicesInDefaultVpc(context: BuildContext): boolean {
  return PLAIN_INTERFACES.filter(({ otherwise }) => otherwise === 'default-vpc').some((row) =>
    context.resources(row.type).some(({ fields }) => isThere(context, fields, row)),
  );
}

function isThere(context: BuildContext, fields: Fields, row: PlainInterfaces): boolean {
  const { subnets, unlessWritten, replicaOf } = row;
  if ([unlessWritten, replicaOf].some((name) => name !== undefined && fields.isWritten(name))) return false;
  const path = 'group' in subnets ? subnets.group : 'at' in subnets ? subnets.at : subnets.one;
  const [name = ''] = path.split('.');
  const written = find(context, () => fields.value(name));
  return written.cause === undefined && (written.value === undefined || written.value.value === 'default');
}
