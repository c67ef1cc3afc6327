/** The interfaces of services as the table of plain interfaces says where to find them. */

import { type Fields, isSymbolic, toText } from '../../terraform/index.ts';
import type { BuildContext, OpenBlock } from '../build-context.ts';
import type { EndpointContext, EndpointSubnet } from './endpoint-input.ts';
import { isOneOf, valuesAt } from './field-paths.ts';
import type { InterfacePlan, PublicChoice } from './interface-plan.ts';
import { planMembers, publicBy } from './members.ts';
import { type Found, find, findBlocks, type Partly, withCause } from './partly-known.ts';
import { type Groups, groupsInForce, groupsListed, subnetAt, subnetsListed } from './placement.ts';
import { PLAIN_INTERFACES, type PlainInterfaces } from './plain-interfaces.ts';
import { inDefaultVpc, subnetsOfGroup } from './subnet-groups.ts';
import { type FixedAddresses, fixedIn } from './written-addresses.ts';

export function planPlainInterfaces(context: EndpointContext): readonly InterfacePlan[] {
  return PLAIN_INTERFACES.flatMap((row) =>
    context.context.resources(row.type).flatMap((open) => planOf(context, open, row)),
  );
}

function planOf(context: EndpointContext, open: OpenBlock, row: PlainInterfaces): readonly InterfacePlan[] {
  const { context: build } = context;
  const { fields } = open;
  if (row.unlessWritten !== undefined && fields.isWritten(row.unlessWritten)) return [];
  const applies = row.onlyIf === undefined ? { value: true } : isOneOf(build, fields, row.onlyIf);
  if (applies.value === false) return [];
  const subnets: Partly<EndpointSubnet> =
    applies.value === undefined
      ? { known: [], ...withCause(applies.cause) }
      : subnetsFor(context, fields, row);
  const choice = publicChoiceOf(build, open, row);
  const ipv6 = row.ipv6 === undefined ? {} : isOneOf(build, fields, row.ipv6);
  if (ipv6.cause) build.note({ ...ipv6.cause, type: row.type, touches: `IPv6 packets of ${open.address}` });
  return planMembers(context, open, {
    kind: row.kind,
    prefix: row.prefix,
    subnets,
    isSingle: 'one' in row.subnets,
    groupsIn: (vpc) => groupsFor(context, open, { row, vpc }),
    publicChoice: () => choice,
    hasIpv6: ipv6.value ?? false,
    fixed: fixedAddresses(context, open.fields, row),
  });
}

function subnetsFor(context: EndpointContext, fields: Fields, row: PlainInterfaces): Partly<EndpointSubnet> {
  const listed = namedSubnets(context, fields, row);
  if (listed !== undefined && (listed.known.length > 0 || listed.cause !== undefined)) return listed;
  const source =
    row.replicaOf === undefined ? undefined : replicated(context, fields, { ...row, at: row.replicaOf });
  if (source !== undefined) return source;
  return row.otherwise === 'none' ? { known: [] } : inDefaultVpc(context, fields);
}

function namedSubnets(
  context: EndpointContext,
  fields: Fields,
  { subnets }: PlainInterfaces,
): Partly<EndpointSubnet> | undefined {
  if ('group' in subnets) return subnetsOfGroup(context, fields, { at: subnets.group, type: subnets.type });
  const path = 'at' in subnets ? subnets.at : subnets.one;
  return subnetsListed(context, () => valuesAt(fields, path));
}

/** A replica in the same region stands where its source stands. */
function replicated(
  context: EndpointContext,
  fields: Fields,
  row: PlainInterfaces & { readonly at: string },
): Partly<EndpointSubnet> | undefined {
  const written = find(context.context, () => fields.value(row.at));
  if (written.cause !== undefined) return { known: [], cause: written.cause };
  if (written.value === undefined) return undefined;
  const { value } = written.value;
  const source = context.context.resources(row.type).find(({ address, fields: other }) => {
    if (isSymbolic(value)) return value.kind === 'reference' && value.address === address;
    return find(context.context, () => other.textIfKnown('identifier')).value === toText(value);
  });
  if (source !== undefined && source.address !== fields.site.address) {
    return namedSubnets(context, source.fields, row) ?? inDefaultVpc(context, source.fields);
  }
  const reason = `${row.at}: what it is a replica of is not in the configuration`;
  return { known: [], cause: { address: fields.site.address, reason } };
}

function groupsFor(
  context: EndpointContext,
  { address, fields }: OpenBlock,
  { row, vpc }: { readonly row: PlainInterfaces; readonly vpc: string },
): Groups {
  const path = row.groups;
  const listed = path === undefined ? { known: [] } : groupsListed(context, () => valuesAt(fields, path));
  const isMade = row.withoutGroups === 'made-by-aws';
  const groups = groupsInForce(context, listed, { vpc, whenNone: isMade ? 'unfiltered' : 'default' });
  const made =
    row.addsGroup ??
    (isMade && groups.securityGroups.length === 0 ? 'its security group is one that AWS makes' : undefined);
  return made === undefined ? groups : { cause: { address, reason: made }, ...groups };
}

function publicChoiceOf(context: BuildContext, open: OpenBlock, row: PlainInterfaces): PublicChoice {
  const { fields } = open;
  const listed = row.publicIfListed;
  const choices: Found<boolean>[] = [
    row.publicIf === undefined ? {} : isOneOf(context, fields, row.publicIf),
    listed === undefined ? {} : find(context, () => valuesAt(fields, listed).length > 0),
    ...memberChoices(context, open, row),
  ];
  const isPublic = choices.some(({ value }) => value === true);
  const cause = isPublic ? undefined : choices.find((choice) => choice.cause !== undefined)?.cause;
  return publicBy(cause === undefined ? { value: isPublic } : { cause });
}

/** A cluster is as public as the most public of its members. */
function memberChoices(context: BuildContext, cluster: OpenBlock, row: PlainInterfaces): Found<boolean>[] {
  const { publicByMembers: members } = row;
  if (members === undefined) return [];
  const unexpanded = context.unexpanded(members.type).map((cause) => ({ cause }));
  const choices = context.resources(members.type).flatMap(({ fields }) => {
    const named = find(context, () => fields.value(members.by)).value?.value;
    if (named === undefined) return [];
    const isOfThis = isSymbolic(named)
      ? named.kind !== 'reference' || named.address === cluster.address
      : toText(named) === find(context, () => cluster.fields.textIfKnown('cluster_identifier')).value;
    return isOfThis ? [find(context, () => fields.boolean(members.flag))] : [];
  });
  return [...choices, ...unexpanded];
}

/** Each beside its subnet, in the resource or in a block of its own. */
function fixedAddresses(
  context: EndpointContext,
  fields: Fields,
  { fixed, subnets }: PlainInterfaces,
): ReadonlyMap<string, FixedAddresses> {
  const found = new Map<string, FixedAddresses>();
  if (fixed === undefined || 'group' in subnets) return found;
  const path = ('at' in subnets ? subnets.at : subnets.one).split('.');
  const last = (of: string) => of.split('.').at(-1) ?? of;
  const { context: build } = context;
  const [outer = ''] = path;
  for (const place of path.length > 1 ? findBlocks(build, fields, outer).known : [fields]) {
    const name = path.at(-1) ?? '';
    const subnet = find(build, () => {
      const written = place.value(name);
      return written && subnetAt(context, written);
    }).value;
    if (subnet === undefined) continue;
    found.set(subnet.address, fixedIn(build, place, { ipv4: last(fixed.ipv4), ipv6: last(fixed.ipv6) }));
  }
  return found;
}
