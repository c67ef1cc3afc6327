/**
 * The verdicts along the way between two places, for all traffic at once: one line for the way there, by what the packet
 * asks of its receiver, and one for the way back, by what the answer asks of its own.
 */

import type { NatGateway, RouteTarget, Subnet } from '../vpc/model.ts';
import type { AddressKey } from './address-keys.ts';
import { ALLOW, DENY } from './cause-sets.ts';
import type { InterfaceClass } from './interface-classes.ts';
import type { Line } from './lines.ts';
import type { ProvenNetwork } from './proven-network.ts';
import type { RouteDecision } from './route-decisions.ts';
import type { Family } from './verdict.ts';

export interface Path {
  readonly there: Line;
  readonly back: Line;
}

export interface Ends {
  readonly from: InterfaceClass;
  readonly to: InterfaceClass;
  readonly family: Family;
}

/** Who the receiver thinks it answers: the sender itself, or the NAT gateway before it. */
export interface Seen {
  readonly key: AddressKey;
  readonly subnet: Subnet;
  readonly nat?: NatGateway;
}

type By = 'vpc' | 'peering' | 'internet';

/** Undefined: nothing is delivered. */
export function pathBetween(net: ProvenNetwork, ends: Ends): Path | undefined {
  const { from, to, family } = ends;
  const [source, destination] = [from.keys[family], to.keys[family]];
  if (source === undefined || destination === undefined) return undefined;
  const leaving = net.filters.groups(from.profile, 'egress', destination);
  if (leaving === net.never) return undefined;
  if (from.subnet === to.subnet) {
    return net.path([leaving, net.filters.groups(to.profile, 'ingress', source)], []);
  }
  const seen: Seen = { key: source, subnet: from.subnet };
  if (from.subnet.vpc === to.subnet.vpc) return withinVpc(net, ends, { seen, leaving });
  const acl = net.filters.acl(from.subnet, 'egress', destination);
  if (to.within[family].has(from.subnet.vpc)) return undefined;
  const decision = net.routes(from.subnet, destination.node);
  const before = net.skipsAcl(from.subnet, decision) ? [leaving] : [leaving, acl];
  if (decision.kind === 'unknown') return net.path([...before, net.unknown(decision.causes)], []);
  if (decision.kind === 'dropped') return undefined;
  return byTarget(net, decision.target, { ends, seen, before });
}

/** Most pairs of a large network end at their groups: those are asked before anything else. */
function withinVpc(
  net: ProvenNetwork,
  ends: Ends,
  { seen, leaving }: { readonly seen: Seen; readonly leaving: Line },
): Path | undefined {
  const { from, to, family } = ends;
  const destination = to.keys[family];
  if (destination !== undefined) {
    const causes = net.detours(from.subnet, destination.node);
    const acl = net.filters.acl(from.subnet, 'egress', destination);
    if (causes.length > 0) return net.path([leaving, acl, net.unknown(causes)], []);
  }
  const groups = net.meet([leaving, net.filters.groups(to.profile, 'ingress', seen.key)]);
  if (groups === net.never || destination === undefined) return undefined;
  const acl = net.filters.acl(from.subnet, 'egress', destination);
  return received(net, ends, { seen, by: 'vpc', before: [groups, acl] });
}

interface Leg {
  readonly ends: Ends;
  readonly seen: Seen;
  readonly before: readonly Line[];
}

function byTarget(net: ProvenNetwork, target: RouteTarget, leg: Leg): Path | undefined {
  const { ends, seen, before } = leg;
  const { from, to, family } = ends;
  if (target.kind === 'peering') {
    const isCarried = net.isPeered(target.address, { near: from.subnet.vpc, far: to.subnet.vpc });
    if (!isCarried || !to.within[family].has(to.subnet.vpc)) return undefined;
    return received(net, ends, { seen, by: 'peering', before });
  }
  if (target.kind === 'nat-gateway') return family === 4 ? byNat(net, target.address, leg) : undefined;
  const isGateway = net.isInternetExit(target, from.subnet.vpc);
  const isGlobal =
    family === 6 && from.isPublic[6] && to.isPublic[6] && net.hasInternetGateway(to.subnet.vpc);
  if (!isGateway || !isGlobal) return undefined;
  const way = received(net, ends, {
    seen,
    by: 'internet',
    before: [...before, ...net.entering(to.subnet.vpc)],
  });
  const isOpen = target.kind === 'internet-gateway';
  return way && isOpen ? { ...way, back: net.meet([way.back, ...net.entering(from.subnet.vpc)]) } : way;
}

function byNat(net: ProvenNetwork, address: string, { ends, before }: Leg): Path | undefined {
  const destination = ends.to.keys[4];
  const crossing = net.throughNat(address, { from: ends.from, key: destination });
  if (crossing === undefined) return undefined;
  const { nat, subnet, lines, decision } = crossing;
  if (decision.kind === 'unknown') return net.path([...before, ...lines, net.unknown(decision.causes)], []);
  if (decision.kind !== 'target' || decision.target.kind !== 'peering') return undefined;
  const isCarried = net.isPeered(decision.target.address, { near: subnet.vpc, far: ends.to.subnet.vpc });
  if (!isCarried) return undefined;
  const behind: Seen = { key: net.keys.ofAddress(nat.privateAddress), subnet, nat };
  return received(net, ends, { seen: behind, by: 'peering', before: [...before, ...lines] });
}

/** In at the receiver's subnet, and the answer's way from there. */
function received(
  net: ProvenNetwork,
  { from, to, family }: Ends,
  { seen, by, before }: { seen: Seen; by: By; before: readonly Line[] },
): Path | undefined {
  const own = to.keys[family];
  if (own === undefined) return undefined;
  const there = [
    ...before,
    net.filters.groups(to.profile, 'ingress', seen.key),
    net.filters.acl(to.subnet, 'ingress', seen.key),
  ];
  const answer = net.answerFrom(to.subnet, seen, by);
  return net.path(there, answer.isLost ? answer.lines : [...answer.lines, ...net.home(from, own, seen.nat)]);
}

/** Where a decision leads that is none of ours to follow. */
export function verdictOfRouteBack(
  net: ProvenNetwork,
  decision: RouteDecision,
  { subnet, seen, by }: { readonly subnet: Subnet; readonly seen: Seen; readonly by: By },
): number {
  if (decision.kind === 'unknown') return net.causes.unknown(decision.causes);
  if (decision.kind === 'dropped') return DENY;
  const { target } = decision;
  if (by === 'peering' && target.kind === 'peering') {
    return net.isPeered(target.address, { near: subnet.vpc, far: seen.subnet.vpc }) ? ALLOW : DENY;
  }
  return by === 'internet' && target.kind === 'internet-gateway' && net.isInternetExit(target, subnet.vpc)
    ? ALLOW
    : DENY;
}
