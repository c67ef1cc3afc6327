/**
 * Everything that a rule can tell apart in a packet besides addresses, on one axis of integers: TCP ports, UDP ports,
 * ICMP types with their codes, and the other protocols. A rule is a few spans of it.
 */

import type { IcmpMatch, PortRange, Protocol } from '../vpc/model.ts';
import type { Family } from './verdict.ts';

/** Both ends belong to it. */
export interface AxisSpan {
  readonly first: number;
  readonly last: number;
}

const PORTS = 65_536;
const CODES = 256;
const ICMP_PROTOCOL: Readonly<Record<Family, number>> = { 4: 1, 6: 58 };
const PART_OF_ITS_OWN: readonly number[] = [1, 6, 17, 58];

export const TCP_AXIS: AxisSpan = { first: 0, last: PORTS - 1 };
export const UDP_AXIS: AxisSpan = { first: PORTS, last: 2 * PORTS - 1 };
export const ICMP_AXIS: AxisSpan = { first: 2 * PORTS, last: 3 * PORTS - 1 };
export const OTHER_AXIS: AxisSpan = { first: 3 * PORTS, last: 3 * PORTS + 255 };
export const AXIS_SIZE = OTHER_AXIS.last + 1;
export const WHOLE_AXIS: AxisSpan = { first: 0, last: AXIS_SIZE - 1 };

export interface RuleMatch {
  readonly protocol: Protocol;
  readonly ports?: PortRange;
  readonly icmp?: IcmpMatch;
}

export function spansOfRule(rule: RuleMatch, family: Family): readonly AxisSpan[] {
  const { protocol, ports = { from: 0, to: PORTS - 1 } } = rule;
  if (protocol === 'all') return [WHOLE_AXIS];
  if (protocol === 6) return [shifted(TCP_AXIS, ports)];
  if (protocol === 17) return [shifted(UDP_AXIS, ports)];
  if (protocol === ICMP_PROTOCOL[family]) return icmpSpans(rule.icmp ?? { type: -1, code: -1 });
  if (PART_OF_ITS_OWN.includes(protocol)) return [];
  return [pointOfProtocol(protocol)];
}

export function pointOfProtocol(protocol: number): AxisSpan {
  const at = OTHER_AXIS.first + protocol;
  return { first: at, last: at };
}

export function pointOfIcmp(type: number, code: number): number {
  return ICMP_AXIS.first + type * CODES + code;
}

/** Every code of the type. */
export function spanOfIcmpType(type: number): AxisSpan {
  return { first: pointOfIcmp(type, 0), last: pointOfIcmp(type, CODES - 1) };
}

/** Numbers that rules of the model name, and one that stands for all that none names. */
export function otherProtocols(rules: Iterable<RuleMatch>): {
  readonly named: readonly number[];
  readonly rest: number | undefined;
} {
  const named = new Set<number>();
  for (const { protocol } of rules) {
    if (protocol !== 'all' && !PART_OF_ITS_OWN.includes(protocol)) named.add(protocol);
  }
  const numbers = Array.from({ length: 256 }, (_, number) => number);
  const rest = numbers.find((number) => !named.has(number) && !PART_OF_ITS_OWN.includes(number));
  return { named: [...named].sort((one, other) => one - other), rest };
}

function icmpSpans({ type, code }: IcmpMatch): readonly AxisSpan[] {
  if (type === -1 && code === -1) return [ICMP_AXIS];
  if (type === -1) {
    return Array.from({ length: 256 }, (_, each) => pointOfIcmp(each, code)).map((at) => ({
      first: at,
      last: at,
    }));
  }
  if (code === -1) return [spanOfIcmpType(type)];
  const at = pointOfIcmp(type, code);
  return [{ first: at, last: at }];
}

function shifted(axis: AxisSpan, { from, to }: PortRange): AxisSpan {
  return { first: axis.first + from, last: axis.first + to };
}
