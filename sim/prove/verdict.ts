/**
 * The words in which the proof answers. Two answers for each question: whether the first packet is delivered, and
 * whether the connection works, its answer included. Both speak of every source port at once.
 */

import type { PortRange, UnknownCause } from '../vpc/model.ts';

export type Family = 4 | 6;

/**
 * `depends`: on the source port, within the sets (sorted, disjoint, not adjacent, neither empty nor everything).
 * For protocols without ports an answer is never `depends`.
 */
export type Answer =
  | { readonly kind: 'never' }
  | { readonly kind: 'always' }
  | { readonly kind: 'depends'; readonly sourcePorts: readonly PortRange[] }
  | { readonly kind: 'unknown'; readonly causes: readonly UnknownCause[] };

/** What a packet is, apart from its addresses. `port` is the destination's, for TCP and UDP. */
export type Traffic =
  | { readonly protocol: 'tcp' | 'udp'; readonly sourcePort: number; readonly port: number }
  /** ICMP in IPv4, ICMPv6 in IPv6. Echo request is 8/0, and 128/0 in IPv6. */
  | { readonly protocol: 'icmp'; readonly type: number; readonly code: number }
  /** Any other, by its IANA number. */
  | { readonly protocol: number };

/** One packet that somebody sends. Addresses decide its family; both must be of the same. */
export interface Packet {
  readonly source: Party;
  readonly destination: Party;
  readonly traffic: Traffic;
}

/** `address` is as the sender's own packet has it: a public address where it is sent to one. */
export type Party =
  | { readonly kind: 'interface'; readonly id: string; readonly address: string }
  /** A machine on the internet. */
  | { readonly kind: 'internet'; readonly address: string }
  /** S3 or DynamoDB, behind a gateway endpoint or on the internet, by an address of its range. */
  | { readonly kind: 'service'; readonly address: string };

export type LayerName =
  | 'security-group'
  | 'network-acl'
  | 'route-table'
  | 'internet-gateway'
  | 'egress-only-internet-gateway'
  | 'nat-gateway'
  | 'peering'
  | 'gateway-endpoint'
  | 'source-check';

/** One step on a packet's way, in order. */
export interface LayerVerdict {
  readonly layer: LayerName;
  readonly direction: 'ingress' | 'egress';
  /** Whose: `aws_instance.web`, `aws_subnet.a`, `aws_nat_gateway.main`. */
  readonly at: string;
  /** `unknown`: for the cause given. */
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** Terraform address of the rule or route that decided; of what brings the default where none did. */
  readonly address: string;
  readonly file?: string;
  readonly line?: number;
  /** For people: the rule in words, or `default: …`. */
  readonly text: string;
  readonly cause?: UnknownCause;
  /** Every cause, the one above first; absent where it is the only one. */
  readonly causes?: readonly UnknownCause[];
}

/** The way of one packet with one source port, there and back. After the first `deny` the later layers are judged as if it had passed, where its way is still known. */
export interface Judgement {
  readonly delivered: 'yes' | 'no' | 'unknown';
  /** Answer included; for a packet that asks for none (most ICMP), the same as `delivered`. */
  readonly answered: 'yes' | 'no' | 'unknown';
  readonly forward: readonly LayerVerdict[];
  readonly back: readonly LayerVerdict[];
}
