/**
 * The ways between interfaces of ours by the receiver's public IPv4 address: out by the internet gateway, or through a NAT
 * gateway, and in again by the internet gateway, even between neighbours. The receiver sees the public address of the
 * sender, or the NAT gateway's, which no rule for a group means.
 */

import type { Subnet, UnknownCause } from '../vpc/model.ts';
import type { AddressKey } from './address-keys.ts';
import { DENY } from './cause-sets.ts';
import type { InterfaceClass } from './interface-classes.ts';
import type { Line } from './lines.ts';
import type { Path, Seen } from './network-paths.ts';
import type { ProvenNetwork } from './proven-network.ts';
import type { RouteDecision } from './route-decisions.ts';

/** As the internet gateway has translated it. */
interface SeenOutside extends Seen {
  /** VPCs of whose ranges its public address is one. */
  readonly within: ReadonlySet<string>;
}

interface WayOut {
  readonly line: Line;
  /** Absent: nobody knows where it goes, or from which address. */
  readonly seen?: SeenOutside;
}

/** Where some packet may be sent to its public address. */
export function isSentToPublicly(one: InterfaceClass): boolean {
  return one.isPublic[4] || one.publicDoubt !== undefined;
}

export function pathsByPublicAddress(
  net: ProvenNetwork,
): (from: InterfaceClass, to: InterfaceClass) => Path | undefined {
  const known = new Map<string, WayOut | undefined>();
  // Where the address itself is not known, it is one that no rule singles out.
  const anywhere = net.keys.ofNode(net.tree.roots[4]);
  return (from, to) => {
    if (!isSentToPublicly(to) || to.public?.within.has(from.subnet.vpc)) return undefined;
    const key = to.public?.key ?? anywhere;
    const name = `${from.index} ${key.id}`;
    if (!known.has(name)) known.set(name, wayOut(net, from, key));
    const out = known.get(name);
    if (out === undefined) return undefined;
    return out.seen === undefined
      ? net.path([out.line], [])
      : wayIn(net, { from, to, key }, { line: out.line, seen: out.seen });
  };
}

function wayOut(net: ProvenNetwork, from: InterfaceClass, key: AddressKey): WayOut | undefined {
  const leaving = net.filters.groups(from.profile, 'egress', key);
  if (leaving === net.never) return undefined;
  const decision = net.routes(from.subnet, key.node);
  const acl = net.filters.acl(from.subnet, 'egress', key);
  const before = net.skipsAcl(from.subnet, decision) ? [leaving] : [leaving, acl];
  if (decision.kind !== 'target' || decision.target.kind !== 'nat-gateway') {
    const { subnet, publicDoubt: doubt } = from;
    const seen = from.public && { ...from.public, subnet };
    return byGateway(net, decision, { subnet, before, seen, doubt });
  }
  const crossing = net.throughNat(decision.target.address, { from, key });
  if (crossing === undefined) return undefined;
  const { nat, subnet, lines } = crossing;
  const address = nat.publicAddress;
  const seen =
    address === undefined
      ? undefined
      : { key: net.keys.ofAddress(address), within: net.vpcsAround(address), subnet, nat };
  return byGateway(net, crossing.decision, { subnet, before: [...before, ...lines], seen });
}

interface Leaving {
  readonly subnet: Subnet;
  readonly before: readonly Line[];
  readonly seen: SeenOutside | undefined;
  /** Why the sender may have no public address. */
  readonly doubt?: UnknownCause | undefined;
}

function byGateway(
  net: ProvenNetwork,
  decision: RouteDecision,
  { subnet, before, seen, doubt }: Leaving,
): WayOut | undefined {
  if (decision.kind === 'unknown') return { line: net.meet([...before, net.unknown(decision.causes)]) };
  const isOut =
    decision.kind === 'target' &&
    decision.target.kind === 'internet-gateway' &&
    net.isInternetExit(decision.target, subnet.vpc);
  if (!isOut || (seen === undefined && doubt === undefined)) return undefined;
  const line = net.meet(doubt === undefined ? before : [...before, net.unknown([doubt])]);
  return { line, ...(seen !== undefined && { seen }) };
}

function wayIn(
  net: ProvenNetwork,
  { from, to, key }: { readonly from: InterfaceClass; readonly to: InterfaceClass; readonly key: AddressKey },
  { line, seen }: Required<WayOut>,
): Path | undefined {
  if (!net.hasInternetGateway(to.subnet.vpc)) return undefined;
  const there = [
    line,
    net.filters.groups(to.profile, 'ingress', seen.key),
    net.filters.acl(to.subnet, 'ingress', seen.key),
    ...(to.publicDoubt === undefined ? [] : [net.unknown([to.publicDoubt])]),
    ...net.entering(to.subnet.vpc),
  ];
  if (seen.within.has(to.subnet.vpc)) return net.path(there, [net.constant(DENY)]);
  const answer = net.answerFrom(to.subnet, seen, 'internet');
  if (answer.isLost) return net.path(there, answer.lines);
  const entering = net.entering(seen.nat ? seen.subnet.vpc : from.subnet.vpc);
  return net.path(there, [...answer.lines, ...entering, ...net.home(from, key, seen.nat)]);
}
