/** The few C functions that Node does not offer, called on the main thread. Each returns at once, but a receive that may wait is bounded by its socket. */
import koffi from 'koffi';

export interface Libc {
  setns(descriptor: number, kind: number): number;
  socket(domain: number, kind: number, protocol: number): number;
  bind(socket: number, address: Uint8Array, length: number): number;
  setsockopt(socket: number, level: number, name: number, value: Uint8Array, length: number): number;
  getsockname(socket: number, address: Uint8Array, length: Uint8Array): number;
  sendto(
    socket: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array | null,
    addressLength: number,
  ): number;
  recv(socket: number, bytes: Uint8Array, length: number, flags: number): number;
  close(descriptor: number): number;
  poll(entries: Uint8Array, count: number, timeoutMs: number): number;
  if_nametoindex(name: string): number;
  sched_getcpu(): number;
  sched_getaffinity(pid: number, bytes: number, mask: Uint8Array): number;
  sched_setaffinity(pid: number, bytes: number, mask: Uint8Array): number;
}

/** As in `sys/socket.h` and `netinet/in.h`. */
export const sockets = {
  ipv4: 2,
  ipv6: 10,
  netlink: 16,
  datagram: 2,
  raw: 3,
  closeOnExec: 0o2000000,
  doNotWait: 0x40,
  anyIpProtocol: 255,
} as const;

/** As in `errno.h`. */
export const errors = {
  notPermitted: 1,
  noEntry: 2,
  tryAgain: 11,
  noAccess: 13,
  exists: 17,
  addressInUse: 98,
  noBufferSpace: 105,
  addressNotAvailable: 99,
  networkUnreachable: 101,
  hostUnreachable: 113,
} as const;

let loaded: Libc | undefined;

export function libc(): Libc {
  loaded ??= load();
  return loaded;
}

/** Of the last call that failed. */
export function lastError(): number {
  return koffi.errno();
}

function load(): Libc {
  const library = koffi.load('libc.so.6');
  return {
    setns: library.func('int setns(int, int)'),
    socket: library.func('int socket(int, int, int)'),
    bind: library.func('int bind(int, void *, uint32_t)'),
    setsockopt: library.func('int setsockopt(int, int, int, void *, uint32_t)'),
    getsockname: library.func('int getsockname(int, void *, void *)'),
    sendto: library.func('intptr_t sendto(int, void *, size_t, int, void *, uint32_t)'),
    recv: library.func('intptr_t recv(int, void *, size_t, int)'),
    close: library.func('int close(int)'),
    poll: library.func('int poll(void *, uint64_t, int)'),
    if_nametoindex: library.func('uint32_t if_nametoindex(const char *)'),
    sched_getcpu: library.func('int sched_getcpu()'),
    sched_getaffinity: library.func('int sched_getaffinity(int, size_t, void *)'),
    sched_setaffinity: library.func('int sched_setaffinity(int, size_t, void *)'),
  };
}
