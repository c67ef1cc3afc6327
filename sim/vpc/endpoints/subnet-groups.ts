/** Subnet groups of databases and caches: the subnets of the one that a field names, by reference or by its name. */

import {
  convertOr,
  type Fields,
  isSymbolic,
  type Located,
  toText,
  unresolved,
  type Value,
} from '../../terraform/index.ts';
import type { OpenBlock } from '../build-context.ts';
import type { EndpointContext, EndpointSubnet } from './endpoint-input.ts';
import { find, type Partly, withCause } from './partly-known.ts';
import { defaultSubnets, noDefaultSubnet, subnetsIn } from './placement.ts';

/** Attributes that tell a group from others, and under which it is referred to. */
const NAMES = ['name', 'replication_subnet_group_id'];

/** Undefined where none is named. */
export function subnetsOfGroup(
  context: EndpointContext,
  fields: Fields,
  { at, type }: { readonly at: string; readonly type: string },
): Partly<EndpointSubnet> | undefined {
  const written = find(context.context, () => fields.value(at));
  if (written.cause !== undefined) return { known: [], cause: written.cause };
  if (written.value === undefined) return undefined;
  // Every account has one of this name in its default VPC.
  if (written.value.value === 'default') return inDefaultVpc(context, fields);
  const found = written.value;
  const group = find(context.context, () => groupAt(context, found, type));
  if (group.value === undefined) return { known: [], ...withCause(group.cause) };
  return subnetsIn(context, group.value.fields, 'subnet_ids');
}

export function inDefaultVpc(context: EndpointContext, fields: Fields): Partly<EndpointSubnet> {
  const known = defaultSubnets(context);
  return known.length > 0 ? { known } : { known, cause: noDefaultSubnet(fields.site) };
}

function groupAt(context: EndpointContext, found: Located<Value>, type: string): OpenBlock {
  const groups = context.context.resources(type);
  if (isSymbolic(found.value)) {
    const targets = { what: `an ${type}`, attributes: { [type]: ['id', ...NAMES] } };
    const { address } = context.context.refer(found, targets);
    const group = groups.find((candidate) => candidate.address === address);
    if (group !== undefined) return group;
  }
  // AWS keeps the names in lower case.
  const name = convertOr(found, 'a string', toText).toLowerCase();
  const group = groups.find(({ fields }) =>
    NAMES.some((attribute) => fields.textIfKnown(attribute)?.toLowerCase() === name),
  );
  if (group !== undefined) return group;
  const reason = `no ${type} of the name "${name}" is in the configuration`;
  throw unresolved(found.site, { reason, nextStep: `refer to an ${type}` });
}
