/** The protocols of rules, by name or IANA number, and what else a rule says about a packet: ports, or ICMP type and code. */

import { type Fields, invalid } from '../terraform/index.ts';
import type { PortRange, Protocol } from './model.ts';
import type { Reading } from './reading.ts';

export interface RuleMatch {
  readonly protocol: Protocol;
  readonly ports?: PortRange;
  readonly icmp?: { readonly type: number; readonly code: number };
}

const NUMBERS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  'ipv6-icmp': 58,
  ospfigp: 89,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  udplite: 136,
};
const TCP = 6;
const UDP = 17;
const ICMP: readonly Protocol[] = [1, 58];
const PORT_MAX = 65_535;
const ICMP_MAX = 255;
const ANY: RuleMatch = { protocol: 'all' };

/** What the provider does with ports beside "all protocols": it refuses them inline, and AWS ignores them elsewhere. */
export type PortsBesideAll = 'refuse' | 'ignore';

/**
 * From `from_port` and `to_port`, which mean type and code for ICMP, and nothing for other protocols than TCP and UDP.
 * What is not known stands as whatever it may be.
 */
export function securityGroupMatch(
  fields: Fields,
  reading: Reading,
  style: { readonly protocol: 'protocol' | 'ip_protocol'; readonly portsBesideAll: PortsBesideAll },
): RuleMatch {
  return matchIn(reading, {
    protocol: () => protocolIn(fields, style.protocol),
    icmp: () => ({
      type: bounded(fields, 'from_port', fields.required('from_port', fields.number('from_port')), ICMP_MAX),
      code: bounded(fields, 'to_port', fields.required('to_port', fields.number('to_port')), ICMP_MAX),
    }),
    ports: (protocol) => {
      const range = { from: fields.number('from_port'), to: fields.number('to_port') };
      if (protocol === 'all' && style.portsBesideAll === 'refuse') refusePorts(fields, range);
      return portsOf(fields, protocol, range);
    },
  });
}

/** A network ACL has fields of its own for ICMP; left out, they are 0, as the provider sends them. */
export function networkAclMatch(
  fields: Fields,
  reading: Reading,
  style: { readonly portsBesideAll: PortsBesideAll },
): RuleMatch {
  return matchIn(reading, {
    protocol: () => protocolIn(fields, 'protocol'),
    icmp: () => ({
      type: bounded(fields, 'icmp_type', fields.number('icmp_type') ?? 0, ICMP_MAX),
      code: bounded(fields, 'icmp_code', fields.number('icmp_code') ?? 0, ICMP_MAX),
    }),
    ports: (protocol) => {
      const [from, to] = [fields.number('from_port') ?? 0, fields.number('to_port') ?? 0];
      if (protocol === 'all' && style.portsBesideAll === 'refuse') refusePorts(fields, { from, to });
      return portsOf(fields, protocol, { from, to });
    },
  });
}

interface MatchFields {
  readonly protocol: () => Protocol;
  readonly icmp: () => { readonly type: number; readonly code: number };
  readonly ports: (protocol: Protocol) => { readonly ports?: PortRange };
}

function matchIn(reading: Reading, read: MatchFields): RuleMatch {
  const protocol = reading.get(read.protocol, undefined);
  if (protocol === undefined) return ANY;
  if (!ICMP.includes(protocol)) return { protocol, ...reading.get(() => read.ports(protocol), {}) };
  return { protocol, icmp: reading.get(read.icmp, { type: -1, code: -1 }) };
}

function protocolIn(fields: Fields, name: string): Protocol {
  const text = fields.required(name, fields.text(name)).toLowerCase();
  if (text === '-1' || text === 'all') return 'all';
  const number = Object.hasOwn(NUMBERS, text)
    ? NUMBERS[text]
    : /^\d{1,3}$/.test(text)
      ? Number(text)
      : undefined;
  if (number !== undefined && number <= 255) return number;
  throw invalid(fields.siteOf(name), {
    reason: `"${text}" is not a protocol that is known`,
    nextStep: 'write its IANA number',
  });
}

interface WrittenRange {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

function refusePorts(fields: Fields, { from = 0, to = 0 }: WrittenRange): void {
  if (from === 0 && to === 0) return;
  const name = from === 0 ? 'to_port' : 'from_port';
  const reason = 'the provider takes no ports beside all protocols';
  throw invalid(fields.siteOf(name), { reason, nextStep: 'write 0, or name the protocol' });
}

function portsOf(fields: Fields, protocol: Protocol, range: WrittenRange): { readonly ports?: PortRange } {
  if (protocol !== TCP && protocol !== UDP) return {};
  const from = port(fields, 'from_port', range.from);
  const to = port(fields, 'to_port', range.to);
  if (from <= to) return { ports: { from, to } };
  throw invalid(fields.siteOf('to_port'), {
    reason: `it is less than from_port ${from}`,
    nextStep: 'order the ports',
  });
}

function port(fields: Fields, name: string, found: number | undefined): number {
  const value = fields.required(name, found);
  if (Number.isInteger(value) && value >= 0 && value <= PORT_MAX) return value;
  throw invalid(fields.siteOf(name), { reason: `${value} is not a port`, nextStep: `give 0 to ${PORT_MAX}` });
}

function bounded(fields: Fields, name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= -1 && value <= max) return value;
  throw invalid(fields.siteOf(name), { reason: `${value} is out of range`, nextStep: `give -1 to ${max}` });
}
