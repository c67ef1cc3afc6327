/** Interface endpoints: one interface in each of their subnets, never with a public address. */

import { type Fields, invalid } from '../../terraform/index.ts';
import { type OpenBlock, type ReferenceTargets, referenceIn, requiredReferenceIn } from '../build-context.ts';
import type { UnknownCause } from '../model.ts';
import type { EndpointContext, EndpointSubnet } from './endpoint-input.ts';
import { isOneOf } from './field-paths.ts';
import type { InterfacePlan } from './interface-plan.ts';
import { PRIVATE, planMembers } from './members.ts';
import { find, findBlocks, joined, type Partly, withCause } from './partly-known.ts';
import {
  defaultGroup,
  distinctSubnets,
  type Groups,
  groupsInForce,
  groupsListed,
  type ListedGroup,
  subnetAt,
  subnetsIn,
} from './placement.ts';
import { type FixedAddresses, fixedIn } from './written-addresses.ts';
import { refuseSharedZone } from './zone-mistakes.ts';

const ENDPOINT: ReferenceTargets = { what: 'an aws_vpc_endpoint', attributes: { aws_vpc_endpoint: ['id'] } };
const VPC: ReferenceTargets = {
  what: 'an aws_vpc',
  attributes: { aws_vpc: ['id'], aws_default_vpc: ['id'] },
};

export function planInterfaceEndpoints(context: EndpointContext): readonly InterfacePlan[] {
  const { context: build } = context;
  const { associated, subnetsCause, groupsCause } = associations(context);
  return build.resources('aws_vpc_endpoint').flatMap((open) => {
    const { fields } = open;
    const type = find(build, () => fields.text('vpc_endpoint_type')).value;
    if (type !== 'Interface') return [];
    const added = associated.get(open.address);
    const named = subnetsFor(context, fields, added);
    const subnets = ofVpc(context, open, { ...named, ...withCause(named.cause ?? subnetsCause) });
    refuseSharedZone(build, { subnets: subnets.known, site: fields.siteOf('subnet_ids') });
    return planMembers(context, open, {
      kind: 'interface-endpoint',
      prefix: 'endpoint',
      subnets,
      groupsIn: (vpc) => groupsFor(context, fields, { vpc, added, anywhere: groupsCause }),
      publicChoice: () => PRIVATE,
      hasIpv6:
        isOneOf(build, fields, { at: 'ip_address_type', values: ['dualstack', 'ipv6'] }).value ?? false,
      fixed: fixedBySubnet(context, fields),
    });
  });
}

const SUBNETS = 'aws_vpc_endpoint_subnet_association';
const GROUPS = 'aws_vpc_endpoint_security_group_association';

interface Associated {
  readonly subnets: Partly<EndpointSubnet>[];
  readonly groups: Partly<ListedGroup>[];
  replacesDefault: boolean;
}

interface Associations {
  /** By the endpoint's address. */
  readonly associated: ReadonlyMap<string, Associated>;
  /** Why any endpoint may have further subnets, or groups. */
  readonly subnetsCause?: UnknownCause | undefined;
  readonly groupsCause?: UnknownCause | undefined;
}

function associations(context: EndpointContext): Associations {
  const { context: build } = context;
  let [subnetsCause] = build.unexpanded(SUBNETS);
  let [groupsCause] = build.unexpanded(GROUPS);
  const byEndpoint = new Map<string, Associated>();
  const of = ({ address, block, fields }: OpenBlock): Associated | undefined => {
    const found = find(build, () =>
      requiredReferenceIn(build, fields, { name: 'vpc_endpoint_id', targets: ENDPOINT }),
    );
    if (found.cause) {
      const touches = `the interface endpoint that ${address} means`;
      build.note({ ...found.cause, type: block.type, touches });
      if (block.type === SUBNETS) subnetsCause ??= found.cause;
      else groupsCause ??= found.cause;
    }
    if (found.value === undefined) return undefined;
    const one = byEndpoint.get(found.value.address) ?? { subnets: [], groups: [], replacesDefault: false };
    byEndpoint.set(found.value.address, one);
    return one;
  };
  for (const open of build.resources(SUBNETS)) {
    const found = find(build, () => open.fields.required('subnet_id', open.fields.value('subnet_id')));
    const subnet = found.value && find(build, () => found.value && subnetAt(context, found.value));
    const cause = found.cause ?? subnet?.cause;
    of(open)?.subnets.push({ known: subnet?.value === undefined ? [] : [subnet.value], ...withCause(cause) });
  }
  for (const open of build.resources(GROUPS)) {
    const one = of(open);
    const { fields } = open;
    one?.groups.push(
      groupsListed(context, () => [fields.required('security_group_id', fields.value('security_group_id'))]),
    );
    const replaces = find(build, () => fields.boolean('replace_default_association')).value;
    if (one !== undefined && replaces === true) one.replacesDefault = true;
  }
  return { associated: byEndpoint, subnetsCause, groupsCause };
}

function subnetsFor(
  context: EndpointContext,
  fields: Fields,
  added: Associated | undefined,
): Partly<EndpointSubnet> {
  const all = joined([subnetsIn(context, fields, 'subnet_ids'), ...(added?.subnets ?? [])]);
  return { ...all, known: distinctSubnets(all.known) };
}

function ofVpc(
  context: EndpointContext,
  { address, fields }: OpenBlock,
  subnets: Partly<EndpointSubnet>,
): Partly<EndpointSubnet> {
  const { context: build } = context;
  const vpc = find(build, () => referenceIn(build, fields, { name: 'vpc_id', targets: VPC })).value?.address;
  for (const subnet of subnets.known) {
    if (vpc === undefined || subnet.vpc === vpc) continue;
    const reason = `${subnet.address} belongs to ${subnet.vpc}, ${address} to ${vpc}`;
    const problem = { reason, nextStep: 'choose subnets of the same VPC' };
    build.problems.add(invalid(fields.siteOf('subnet_ids'), problem));
  }
  return subnets;
}

/** Associated groups stand beside the default one, unless one of them takes its place. */
function groupsFor(
  context: EndpointContext,
  fields: Fields,
  options: {
    readonly vpc: string;
    readonly added: Associated | undefined;
    readonly anywhere: UnknownCause | undefined;
  },
): Groups {
  const { vpc, added, anywhere } = options;
  const own = groupsListed(context, () => fields.list('security_group_ids'));
  const isListed = own.known.length > 0 || own.cause !== undefined;
  const all = joined([own, ...(added?.groups ?? []), { known: [], ...withCause(anywhere) }]);
  const groups = groupsInForce(context, all, { vpc });
  if (isListed || added === undefined || added.replacesDefault || anywhere !== undefined) return groups;
  return { ...groups, securityGroups: [...new Set([defaultGroup(context, vpc), ...groups.securityGroups])] };
}

function fixedBySubnet(context: EndpointContext, fields: Fields): ReadonlyMap<string, FixedAddresses> {
  const { context: build } = context;
  const fixed = new Map<string, FixedAddresses>();
  for (const block of findBlocks(build, fields, 'subnet_configuration').known) {
    const subnet = find(build, () =>
      subnetAt(context, block.required('subnet_id', block.value('subnet_id'))),
    );
    if (subnet.value === undefined) continue;
    fixed.set(subnet.value.address, fixedIn(build, block, { ipv4: 'ipv4', ipv6: 'ipv6' }));
  }
  return fixed;
}
