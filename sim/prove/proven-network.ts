/** A model made ready for the proof: filters, routes and gateways as lines and look-ups, and how lines join along a way. */

import { containsAddress } from '../terraform/index.ts';
import type { NatGateway, RouteTarget, Subnet, UnknownCause, VpcModel } from '../vpc/model.ts';
import { type AddressKey, type AddressKeys, addressKeys } from './address-keys.ts';
import { addressFrom, cidrFrom } from './address-space.ts';
import { ALLOW, type CauseSets, causeSets, DENY } from './cause-sets.ts';
import type { CidrTree } from './cidr-tree.ts';
import { type Filters, filtersOf } from './filters.ts';
import { type Classes, type InterfaceClass, interfaceClasses } from './interface-classes.ts';
import { namedBlocks } from './internet-ranges.ts';
import { type Line, type LineBook, lineBook, rememberedJoin } from './lines.ts';
import { type Path, type Seen, verdictOfRouteBack } from './network-paths.ts';
import {
  type Detours,
  detoursInside,
  type RouteDecision,
  type RouteDecisions,
  routeDecisions,
} from './route-decisions.ts';
import { ICMP_AXIS, TCP_AXIS, UDP_AXIS } from './traffic-axis.ts';

export interface NatCrossing {
  readonly nat: NatGateway;
  readonly subnet: Subnet;
  /** Into its subnet, through it, and out again. */
  readonly lines: readonly Line[];
  readonly decision: RouteDecision;
}

export interface ProvenNetwork {
  readonly tree: CidrTree;
  readonly lines: LineBook;
  readonly causes: CauseSets;
  readonly keys: AddressKeys;
  readonly filters: Filters;
  readonly routes: RouteDecisions;
  readonly detours: Detours;
  readonly classes: Classes;
  readonly never: Line;
  readonly constant: (verdict: number) => Line;
  readonly unknown: (causes: readonly UnknownCause[]) => Line;
  /** What every one of them lets pass. */
  readonly meet: (lines: readonly Line[]) => Line;
  /** Undefined where nothing is delivered. */
  readonly path: (there: readonly Line[], back: readonly Line[]) => Path | undefined;
  /** A packet that may go to a NAT gateway in its own subnet does not cross the subnet's border. */
  readonly skipsAcl: (subnet: Subnet, decision: RouteDecision) => boolean;
  readonly isPeered: (peering: string, ends: { readonly near: string; readonly far: string }) => boolean;
  readonly isInternetExit: (target: RouteTarget, vpc: string) => boolean;
  readonly hasInternetGateway: (vpc: string) => boolean;
  /** What is not known of where the VPC's internet gateway leads packets that enter by it. */
  readonly entering: (vpc: string) => readonly Line[];
  readonly isEndpointIn: (endpoint: string, vpc: string) => boolean;
  /** The VPCs of whose ranges an address is one. */
  readonly vpcsAround: (address: string) => ReadonlySet<string>;
  readonly throughNat: (
    address: string,
    packet: { readonly from: InterfaceClass; readonly key: AddressKey },
  ) => NatCrossing | undefined;
  readonly answerFrom: (
    subnet: Subnet,
    seen: Seen,
    by: 'vpc' | 'peering' | 'internet',
  ) => { readonly lines: readonly Line[]; readonly isLost: boolean };
  /** In at the sender's subnet again, through the NAT gateway where there is one. */
  readonly home: (from: InterfaceClass, key: AddressKey, nat?: NatGateway) => readonly Line[];
}

export function provenNetwork(model: VpcModel): ProvenNetwork {
  const tree = namedBlocks(model);
  const books = { lines: lineBook(), causes: causeSets() };
  const filters = filtersOf(model, tree, books);
  const keys = addressKeys(model, tree);
  const vpcsAround = rangesAround(model);
  const classes = interfaceClasses(model, { keys, filters, rangesAround: vpcsAround });
  const net: ProvenNetwork = {
    tree,
    ...books,
    keys,
    filters,
    routes: routeDecisions(model, tree),
    detours: detoursInside(model, tree),
    classes,
    ...joinsOf(books),
    ...gatewaysOf(model),
    entering: (vpc) => {
      const doubt = model.internetGateways.find((gateway) => gateway.vpc === vpc)?.uncertain;
      return doubt === undefined ? [] : [net.unknown([doubt])];
    },
    vpcsAround,
    throughNat: (address, packet) => throughNat(model, { net, address }, packet),
    skipsAcl: (subnet, { candidates }) =>
      candidates.some(
        (target) =>
          target.kind === 'nat-gateway' &&
          model.natGateways.some((nat) => nat.address === target.address && nat.subnet === subnet.address),
      ),
    answerFrom: (subnet, seen, by) => {
      const acl = seen.nat
        ? filters.aclForNat(subnet, 'egress', { key: seen.key, nat: seen.nat })
        : filters.acl(subnet, 'egress', seen.key);
      if (by === 'vpc') {
        const causes = net.detours(subnet, seen.key.node);
        return causes.length === 0
          ? { lines: [acl], isLost: false }
          : { lines: [acl, net.unknown(causes)], isLost: true };
      }
      const decision = net.routes(subnet, seen.key.node);
      const route = verdictOfRouteBack(net, decision, { subnet, seen, by });
      return { lines: [acl, net.constant(route)], isLost: route !== ALLOW };
    },
    home: (from, key, nat) => {
      const entering = filters.acl(from.subnet, 'ingress', key);
      if (nat === undefined) return [entering];
      const subnet = subnetOf(model, nat.subnet);
      const toNat = filters.aclForNat(subnet, 'ingress', { key, nat });
      if (subnet.address === from.subnet.address) return [toNat];
      return [toNat, filters.acl(subnet, 'egress', from.keys[4]), entering];
    },
  };
  return net;
}

