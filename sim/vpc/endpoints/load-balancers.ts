/**
 * Interfaces of load balancers, one in each of their subnets. Those of an internet-facing one have public addresses,
 * whatever the subnet says.
 */

import { type Fields, invalid, placeOf } from '../../terraform/index.ts';
import type { OpenBlock } from '../build-context.ts';
import type { UnknownCause } from '../model.ts';
import type { EndpointContext, EndpointSubnet } from './endpoint-input.ts';
import { isOneOf } from './field-paths.ts';
import type { InterfacePlan, PublicChoice } from './interface-plan.ts';
import { PRIVATE, planMembers } from './members.ts';
import { type Found, find, findBlocks, findEach, joined, type Partly } from './partly-known.ts';
import {
  defaultSubnets,
  distinctSubnets,
  groupsIn,
  groupsInForce,
  subnetAt,
  subnetsIn,
} from './placement.ts';
import { type FixedAddresses, fixedIn } from './written-addresses.ts';
import { refuseSharedZone, refuseSingleZone } from './zone-mistakes.ts';

export const LOAD_BALANCER_TYPES = ['aws_lb', 'aws_alb'];

export type BalancerKind = 'application' | 'network';

export interface PlannedBalancer {
  readonly open: OpenBlock;
  readonly kind: BalancerKind;
  readonly isInternal: boolean;
  readonly plans: readonly InterfacePlan[];
}

export function planLoadBalancers(context: EndpointContext): readonly PlannedBalancer[] {
  const { context: build } = context;
  return LOAD_BALANCER_TYPES.flatMap((type) => build.resources(type)).flatMap((open) => {
    const type = find(build, () => open.fields.text('load_balancer_type') ?? 'application');
    if (type.value === 'application' || type.value === 'network') {
      return [planBalancer(context, open, type.value)];
    }
    refuseType(context, open, type);
    return [];
  });
}

function refuseType(
  context: EndpointContext,
  { address, block, fields }: OpenBlock,
  type: Found<string>,
): void {
  const { context: build } = context;
  const place = placeOf(fields.siteOf('load_balancer_type'));
  if (type.value !== undefined && type.value !== 'gateway') {
    const reason = `"${type.value}" is not a type of load balancer`;
    const nextStep = 'write application, network or gateway';
    build.problems.add(invalid(fields.siteOf('load_balancer_type'), { reason, nextStep }));
    return;
  }
  const reason = 'a gateway load balancer is not modelled';
  const cause = type.cause ?? { address, reason, place };
  build.note({ ...cause, type: block.type, touches: `packets that pass ${address}` });
  context.unplaced({ endpoint: `${address}#0`, address, kind: 'load-balancer', cause });
}

function planBalancer(context: EndpointContext, open: OpenBlock, kind: BalancerKind): PlannedBalancer {
  const { context: build } = context;
  const { fields } = open;
  const mappings = mappingsOf(context, fields);
  const listed = subnetsIn(context, fields, 'subnets');
  const all = joined([listed, { ...mappings, known: mappings.known.map(({ subnet }) => subnet) }]);
  const subnets: Partly<EndpointSubnet> = { ...all, known: distinctSubnets(all.known) };
  const site = fields.siteOf(mappings.known.length > 0 ? 'subnet_mapping' : 'subnets');
  refuseNone(context, open, subnets);
  refuseSharedZone(build, { subnets: subnets.known, site });
  if (kind === 'application' && subnets.cause === undefined) {
    refuseSingleZone(build, { subnets: subnets.known, site });
  }
  const internal = find(build, () => fields.boolean('internal') ?? false);
  const isInternal = internal.value ?? false;
  const family = find(build, () => fields.text('ip_address_type') ?? 'ipv4');
  const choice = publicChoiceOf(internal, family);
  if (family.cause) {
    build.note({ ...family.cause, type: open.block.type, touches: `addresses of ${open.address}` });
  }
  const groups = groupsIn(context, fields, 'security_groups');
  const plans = planMembers(context, open, {
    kind: 'load-balancer',
    prefix: 'lb',
    subnets,
    groupsIn: (vpc) =>
      groupsInForce(context, groups, { vpc, whenNone: kind === 'network' ? 'unfiltered' : 'default' }),
    publicChoice: () => choice,
    hasIpv6: family.value?.startsWith('dualstack') ?? false,
    fixed: new Map(mappings.known.map(({ subnet, fixed }) => [subnet.address, fixed])),
  });
  return { open, kind, isInternal, plans };
}

function publicChoiceOf(internal: Found<boolean>, family: Found<string>): PublicChoice {
  const cause: UnknownCause | undefined =
    internal.cause ?? (internal.value === true ? undefined : family.cause);
  if (cause !== undefined) return { isPublic: false, cause };
  if (internal.value === true || family.value === 'dualstack-without-public-ipv4') return PRIVATE;
  return { isPublic: true };
}

interface Mapping {
  readonly subnet: EndpointSubnet;
  readonly fixed: FixedAddresses;
}

function mappingsOf(context: EndpointContext, fields: Fields): Partly<Mapping> {
  const { context: build } = context;
  const blocks = findBlocks(build, fields, 'subnet_mapping');
  const mapped = blocks.known.map((block): Partly<Mapping> => {
    const found = findEach(
      build,
      () => [block.required('subnet_id', block.value('subnet_id'))],
      (value) => subnetAt(context, value),
    );
    const fixed = fixedIn(build, block, { ipv4: 'private_ipv4_address', ipv6: 'ipv6_address' });
    return { ...found, known: found.known.map((subnet) => ({ subnet, fixed })) };
  });
  return joined([{ ...blocks, known: [] }, ...mapped]);
}

function refuseNone(context: EndpointContext, { fields }: OpenBlock, subnets: Partly<EndpointSubnet>): void {
  if (subnets.known.length > 0 || subnets.cause !== undefined) return;
  const problem = { reason: 'it has no subnet', nextStep: 'name its subnets' };
  context.context.problems.add(invalid(fields.siteOf('subnets'), problem));
}

/** `aws_elb`, the load balancer of old: by its subnets, or by zones of the default VPC. */
export function planClassicBalancers(context: EndpointContext): readonly PlannedBalancer[] {
  const { context: build } = context;
  return build.resources('aws_elb').map((open): PlannedBalancer => {
    const { fields } = open;
    const internal = find(build, () => fields.boolean('internal') ?? false);
    const listed = subnetsIn(context, fields, 'subnets');
    const zones = findEach(
      build,
      () => fields.list('availability_zones'),
      ({ value }) => String(value),
    );
    const ofZones = zones.known.length === 0 ? [] : defaultSubnets(context, zones.known);
    const subnets = joined([listed, { ...zones, known: ofZones }]);
    refuseSharedZone(build, { subnets: subnets.known, site: fields.siteOf('subnets') });
    refuseNone(context, open, subnets);
    const groups = groupsIn(context, fields, 'security_groups');
    const choice = publicChoiceOf(internal, { value: 'ipv4' });
    const hasHttp = isOneOf(build, fields, {
      at: 'listener.lb_protocol',
      values: ['http', 'https', 'HTTP', 'HTTPS'],
    });
    return {
      open,
      kind: hasHttp.value === true ? 'application' : 'network',
      isInternal: internal.value ?? false,
      plans: planMembers(context, open, {
        kind: 'load-balancer',
        prefix: 'elb',
        subnets,
        groupsIn: (vpc) => groupsInForce(context, groups, { vpc }),
        publicChoice: () => choice,
      }),
    };
  });
}
