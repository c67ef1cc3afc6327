/** Netlink sockets that are told of events, one a namespace, all looked at in one system call. Nothing waits. */
import { netlinkMessages } from '../netlink.ts';
import { errors, lastError, libc, sockets } from './libc.ts';
import type { NamespaceSwitch } from './namespace-switch.ts';
import { type NetlinkSocket, netlinkFamilies, openNetlinkSocket } from './netlink-socket.ts';

export interface EventSockets extends Disposable {
  /** `prepare` asks for the events. */
  open(namespace: string, prepare: (socket: NetlinkSocket) => void): void;
  close(namespace: string): void;
  /** Reads all that has come in, a bounded number of packets at once. */
  read(
    onMessage: (namespace: string, type: number, body: Buffer) => void,
    onLost: (namespace: string) => void,
  ): void;
  readonly namespaces: readonly string[];
}

/** Until the next look, for a namespace that talks without end. */
const readsMax = 256;
const receiveBytes = 64 * 1024;
/** Of the kernel's buffer; less where it allows no more. */
const bufferBytes = 2 ** 20;
const [pollEntryBytes, pollIn] = [8, 1];

export function openEventSockets(namespaces: NamespaceSwitch): EventSockets {
  const { poll, recv } = libc();
  const open = new Map<string, NetlinkSocket>();
  const buffer = Buffer.alloc(receiveBytes);
  let entries = Buffer.alloc(0);
  let names: readonly string[] = [];
  const list = () => {
    names = [...open.keys()];
    entries = Buffer.alloc(names.length * pollEntryBytes);
    for (const [index, socket] of [...open.values()].entries()) {
      const words = Int32Array.of(socket.descriptor);
      entries.set(new Uint8Array(words.buffer), index * pollEntryBytes);
      entries.set(new Uint8Array(Int16Array.of(pollIn).buffer), index * pollEntryBytes + 4);
    }
  };
  return {
    get namespaces() {
      return names;
    },
    open(namespace, prepare) {
      const socket = namespaces.runSync(namespace, () => openNetlinkSocket(netlinkFamilies.netfilter));
      socket.enlarge(bufferBytes);
      prepare(socket);
      open.set(namespace, socket);
      list();
    },
    close(namespace) {
      open.get(namespace)?.[Symbol.dispose]();
      open.delete(namespace);
      list();
    },
    read(onMessage, onLost) {
      if (names.length === 0 || poll(entries, names.length, 0) <= 0) return;
      for (const [index, namespace] of names.entries()) {
        const at = index * pollEntryBytes;
        const isReady = entries.readUInt16LE(at + 6) !== 0 || entries.readUInt16BE(at + 6) !== 0;
        const socket = open.get(namespace);
        if (!isReady || socket === undefined) continue;
        for (let reads = 0; reads < readsMax; reads++) {
          const length = recv(socket.descriptor, buffer, buffer.length, sockets.doNotWait);
          if (length <= 0) {
            if (lastError() !== errors.noBufferSpace) break;
            onLost(namespace);
            continue;
          }
          for (const { type, body } of netlinkMessages(buffer.subarray(0, length)))
            onMessage(namespace, type, body);
        }
      }
    },
    [Symbol.dispose]() {
      for (const socket of open.values()) socket[Symbol.dispose]();
      open.clear();
      list();
    },
  };
}
