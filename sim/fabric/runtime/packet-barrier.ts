/**
 * Tells when every packet that this thread has sent, and what answered it in the kernel, has come to its end, without waiting
 * for time to pass. A link hands its packets to a queue of the processor that sends; that queue is served in order. While the thread
 * keeps to one processor, a packet of our own that arrives says that all before it have gone one link further.
 */
import { socketAddress } from '../addresses.ts';
import { lastError, libc, sockets } from './libc.ts';
import type { NamespaceSwitch } from './namespace-switch.ts';

export interface PacketBarrier extends Disposable {
  /** Keeps the thread on one processor until disposed. */
  pin(): Disposable;
  /** Only while pinned. @throws Error when the processor does not get round to its queue within the time. */
  settle(timeoutMs: number): void;
}

/** More links than any way has, there and back, through a NAT gateway and a hairpin to another VPC. */
const rounds = 48;
const maskBytes = 128;
const [socketLevel, receiveTimeout] = [1, 20];

/** Its own packets go over the loopback of `namespace`. */
export function openPacketBarrier(namespaces: NamespaceSwitch, namespace: string): PacketBarrier {
  const c = libc();
  const descriptor = namespaces.runSync(namespace, () =>
    c.socket(sockets.ipv4, sockets.datagram | sockets.closeOnExec, 0),
  );
  const address = socketAddress('127.0.0.1', 0);
  c.bind(descriptor, address, address.length);
  const length = Buffer.alloc(4);
  length.set(new Uint8Array(Uint32Array.of(address.length).buffer));
  if (c.getsockname(descriptor, address, length) !== 0) {
    throw new Error(`no loopback in ${namespace} (errno ${lastError()})`);
  }
  const byte = Buffer.alloc(8);
  return {
    pin() {
      const [before, one] = [Buffer.alloc(maskBytes), Buffer.alloc(maskBytes)];
      c.sched_getaffinity(0, maskBytes, before);
      const processor = c.sched_getcpu();
      one.writeUInt8(1 << (processor % 8), processor >> 3);
      c.sched_setaffinity(0, maskBytes, one);
      return { [Symbol.dispose]: () => void c.sched_setaffinity(0, maskBytes, before) };
    },
    settle(timeoutMs) {
      const seconds = Math.floor(timeoutMs / 1_000);
      const timeout = BigInt64Array.of(BigInt(seconds), BigInt((timeoutMs - seconds * 1_000) * 1_000));
      c.setsockopt(descriptor, socketLevel, receiveTimeout, new Uint8Array(timeout.buffer), 16);
      for (let round = 0; round < rounds; round++) {
        c.sendto(descriptor, byte, 1, 0, address, address.length);
        if (c.recv(descriptor, byte, byte.length, 0) < 0) {
          throw new Error(`the processor did not serve its packets within ${timeoutMs} ms`);
        }
      }
    },
    [Symbol.dispose]: () => void c.close(descriptor),
  };
}
