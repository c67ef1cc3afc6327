/**
 * Sends probes as single packets through the fabric and sees where each arrives and whether its answer comes back. What is
 * seen has passed every rule on its way, the receiver's own included. Nothing waits for silence: when the kernel has dealt with
 * all that a wave has sent, what has not arrived never will.
 */
import { addressBytes, familyOf, socketAddress } from '../addresses.ts';
import type { PacketOutcome, PacketProbe, PacketProbeOptions } from '../packet-probe.ts';
import {
  type NumberedProbe,
  newProbeMark,
  type ProbeMark,
  probePacket,
  protocolNumbers,
  type Sighting,
  sight,
  udpAnswer,
} from '../packets.ts';
import { type AddressPlaces, addressPlaces, numberProbes, wavesOf } from '../probe-waves.ts';
import type { AppliedFabric } from '../protocol.ts';
import { type Connection, type FlowMemory, openFlowMemory } from './flow-memory.ts';
import type { NamespaceSwitch } from './namespace-switch.ts';
import { openPacketBarrier, type PacketBarrier } from './packet-barrier.ts';
import { type Listener, openRawSockets, type RawSockets } from './raw-sockets.ts';

export interface PacketObservation extends PacketOutcome {
  /** Namespace in which the first packet arrived. */
  readonly arrivedIn?: string;
}

export interface ProbePacketsContext extends PacketProbeOptions {
  readonly fabric: AppliedFabric;
  readonly namespaces: NamespaceSwitch;
}

interface Prober {
  readonly sockets: RawSockets;
  readonly barrier: PacketBarrier;
  readonly memory: FlowMemory;
  readonly mark: ProbeMark;
  readonly places: AddressPlaces;
  /** Namespaces between, that remember connections too. */
  readonly between: readonly string[];
  readonly timeoutMs: number;
}

/** Outcomes in the order of the probes. */
export async function probePackets(
  probes: readonly PacketProbe[],
  { fabric, namespaces, timeoutMs, atOnceMax }: ProbePacketsContext,
): Promise<readonly PacketObservation[]> {
  const places = addressPlaces(fabric);
  using sockets = openRawSockets(namespaces);
  using barrier = openPacketBarrier(namespaces, fabric.internet.namespace);
  using memory = openFlowMemory(namespaces);
  const prober: Prober = {
    sockets,
    barrier,
    memory,
    mark: newProbeMark(),
    places,
    between: fabric.translators,
    timeoutMs,
  };
  const outcomes: PacketObservation[] = [];
  for (const wave of wavesOf(numberProbes(probes), places, atOnceMax)) {
    outcomes.push(...probeWave(wave, prober));
    sockets.trim();
    // Programs and relays have their turn.
    await new Promise(setImmediate);
  }
  return outcomes;
}

interface Seen {
  readonly namespace: string;
  readonly sighting: Sighting;
}

function probeWave(wave: readonly NumberedProbe[], prober: Prober): readonly PacketObservation[] {
  const { sockets, barrier, timeoutMs } = prober;
  using ports = new DisposableStack();
  const listeners = listenersOf(wave, prober.places);
  // Opened before anything is sent, and emptied of what earlier traffic left.
  for (const listener of listeners) sockets.drain(listener, () => undefined);
  takePorts(wave, prober, ports);
  using _ = barrier.pin();
  for (const numbered of wave) {
    const { from, to } = numbered.probe;
    sockets.send(from.namespace, probePacket(numbered, prober.mark), socketAddress(to, 0));
  }
  barrier.settle(timeoutMs);
  const arrivals = look(listeners, prober);
  const seen = [...arrivals];
  if (answerUdp(wave, arrivals, prober)) {
    barrier.settle(timeoutMs);
    seen.push(...look(listeners, prober));
  }
  forgetAll(wave, seen, prober);
  return wave.map((numbered) => observe(numbered, seen, prober.places));
}

function listenersOf(wave: readonly NumberedProbe[], places: AddressPlaces): readonly Listener[] {
  const listeners = new Map<string, Listener>();
  for (const { probe } of wave) {
    const { protocol, from, to } = probe;
    const family = familyOf(to);
    for (const namespace of [from.namespace, ...places.placesOf(to)]) {
      listeners.set(`${namespace} ${family} ${protocol}`, { namespace, family, protocol });
    }
  }
  return [...listeners.values()];
}

/** Without a socket at both ends the kernel would answer a datagram with an ICMP error, and that error move counters. */
function takePorts(
  wave: readonly NumberedProbe[],
  { sockets, places }: Prober,
  ports: DisposableStack,
): void {
  const taken = new Set<string>();
  const take = (namespace: string, address: string, port: number) => {
    const key = `${namespace} ${familyOf(address)} ${port}`;
    if (taken.has(key)) return;
    taken.add(key);
    ports.use(sockets.takePort(namespace, familyOf(address), port));
  };
  for (const { probe, sourcePort } of wave) {
    if (probe.protocol !== 'udp') continue;
    take(probe.from.namespace, probe.from.address, sourcePort);
    for (const namespace of places.placesOf(probe.to)) take(namespace, probe.to, probe.port ?? 0);
  }
}

