/**
 * Where the port axes are cut: at every boundary of every rule that looks at them, read from the rules themselves and
 * not from the prover. Within an atom no rule tells two ports apart, so its first and its last port stand for all.
 */

import type { NetworkAclRule, PortRange, Protocol, SecurityGroupRule, VpcModel } from '../vpc/model.ts';

export type PortProtocol = 'tcp' | 'udp';

/** A packet to port 0 cannot be sent from a socket. */
export const destinationPorts: PortRange = { from: 1, to: 65_535 };

/** What verdicts speak of; every operating system picks from within it, and a NAT gateway too. */
export const sourcePorts: PortRange = { from: 1024, to: 65_535 };

const NUMBERS: Readonly<Record<PortProtocol, number>> = { tcp: 6, udp: 17 };

/** Sorted, disjoint, and together the whole axis. */
export function destinationAtoms(model: VpcModel, protocol: PortProtocol): readonly PortRange[] {
  const rules = [...securityGroupRules(model), ...networkAclRules(model)];
  return cutAxis(destinationPorts, rangesOf(rules, protocol));
}

/** Only stateless rules see a source port, as the destination of the answer. */
export function sourceAtoms(model: VpcModel, protocol: PortProtocol): readonly PortRange[] {
  return cutAxis(sourcePorts, rangesOf(networkAclRules(model), protocol));
}

/** First and last port of each atom: the boundaries of every rule, and their neighbours. */
export function boundaryPorts(atoms: readonly PortRange[]): readonly number[] {
  return atoms.flatMap(({ from, to }) => (from === to ? [from] : [from, to]));
}

export function rangesOf(
  rules: readonly (SecurityGroupRule | NetworkAclRule)[],
  protocol: PortProtocol,
): readonly PortRange[] {
  return rules
    .filter((rule) => speaksOf(rule.protocol, protocol))
    .flatMap(({ ports }) => (ports === undefined ? [] : [ports]));
}

export function securityGroupRules(model: VpcModel): readonly SecurityGroupRule[] {
  return model.securityGroups.flatMap(({ ingress, egress }) => [...ingress, ...egress]);
}

export function networkAclRules(model: VpcModel): readonly NetworkAclRule[] {
  return model.networkAcls.flatMap(({ ingress, egress }) => [...ingress, ...egress]);
}

function speaksOf(ruled: Protocol, protocol: PortProtocol): boolean {
  return ruled === 'all' || ruled === NUMBERS[protocol];
}

function cutAxis(axis: PortRange, ranges: readonly PortRange[]): readonly PortRange[] {
  const starts = new Set([axis.from]);
  for (const { from, to } of ranges) {
    for (const start of [from, to + 1]) if (axis.from < start && start <= axis.to) starts.add(start);
  }
  const sorted = [...starts].sort((left, right) => left - right);
  return sorted.map((from, index) => ({ from, to: (sorted[index + 1] ?? axis.to + 1) - 1 }));
}
