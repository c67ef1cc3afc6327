/** What rules look at in a packet, apart from addresses: protocol, destination port, ICMP type and code. */

import type { IcmpMatch, PortRange, Protocol } from '../vpc/model.ts';
import type { Family, Traffic } from './verdict.ts';

export interface RuleTraffic {
  readonly protocol: number;
  /** The destination's. No rule looks at the source's. */
  readonly port?: number;
  readonly icmp?: IcmpMatch;
}

const TCP = 6;
const UDP = 17;
const ICMP: Readonly<Record<Family, number>> = { 4: 1, 6: 58 };
const ECHO_REQUEST: Readonly<Record<Family, number>> = { 4: 8, 6: 128 };
const ECHO_REPLY: Readonly<Record<Family, number>> = { 4: 0, 6: 129 };
const NAMED: readonly number[] = [1, TCP, UDP, 58];

export function trafficOf(traffic: Traffic, family: Family): RuleTraffic {
  if (traffic.protocol === 'tcp') return { protocol: TCP, port: traffic.port };
  if (traffic.protocol === 'udp') return { protocol: UDP, port: traffic.port };
  if (traffic.protocol === 'icmp') {
    return { protocol: ICMP[family], icmp: { type: traffic.type, code: traffic.code } };
  }
  if (NAMED.includes(traffic.protocol)) throw new TypeError(`protocol ${traffic.protocol} goes by its name`);
  return { protocol: traffic.protocol };
}

/** Undefined: the packet asks for no answer. */
export function answerTo(traffic: Traffic, family: Family): RuleTraffic | undefined {
  if (traffic.protocol === 'tcp') return { protocol: TCP, port: traffic.sourcePort };
  if (traffic.protocol === 'udp') return { protocol: UDP, port: traffic.sourcePort };
  if (traffic.protocol !== 'icmp') return { protocol: traffic.protocol };
  if (traffic.type !== ECHO_REQUEST[family]) return undefined;
  return { protocol: ICMP[family], icmp: { type: ECHO_REPLY[family], code: 0 } };
}

export function isCarriedByNat(traffic: Traffic): boolean {
  return typeof traffic.protocol === 'string';
}

export function matchesTraffic(
  rule: { readonly protocol: Protocol; readonly ports?: PortRange; readonly icmp?: IcmpMatch },
  traffic: RuleTraffic,
): boolean {
  if (rule.protocol === 'all') return true;
  if (rule.protocol !== traffic.protocol) return false;
  if (traffic.port !== undefined && rule.ports !== undefined) {
    return rule.ports.from <= traffic.port && traffic.port <= rule.ports.to;
  }
  if (traffic.icmp === undefined || rule.icmp === undefined) return true;
  const isSame = (asked: number, found: number) => asked === -1 || asked === found;
  return isSame(rule.icmp.type, traffic.icmp.type) && isSame(rule.icmp.code, traffic.icmp.code);
}
