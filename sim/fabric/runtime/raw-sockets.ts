/**
 * Raw sockets in any namespace: whole packets out, and every packet in that has passed the namespace's own input rules. They are
 * opened as they are needed, a bounded number at once.
 */
import { type Family, socketAddress } from '../addresses.ts';
import type { PacketProbe } from '../packet-probe.ts';
import { protocolNumbers } from '../packets.ts';
import { errors, lastError, libc, sockets } from './libc.ts';
import type { NamespaceSwitch } from './namespace-switch.ts';

export type ProbeProtocol = PacketProbe['protocol'];

export interface Listener {
  readonly namespace: string;
  readonly family: Family;
  readonly protocol: ProbeProtocol;
}

export interface RawSockets extends Disposable {
  /** `destination` is a socket address. What the sender's own rules or routes refuse is silence, not an error. */
  send(namespace: string, packet: Buffer, destination: Buffer): void;
  listen(listener: Listener): void;
  /** Gives what came in since, and empties the socket. */
  drain(listener: Listener, onPacket: (bytes: Buffer) => void): void;
  /** Takes a UDP port for a moment, so that the kernel does not refuse what comes to it. */
  takePort(namespace: string, family: Family, port: number): Disposable;
  /** Closes all of them when they have become many. */
  trim(): void;
}

const descriptorsMax = 1_500;
const packetBytesMax = 65_536;
const unspecified = { 4: '0.0.0.0', 6: '::' } as const;
const domains = { 4: sockets.ipv4, 6: sockets.ipv6 } as const;
const refusals: readonly number[] = [
  errors.notPermitted,
  errors.noAccess,
  errors.networkUnreachable,
  errors.hostUnreachable,
  errors.addressNotAvailable,
];

export function openRawSockets(namespaces: NamespaceSwitch): RawSockets {
  const { socket, bind, sendto, recv, close } = libc();
  const open = new Map<string, number>();
  const buffer = Buffer.alloc(packetBytesMax);
  const closeAll = () => {
    for (const descriptor of open.values()) close(descriptor);
    open.clear();
  };
  const newSocket = (namespace: string, family: Family, protocol: number) =>
    namespaces.runSync(namespace, () => {
      const kind = (protocol === 0 ? sockets.datagram : sockets.raw) | sockets.closeOnExec;
      const descriptor = socket(domains[family], kind, protocol);
      if (descriptor < 0) throw new Error(`no socket in ${namespace} (errno ${lastError()})`);
      return descriptor;
    });
  const descriptorOf = (namespace: string, family: Family, protocol: number) => {
    const key = `${namespace} ${family} ${protocol}`;
    const known = open.get(key);
    if (known !== undefined) return known;
    const descriptor = newSocket(namespace, family, protocol);
    open.set(key, descriptor);
    return descriptor;
  };
  const listenerOf = ({ namespace, family, protocol }: Listener) =>
    descriptorOf(namespace, family, protocolNumbers[protocol][family]);
  const drain: RawSockets['drain'] = (listener, onPacket) => {
    const descriptor = listenerOf(listener);
    for (;;) {
      const length = recv(descriptor, buffer, buffer.length, sockets.doNotWait);
      if (length < 0) return;
      onPacket(buffer.subarray(0, length));
    }
  };
  return {
    send(namespace, packet, destination) {
      const family = packet.readUInt8(0) >> 4 === 6 ? 6 : 4;
      const descriptor = descriptorOf(namespace, family, sockets.anyIpProtocol);
      if (sendto(descriptor, packet, packet.length, 0, destination, destination.length) >= 0) return;
      const error = lastError();
      if (!refusals.includes(error)) throw new Error(`no packet out of ${namespace} (errno ${error})`);
    },
    listen(listener) {
      listenerOf(listener);
    },
    drain,
    takePort(namespace, family, port) {
      const descriptor = newSocket(namespace, family, 0);
      const address = socketAddress(unspecified[family], port);
      // Where a program has the port already, it is taken.
      namespaces.runSync(namespace, () => bind(descriptor, address, address.length));
      return { [Symbol.dispose]: () => void close(descriptor) };
    },
    trim() {
      if (open.size > descriptorsMax) closeAll();
    },
    [Symbol.dispose]: closeAll,
  };
}
