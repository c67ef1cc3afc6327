/** Where answers may change: packets at these addresses, ports and types, and on both sides of each border, see every difference that rules make. */

import { formatAddress } from '../terraform/index.ts';
import type { PortRange, Protocol, VpcModel } from '../vpc/model.ts';
import { namedBlocks, type OutsideRange, outsideRanges } from './internet-ranges.ts';
import { PORT_MAX, SOURCE_PORTS } from './port-ranges.ts';
import { otherProtocols } from './traffic-axis.ts';
import type { Family } from './verdict.ts';

export interface ProbeRange {
  /** `internet`, or the CIDR block that a rule or route singles out. */
  readonly name: string;
  readonly family: Family;
  /** The first, the last and one in the middle. */
  readonly addresses: readonly string[];
}

export interface ProbeAtoms {
  /** Machines on the internet: senders and receivers. */
  readonly internet: readonly ProbeRange[];
  /** Services of gateway endpoints, which only receive. */
  readonly services: readonly (ProbeRange & { readonly endpoints: readonly string[] })[];
  /** Destination ports. Sorted. */
  readonly ports: { readonly tcp: readonly number[]; readonly udp: readonly number[] };
  /** Echo request of each family, and what rules name besides, in ICMP and ICMPv6. */
  readonly icmp: Readonly<Record<Family, readonly { readonly type: number; readonly code: number }[]>>;
  /** Numbers of other protocols that rules name, and one that none does. */
  readonly protocols: readonly number[];
  /** Within 1024 to 65535. Sorted. */
  readonly sourcePorts: readonly number[];
}

interface AnyRule {
  readonly protocol: Protocol;
  readonly ports?: PortRange;
  readonly icmp?: { readonly type: number; readonly code: number };
}

const ICMP: Readonly<Record<Family, number>> = { 4: 1, 6: 58 };
const ECHO: Readonly<Record<Family, number>> = { 4: 8, 6: 128 };

export function probeAtoms(model: VpcModel): ProbeAtoms {
  const aclRules: readonly AnyRule[] = model.networkAcls.flatMap(({ ingress, egress }) => [
    ...ingress,
    ...egress,
  ]);
  const groupRules: readonly AnyRule[] = model.securityGroups.flatMap(({ ingress, egress }) => [
    ...ingress,
    ...egress,
  ]);
  const rules = [...aclRules, ...groupRules];
  const ranges = outsideRanges(model, namedBlocks(model));
  const others = otherProtocols(rules);
  const whole = { from: 0, to: PORT_MAX };
  return {
    internet: ranges.filter(({ services }) => services.length === 0).map(probeRange),
    services: ranges
      .filter(({ services }) => services.length > 0)
      .map((range) => ({ ...probeRange(range), endpoints: range.services })),
    ports: { tcp: borders(rules, 6, whole), udp: borders(rules, 17, whole) },
    icmp: { 4: icmpOf(rules, 4), 6: icmpOf(rules, 6) },
    protocols: others.rest === undefined ? others.named : [...others.named, others.rest],
    sourcePorts: sorted([...borders(aclRules, 6, SOURCE_PORTS), ...borders(aclRules, 17, SOURCE_PORTS)]),
  };
}

function probeRange({ name, family, spans }: OutsideRange): ProbeRange {
  const [first, last] = [spans[0]?.first ?? 0n, spans.at(-1)?.last ?? 0n];
  const middle = spans[Math.floor(spans.length / 2)] ?? { first, last };
  const values = [first, (middle.first + middle.last) / 2n, last];
  const addresses = [...new Set(values)].map((value) => formatAddress({ family, value }));
  return { name, family, addresses };
}

function borders(rules: readonly AnyRule[], protocol: number, bounds: PortRange): readonly number[] {
  const ports = rules
    .filter((rule) => rule.protocol === protocol)
    .flatMap((rule) => (rule.ports === undefined ? [] : [rule.ports]));
  const near = ports.flatMap(({ from, to }) => [from - 1, from, to, to + 1]);
  return sorted([bounds.from, ...near.filter((port) => port >= bounds.from && port <= bounds.to), bounds.to]);
}

function icmpOf(rules: readonly AnyRule[], family: Family): readonly { type: number; code: number }[] {
  const named = rules.flatMap(({ protocol, icmp }) => (protocol === ICMP[family] && icmp ? [icmp] : []));
  const all = [{ type: ECHO[family], code: 0 }, ...named].map(({ type, code }) => ({
    type: type === -1 ? ECHO[family] : type,
    code: code === -1 ? 0 : code,
  }));
  return [...new Map(all.map((one) => [`${one.type}/${one.code}`, one])).values()];
}

function sorted(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((one, other) => one - other);
}