function joinsOf({ lines, causes }: { readonly lines: LineBook; readonly causes: CauseSets }) {
  const and = rememberedJoin(lines, causes.both);
  const constants = new Map<number, Line>();
  const constant = (verdict: number): Line => {
    const found = constants.get(verdict) ?? lines.constant(verdict);
    constants.set(verdict, found);
    return found;
  };
  const never = constant(DENY);
  const always = constant(ALLOW);
  const meet = (parts: readonly Line[]): Line => {
    let sum = always;
    for (const part of parts) {
      if (part === never) return never;
      if (part !== always) sum = sum === always ? part : and(sum, part);
    }
    return sum;
  };
  return {
    never,
    constant,
    meet,
    unknown: (of: readonly UnknownCause[]) => constant(causes.unknown(of)),
    path: (there: readonly Line[], back: readonly Line[]): Path | undefined => {
      const forward = meet(there);
      return forward === never ? undefined : { there: forward, back: meet(back) };
    },
  };
}

function gatewaysOf(
  model: VpcModel,
): Pick<ProvenNetwork, 'isPeered' | 'isInternetExit' | 'hasInternetGateway' | 'isEndpointIn'> {
  const exits = new Map<string, string>();
  for (const { address, vpc } of model.internetGateways) exits.set(`internet-gateway ${address}`, vpc);
  for (const { address, vpc } of model.egressOnlyInternetGateways) {
    exits.set(`egress-only-internet-gateway ${address}`, vpc);
  }
  const open = new Set(model.internetGateways.map(({ vpc }) => vpc));
  return {
    isPeered: (address, { near, far }) =>
      model.peeringConnections.some(
        (one) =>
          one.address === address &&
          one.isActive &&
          ((one.requester === near && one.accepter === far) ||
            (one.accepter === near && one.requester === far)),
      ),
    isInternetExit: (target, vpc) =>
      'address' in target && exits.get(`${target.kind} ${target.address}`) === vpc,
    hasInternetGateway: (vpc) => open.has(vpc),
    isEndpointIn: (endpoint, vpc) =>
      model.gatewayEndpoints.some((one) => one.address === endpoint && one.vpc === vpc),
  };
}

function throughNat(
  model: VpcModel,
  { net, address }: { readonly net: ProvenNetwork; readonly address: string },
  { from, key }: { readonly from: InterfaceClass; readonly key: AddressKey },
): NatCrossing | undefined {
  const nat = model.natGateways.find((one) => one.address === address);
  const subnet = nat && subnetOf(model, nat.subnet);
  if (nat === undefined || subnet?.vpc !== from.subnet.vpc || key.node.cidr.family === 6) return undefined;
  const entering =
    subnet.address === from.subnet.address ? [] : [net.filters.acl(subnet, 'ingress', from.keys[4])];
  const decision = net.routes(subnet, key.node);
  const leaving = net.skipsAcl(subnet, decision) ? [] : [net.filters.acl(subnet, 'egress', key)];
  return { nat, subnet, lines: [...entering, carriedByNat(net), ...leaving], decision };
}

/** TCP, UDP and ICMP. */
function carriedByNat({ lines }: ProvenNetwork): Line {
  const starts = [TCP_AXIS.first, UDP_AXIS.first, ICMP_AXIS.first, ICMP_AXIS.last + 1];
  return lines.line(starts, [ALLOW, ALLOW, ALLOW, DENY]);
}

function subnetOf(model: VpcModel, address: string): Subnet {
  const subnet = model.subnets.find((one) => one.address === address);
  if (subnet === undefined) throw new TypeError(`the model has no ${address}`);
  return subnet;
}

function rangesAround(model: VpcModel): (address: string) => ReadonlySet<string> {
  const ranges = model.vpcs.flatMap(({ address, cidrs, ipv6Cidrs }) =>
    [...cidrs, ...ipv6Cidrs].map((text) => ({ vpc: address, cidr: cidrFrom(text) })),
  );
  return (text) => {
    const address = addressFrom(text);
    return new Set(ranges.filter(({ cidr }) => containsAddress(cidr, address)).map(({ vpc }) => vpc));
  };
}
