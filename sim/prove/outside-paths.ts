/** The ways between an interface and what lies outside the model: ranges of the internet, and services behind gateway endpoints. */

import type { Subnet } from '../vpc/model.ts';
import { ALLOW, DENY } from './cause-sets.ts';
import type { InterfaceClass } from './interface-classes.ts';
import type { OutsideRange } from './internet-ranges.ts';
import type { Line } from './lines.ts';
import type { Path } from './network-paths.ts';
import type { ProvenNetwork } from './proven-network.ts';
import type { RouteDecision } from './route-decisions.ts';

export interface PathOut extends Path {
  /** Of the gateway endpoint that it leads to. Absent: it leads to the addresses where they are, on the internet. */
  readonly endpoint?: string;
}

export function pathOut(net: ProvenNetwork, from: InterfaceClass, range: OutsideRange): PathOut | undefined {
  const { family } = range;
  if (from.keys[family] === undefined) return undefined;
  const key = net.keys.ofNode(range.node);
  const leaving = net.filters.groups(from.profile, 'egress', key);
  if (leaving === net.never) return undefined;
  const decision = net.routes(from.subnet, range.node);
  const acl = net.filters.acl(from.subnet, 'egress', key);
  const before = net.skipsAcl(from.subnet, decision) ? [leaving] : [leaving, acl];
  if (decision.kind !== 'target' || decision.target.kind !== 'nat-gateway') {
    const end = endOf(net, decision, { from, range });
    return finished(net, end, {
      before,
      back: [...enteringAgain(net, decision, from.subnet), ...net.home(from, key)],
    });
  }
  const crossing = net.throughNat(decision.target.address, { from, key });
  if (crossing === undefined) return undefined;
  const { nat, subnet, lines } = crossing;
  const end = endOf(net, crossing.decision, {
    from: { subnet, isPublic: { 4: nat.publicAddress !== undefined, 6: false } },
    range,
  });
  const back = [...enteringAgain(net, crossing.decision, subnet), ...net.home(from, key, nat)];
  return finished(net, end, { before: [...before, ...lines], back });
}

/** The answer comes in by the gateway that the packet left by; an egress-only one knows its own. */
function enteringAgain(net: ProvenNetwork, decision: RouteDecision, { vpc }: Subnet): readonly Line[] {
  const isOpen = decision.kind === 'target' && decision.target.kind === 'internet-gateway';
  return isOpen ? net.entering(vpc) : [];
}

export function pathIn(net: ProvenNetwork, range: OutsideRange, to: InterfaceClass): Path | undefined {
  const { family } = range;
  const isKnown = family === 4 && to.publicDoubt !== undefined ? false : to.isPublic[family];
  const doubt = family === 4 ? to.publicDoubt : undefined;
  if (to.keys[family] === undefined || range.services.length > 0) return undefined;
  if ((!isKnown && doubt === undefined) || !net.hasInternetGateway(to.subnet.vpc)) return undefined;
  const key = net.keys.ofNode(range.node);
  const there = [
    net.filters.groups(to.profile, 'ingress', key),
    net.filters.acl(to.subnet, 'ingress', key),
    ...(doubt === undefined ? [] : [net.unknown([doubt])]),
    ...net.entering(to.subnet.vpc),
  ];
  return net.path(there, net.answerFrom(to.subnet, { key, subnet: to.subnet }, 'internet').lines);
}

interface End {
  readonly verdict: number;
  readonly endpoint?: string;
  /** Nobody knows where it goes, nor how the answer comes back. */
  readonly isLost?: true;
}

function endOf(
  net: ProvenNetwork,
  decision: RouteDecision,
  { from, range }: { from: Pick<InterfaceClass, 'subnet' | 'isPublic' | 'publicDoubt'>; range: OutsideRange },
): End {
  if (decision.kind === 'dropped') return { verdict: DENY };
  if (decision.kind === 'unknown') {
    const endpoint = range.services.find((one) => net.isEndpointIn(one, from.subnet.vpc));
    const verdict = net.causes.unknown(decision.causes);
    return { verdict, isLost: true, ...(endpoint !== undefined && { endpoint }) };
  }
  const { target } = decision;
  if (target.kind === 'gateway-endpoint') {
    const isServed =
      range.services.includes(target.address) && net.isEndpointIn(target.address, from.subnet.vpc);
    return { verdict: isServed ? ALLOW : DENY, endpoint: target.address };
  }
  const isExit = net.isInternetExit(target, from.subnet.vpc);
  if (!isExit || (target.kind === 'egress-only-internet-gateway' && range.family === 4))
    return { verdict: DENY };
  const doubt = range.family === 4 ? from.publicDoubt : undefined;
  if (doubt !== undefined) return { verdict: net.causes.unknown([doubt]) };
  return { verdict: from.isPublic[range.family] ? ALLOW : DENY };
}

function finished(
  net: ProvenNetwork,
  { verdict, endpoint, isLost }: End,
  { before, back }: { before: readonly Line[]; back: readonly Line[] },
): PathOut | undefined {
  const path = net.path([...before, net.constant(verdict)], isLost === true ? [] : back);
  return path && { ...path, ...(endpoint !== undefined && { endpoint }) };
}
