/** The shape of a whole proof: what reaches what, over every packet. Pairs and ports that are not listed are never delivered. */

import type { PortRange, UnknownCause } from '../vpc/model.ts';
import type { Answer, Family } from './verdict.ts';

/**
 * Who is spoken of. An `endpoint` is `NetworkInterface.endpoint`, or the bare Terraform address where every member of a
 * group answers alike, or a gateway endpoint's address. `internet` is every public address that no rule or route singles out;
 * a range that one does is named by its CIDR block.
 */
export interface Flow {
  readonly from: string;
  readonly to: string;
  /** `tcp`, `udp`, `icmp`, an IANA number that a rule names as text, or `other`: each number that no rule names. */
  readonly protocol: string;
  readonly family: Family;
  /** Destination ports; for icmp types (code any); empty for protocols without either. Sorted and disjoint. */
  readonly ports: readonly PortRange[];
  /** For icmp: the codes of those types for which the answers hold. Absent: every code. Sorted and disjoint. */
  readonly codes?: readonly PortRange[];
  readonly delivered: Answer;
  readonly verdict: Answer;
}

export interface ProvenUnknown extends UnknownCause {
  /** In words, what it leaves open. */
  readonly touches: string;
}

export interface Proof {
  /** Flows of which the first packet is delivered, or may be: `delivered` is never `never`. Stable order. */
  readonly flows: readonly Flow[];
  /**
   * The same from interface to interface where the packet is sent to the receiver's public IPv4 address: what `flows` says
   * of a pair is about the private and IPv6 addresses.
   */
  readonly byPublicAddress: readonly Flow[];
  readonly unknown: readonly ProvenUnknown[];
}
