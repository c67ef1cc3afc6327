/** Terraform's protocol, ports and CIDRs as nft conditions and as words. Matches exactly what AWS matches: never a source port. */
import type { PortRange, Protocol } from '../vpc/model.ts';
import { disjoint, familyOf, nft } from './families.ts';

const protocolNames: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'ipv6-icmp' };
const portMax = 65_535;

export interface Traffic {
  readonly protocol: Protocol;
  readonly ports?: PortRange;
  readonly icmp?: { readonly type: number; readonly code: number };
}

/** nft condition with a trailing space, or '' when everything matches. */
export function matchTraffic(traffic: Traffic): string {
  const { protocol, ports, icmp } = traffic;
  if (protocol === 'all') return '';
  if (protocol === 6 || protocol === 17) {
    const name = protocolNames[protocol];
    if (ports === undefined || coversAllPorts(ports)) return `meta l4proto ${name} `;
    return `${name} dport ${ports.from}-${ports.to} `;
  }
  if ((protocol === 1 || protocol === 58) && icmp !== undefined && icmp.type >= 0) {
    const name = protocol === 1 ? 'icmp' : 'icmpv6';
    const code = icmp.code >= 0 ? `${name} code ${icmp.code} ` : '';
    return `${name} type ${icmp.type} ${code}`;
  }
  return `meta l4proto ${protocol} `;
}

/** nft condition on an address, with a trailing space. The blocks are of one family and at least one: none would match nothing. */
export function matchAddresses(field: 'saddr' | 'daddr', cidrs: readonly string[]): string {
  const blocks = disjoint(cidrs);
  const [first] = blocks;
  if (first === undefined) throw new TypeError('matchAddresses needs at least one CIDR');
  const { header } = nft[familyOf(first)];
  return blocks.length === 1
    ? `${header} ${field} ${first} `
    : `${header} ${field} { ${blocks.join(', ')} } `;
}

/** For people: `tcp/443`, `tcp/1024-65535`, `all traffic`. */
export function describeTraffic(traffic: Traffic): string {
  const { protocol, ports, icmp } = traffic;
  if (protocol === 'all') return 'all traffic';
  const name = protocolNames[protocol] ?? `protocol ${protocol}`;
  if (icmp !== undefined && icmp.type >= 0) {
    return `${name} type ${icmp.type}${icmp.code >= 0 ? ` code ${icmp.code}` : ''}`;
  }
  if (ports === undefined || coversAllPorts(ports)) return name;
  return ports.from === ports.to ? `${name}/${ports.from}` : `${name}/${ports.from}-${ports.to}`;
}

export function coversAllPorts(ports: PortRange): boolean {
  return ports.from <= 0 && ports.to >= portMax;
}