function look(listeners: readonly Listener[], { sockets, mark }: Prober): readonly Seen[] {
  const seen: Seen[] = [];
  for (const listener of listeners) {
    sockets.drain(listener, (bytes) => {
      const sighting = sight(Buffer.from(bytes), { ...listener, mark });
      if (sighting) seen.push({ namespace: listener.namespace, sighting });
    });
  }
  return seen;
}

/** @returns whether there was anything to answer. */
function answerUdp(
  wave: readonly NumberedProbe[],
  seen: readonly Seen[],
  { sockets, mark }: Prober,
): boolean {
  let isAny = false;
  for (const { namespace, sighting } of seen) {
    const numbered = probeOf(wave, sighting.number);
    if (numbered?.probe.protocol !== 'udp' || sighting.isAnswer) continue;
    const ends = endsOf(numbered, sighting);
    const answer = udpAnswer({ ...sighting, ends }, mark);
    sockets.send(namespace, answer, socketAddressOf(ends.source));
    isAny = true;
  }
  return isAny;
}

function socketAddressOf(bytes: Buffer): Buffer {
  const address = socketAddress(bytes.length === 4 ? '0.0.0.0' : '::', 0);
  bytes.copy(address, bytes.length === 4 ? 4 : 8);
  return address;
}

/** As it arrived: in IPv6, where nobody translates, as it was sent. */
function endsOf({ probe }: NumberedProbe, { ends }: Sighting): NonNullable<Sighting['ends']> {
  return ends ?? { source: addressBytes(probe.from.address), destination: addressBytes(probe.to) };
}

function probeOf(wave: readonly NumberedProbe[], number: number): NumberedProbe | undefined {
  const [first] = wave;
  return first === undefined ? undefined : wave[number - first.number];
}

/** An ICMP probe has an identifier of its own, and no other probe is taken for its answer. */
function forgetAll(wave: readonly NumberedProbe[], seen: readonly Seen[], prober: Prober): void {
  const byNamespace = new Map<string, Connection[]>();
  const add = (namespace: string, connection: Connection) => {
    const known = byNamespace.get(namespace);
    if (known) known.push(connection);
    else byNamespace.set(namespace, [connection]);
  };
  for (const { probe, sourcePort } of wave) {
    if (probe.protocol === 'icmp') continue;
    const connection = {
      protocol: protocolNumbers[probe.protocol][4],
      source: addressBytes(probe.from.address),
      destination: addressBytes(probe.to),
      sourcePort,
      port: probe.port ?? 0,
    };
    for (const namespace of [probe.from.namespace, ...prober.between]) add(namespace, connection);
  }
  for (const { namespace, sighting } of seen) {
    const numbered = probeOf(wave, sighting.number);
    if (numbered === undefined || numbered.probe.protocol === 'icmp' || sighting.isAnswer) continue;
    const { sourcePort, port } = sighting;
    const protocol = protocolNumbers[numbered.probe.protocol][4];
    add(namespace, { protocol, ...endsOf(numbered, sighting), sourcePort, port });
  }
  for (const [namespace, connections] of byNamespace) prober.memory.forget(namespace, connections);
}

function observe(numbered: NumberedProbe, seen: readonly Seen[], places: AddressPlaces): PacketObservation {
  const { probe, number } = numbered;
  const own = seen.filter(({ sighting }) => sighting.number === number);
  const arrival = own.find(
    ({ namespace, sighting }) => !sighting.isAnswer && places.placesOf(probe.to).includes(namespace),
  );
  const isAnswered = own.some(
    ({ namespace, sighting }) =>
      sighting.isAnswer && namespace === probe.from.namespace && isFromWhomWasAsked(sighting, numbered),
  );
  return {
    isDelivered: arrival !== undefined,
    isAnswered,
    ...(arrival && { arrivedIn: arrival.namespace }),
  };
}

/** What comes back from another address, as by a NAT gateway, answers nothing that the sender knows of. */
function isFromWhomWasAsked(
  { ends, sourcePort, port }: Sighting,
  { probe, sourcePort: own }: NumberedProbe,
): boolean {
  const isPair = probe.protocol === 'icmp' || (sourcePort === probe.port && port === own);
  if (ends === undefined) return isPair;
  return (
    isPair &&
    ends.source.equals(addressBytes(probe.to)) &&
    ends.destination.equals(addressBytes(probe.from.address))
  );
}
