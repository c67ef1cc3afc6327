/**
 * Sends packets of the plan through a started fabric, and says of each whether it came to whom it was meant for and
 * whether the answer came back.
 */

import type { PacketOutcome, PacketProbe, PacketProbeOptions } from '../fabric/index.ts';
import type { Packet, Party } from '../prove/index.ts';

interface ArrivedOutcome extends PacketOutcome {
  /** Namespace in which the first packet arrived. */
  readonly arrivedIn?: string;
}

/** What of a started fabric it needs. */
export interface ProbedFabric {
  readonly fabric: {
    readonly interfaces: readonly { readonly id: string; readonly namespace: string }[];
    readonly internet: { readonly namespace: string };
  };
  probePackets(
    probes: readonly PacketProbe[],
    options: PacketProbeOptions,
  ): Promise<readonly ArrivedOutcome[]>;
}

export interface SendPacketsOptions {
  readonly fabric: ProbedFabric;
  readonly timeoutMs: number;
}

/** Outcomes in the order of the packets. @throws TypeError for a packet of which no probe can be made. */
export async function sendPackets(
  packets: readonly Packet[],
  { fabric, timeoutMs }: SendPacketsOptions,
): Promise<readonly PacketOutcome[]> {
  const namespaceOf = namespaces(fabric.fabric);
  const probes = packets.map((packet) => probeOf(packet, namespaceOf));
  const outcomes = probes.length === 0 ? [] : await fabric.probePackets(probes, { timeoutMs });
  return packets.map((packet, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new TypeError(`no outcome came for probe ${index}`);
    return atDestination(packet, outcome, namespaceOf);
  });
}

/** An echo request, or a packet of TCP or UDP. */
export function isProbeable({ source, traffic }: Packet): boolean {
  if ('port' in traffic) return true;
  const echo = source.address.includes(':') ? 128 : 8;
  return 'type' in traffic && traffic.type === echo && traffic.code === 0;
}

type NamespaceOf = (party: Party) => string;

function namespaces({ interfaces, internet }: ProbedFabric['fabric']): NamespaceOf {
  const byId = new Map(interfaces.map(({ id, namespace }) => [id, namespace]));
  return (party) => {
    if (party.kind !== 'interface') return internet.namespace;
    const namespace = byId.get(party.id);
    if (namespace === undefined) throw new TypeError(`the fabric has no namespace for ${party.id}`);
    return namespace;
  };
}

function probeOf(packet: Packet, namespaceOf: NamespaceOf): PacketProbe {
  const { source, destination, traffic } = packet;
  if (!isProbeable(packet) || typeof traffic.protocol === 'number') {
    throw new TypeError(`protocol ${traffic.protocol} has no probe`);
  }
  return {
    from: { namespace: namespaceOf(source), address: source.address },
    to: destination.address,
    protocol: traffic.protocol,
    ...('port' in traffic && { sourcePort: traffic.sourcePort, port: traffic.port }),
  };
}

/** Where several VPCs have one range, an address may be another's than the one that is meant. */
function atDestination(
  { destination }: Packet,
  { arrivedIn, ...outcome }: ArrivedOutcome,
  namespaceOf: NamespaceOf,
): PacketOutcome {
  if (destination.kind !== 'interface' || arrivedIn === undefined) return outcome;
  return arrivedIn === namespaceOf(destination) ? outcome : { isDelivered: false, isAnswered: false };
}
