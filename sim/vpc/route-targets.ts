/** What a route leads to. A target that is not modelled, or not known, is carried with its reason. */

import {
  containsCidr,
  type Fields,
  invalid,
  isSymbolic,
  type Located,
  type Problems,
  parseCidr,
  placeOf,
  unsupported,
  type Value,
} from '../terraform/index.ts';
import type { BuildContext, ReferenceTargets } from './build-context.ts';
import { EGRESS_ONLY_GATEWAY, type EgressOnlyGateways } from './egress-only-gateways.ts';
import { INTERNET_GATEWAY, type InternetGateways } from './internet-gateways.ts';
import type { RouteTarget } from './model.ts';
import { NAT_GATEWAY, type NatGateways } from './nat-gateways.ts';
import { PEERING, type PeeringConnections } from './peering-connections.ts';
import type { WrittenVpc } from './vpcs.ts';

export interface Gateways {
  readonly internet: InternetGateways;
  readonly egressOnly: EgressOnlyGateways;
  readonly nat: NatGateways;
  readonly peering: PeeringConnections;
}

export interface TargetContext {
  readonly context: BuildContext;
  readonly gateways: Gateways;
  readonly vpc: WrittenVpc;
  readonly destinations: readonly string[];
}

type Resolve = (found: Located<Value>, options: TargetContext) => RouteTarget;

/** What may stand in `gateway_id`; a virtual private gateway is known and not modelled. */
const GATEWAY: ReferenceTargets = {
  what: INTERNET_GATEWAY.what,
  attributes: { ...INTERNET_GATEWAY.attributes, aws_vpn_gateway: ['id'], aws_vpc_endpoint: ['id'] },
};

const RESOLVE: Readonly<Record<string, Resolve>> = {
  gateway_id: internetGateway,
  nat_gateway_id: natGateway,
  egress_only_gateway_id: egressOnlyGateway,
  vpc_peering_connection_id: peering,
};

/** In the order in which they are looked at; those without a resolution are not modelled. */
const UNMODELLED: Readonly<Record<string, string>> = {
  carrier_gateway_id: 'a carrier gateway is not modelled',
  core_network_arn: 'a core network is not modelled',
  instance_id: 'a machine that forwards packets of others is not modelled',
  local_gateway_id: 'a local gateway is not modelled',
  network_interface_id: 'an interface that forwards packets of others is not modelled',
  odb_network_arn: 'a database network is not modelled',
  transit_gateway_id: 'a transit gateway is not modelled',
  vpc_endpoint_id: 'an endpoint that packets are routed through is not modelled',
};

const FIELDS = [...Object.keys(RESOLVE), ...Object.keys(UNMODELLED)];

/** The one target field that is set. */
export function targetField(fields: Fields): Located<Value> & { readonly name: string } {
  const set = FIELDS.flatMap((name) => {
    const found = fields.value(name);
    return found === undefined || found.value === '' ? [] : [{ ...found, name }];
  });
  const [only, second] = set;
  if (only === undefined) {
    throw invalid(fields.site, { reason: 'the route names no target', nextStep: 'set gateway_id' });
  }
  if (second === undefined) return only;
  const reason = `${only.name} is set as well`;
  throw invalid(second.site, { reason, nextStep: 'give a route one target' });
}

/** Throws where the target is wrong; one that is not known is a target too. */
export function targetOf(
  found: Located<Value> & { readonly name: string },
  options: TargetContext,
): RouteTarget | undefined {
  const attempted = attemptTarget(options.context.problems, () => {
    const inside = insideVpc(options);
    const resolve = RESOLVE[found.name];
    if (inside !== undefined) {
      const reason = `${inside} lies inside ${options.vpc.address}: middlebox routing is not modelled`;
      if (resolve === undefined) return unmodelled(found, options.context, reason);
      throw unsupported(found.site, { reason, nextStep: 'report it' });
    }
    if (resolve !== undefined) return resolve(found, options);
    return unmodelled(found, options.context, UNMODELLED[found.name] ?? `${found.name} is not modelled`);
  });
  return attempted;
}

/** What is not modelled is told by its own address, where it is of this configuration. */
function unmodelled(found: Located<Value>, context: BuildContext, reason: string): RouteTarget {
  const { value, site } = found;
  if (isSymbolic(value) && value.kind === 'reference' && context.typeOf(value.address) !== undefined) {
    return { kind: 'unmodelled', cause: { address: value.address, reason, place: placeOf(site) } };
  }
  throw unsupported(site, { reason, nextStep: 'report it' });
}

