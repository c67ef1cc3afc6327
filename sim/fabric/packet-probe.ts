/** One real packet exchange, and what came of it: what the proof's answers are held against. */

export interface PacketProbe {
  /** Namespace that sends, and the address it sends from: one that the namespace has, or any public one of the internet's. */
  readonly from: { readonly namespace: string; readonly address: string };
  /** As the sender writes it on the packet: IPv4 or IPv6, of the same family as `from.address`. */
  readonly to: string;
  /** `icmp` is one echo request. */
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** For TCP and UDP. */
  readonly sourcePort?: number;
  readonly port?: number;
}

export interface PacketOutcome {
  /** The first packet passed every layer, the destination's own included. */
  readonly isDelivered: boolean;
  /** The answer came back to the sender. */
  readonly isAnswered: boolean;
}

export interface PacketProbeOptions {
  /** How long silence is waited for; below 1,000, so that a TCP probe is exactly one SYN. */
  readonly timeoutMs: number;
  /** Probes under way at once. */
  readonly atOnceMax?: number;
}