function attemptTarget(problems: Problems, run: () => RouteTarget): RouteTarget | undefined {
  const attempted = problems.attempt(run);
  if (attempted.kind === 'unknown') return { kind: 'unmodelled', cause: attempted.cause };
  return attempted.kind === 'known' ? attempted.value : undefined;
}

function insideVpc({ destinations, vpc }: TargetContext): string | undefined {
  const ranges = [...vpc.cidrs, ...vpc.ipv6Cidrs].map(parseCidr).filter((range) => range !== undefined);
  return destinations.find((destination) => {
    const inner = parseCidr(destination);
    return inner !== undefined && ranges.some((outer) => containsCidr(outer, inner));
  });
}

function internetGateway(found: Located<Value>, { context, gateways, vpc }: TargetContext): RouteTarget {
  const { address } = context.refer(found, GATEWAY);
  const type = context.typeOf(address);
  if (type !== 'aws_internet_gateway') {
    const gateway =
      type === 'aws_vpn_gateway'
        ? 'a virtual private gateway'
        : 'an endpoint that packets are routed through';
    return unmodelled(found, context, `${gateway} is not modelled`);
  }
  const cause = gateways.internet.unknown.get(address);
  if (cause !== undefined) return { kind: 'unmodelled', cause };
  const attached = gateways.internet.attached.find((gateway) => gateway.address === address);
  if (attached?.vpc === vpc.address) return { kind: 'internet-gateway', address };
  const reason = `${address} is attached to ${attached?.vpc ?? 'no VPC'}, the route table belongs to ${vpc.address}`;
  throw invalid(found.site, { reason, nextStep: 'route to an internet gateway of the same VPC' });
}

function natGateway(found: Located<Value>, options: TargetContext): RouteTarget {
  const { context, gateways, vpc, destinations } = options;
  const { address } = context.refer(found, NAT_GATEWAY);
  const cause = gateways.nat.unknown.get(address);
  if (cause !== undefined) return { kind: 'unmodelled', cause };
  if (destinations.some((destination) => destination.includes(':'))) {
    const reason = 'IPv6 by a NAT gateway (NAT64) is not modelled';
    throw unsupported(found.site, { reason, nextStep: 'report it' });
  }
  const plan = gateways.nat.plans.find((candidate) => candidate.address === address);
  if (plan === undefined || plan.vpc === vpc.address) return { kind: 'nat-gateway', address };
  const reason = `${address} belongs to ${plan.vpc}, the route table to ${vpc.address}`;
  throw invalid(found.site, { reason, nextStep: 'route to a NAT gateway of the same VPC' });
}

function egressOnlyGateway(found: Located<Value>, options: TargetContext): RouteTarget {
  const { context, gateways, vpc, destinations } = options;
  const { address } = context.refer(found, EGRESS_ONLY_GATEWAY);
  if (destinations.some((destination) => !destination.includes(':'))) {
    const reason = 'an egress-only internet gateway carries IPv6 alone';
    throw invalid(found.site, { reason, nextStep: 'give the route an IPv6 destination' });
  }
  const cause = gateways.egressOnly.unknown.get(address);
  if (cause !== undefined) return { kind: 'unmodelled', cause };
  const gateway = gateways.egressOnly.known.find((candidate) => candidate.address === address);
  if (gateway === undefined || gateway.vpc === vpc.address) {
    return { kind: 'egress-only-internet-gateway', address };
  }
  const reason = `${address} belongs to ${gateway.vpc}, the route table to ${vpc.address}`;
  throw invalid(found.site, { reason, nextStep: 'route to a gateway of the same VPC' });
}

function peering(found: Located<Value>, { context, gateways, vpc }: TargetContext): RouteTarget {
  const address = gateways.peering.connectionOf(context.refer(found, PEERING).address);
  const cause = gateways.peering.unknown.get(address);
  if (cause !== undefined) return { kind: 'unmodelled', cause };
  const connection = gateways.peering.known.find((candidate) => candidate.address === address);
  if (connection === undefined || [connection.requester, connection.accepter].includes(vpc.address)) {
    return { kind: 'peering', address };
  }
  const reason = `${address} connects ${connection.requester} and ${connection.accepter}, the route table belongs to ${vpc.address}`;
  throw invalid(found.site, { reason, nextStep: 'route to a peering connection of the same VPC' });
}
