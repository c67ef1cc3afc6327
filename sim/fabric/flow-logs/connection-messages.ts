/** Connections as the kernel tells of them (linux/netfilter/nfnetlink_conntrack.h). Pure: bytes in, facts out. */
import { attributesOf, type NetlinkMessage, nested, netlinkFlags } from '../netlink.ts';
import type { FlowTuple } from './flow.ts';

export interface Counted {
  readonly packets: number;
  readonly bytes: number;
}

/** Both directions of one connection, and what each has carried since it was last asked. */
export interface CountedConnection {
  readonly original: FlowTuple & Counted;
  readonly reply: FlowTuple & Counted;
  /** Unix milliseconds, where the kernel keeps them. */
  readonly startMs?: number;
}

/** Two addresses of IPv4 and three numbers, each with its header; of IPv6 it is longer. */
const ipv4TupleBytesMax = 56;
const subsystem = 1 << 8;
const [deleted, getAndZero] = [subsystem | 2, subsystem | 3];
const told = subsystem | 0;
/** Of a netlink socket, to hear of connections that begin and end. */
export const connectionGroups = [1, 3] as const;

/** Every connection of the namespace; what is told is counted from 0 again. */
export function askForConnections(): NetlinkMessage {
  return { type: getAndZero, flags: netlinkFlags.dump, body: Buffer.alloc(4) };
}

/** One that stands, by the `tuple` that `connectionEvent` gave; counted from 0 again. */
export function askForConnection(tuple: Buffer): NetlinkMessage {
  // Only its addresses tell the family.
  const isIpv6 = tuple.length > ipv4TupleBytesMax;
  const body = Buffer.concat([Buffer.from([isIpv6 ? 10 : 2, 0, 0, 0]), nested(1, tuple)]);
  return { type: getAndZero, flags: 0, body };
}

export interface ConnectionEvent {
  readonly isEnd: boolean;
  /** How the kernel knows the connection. */
  readonly tuple: Buffer;
}

/** Undefined for any other message. */
export function connectionEvent(type: number, body: Buffer): ConnectionEvent | undefined {
  if (type !== deleted && type !== told) return undefined;
  const tuple = attributesOf(body, 4).get(1);
  return tuple && { isEnd: type === deleted, tuple: Buffer.from(tuple) };
}

/** Of a connection that stands or has ended; undefined for any other message. */
export function parseConnection(type: number, body: Buffer): CountedConnection | undefined {
  if (type !== deleted && type !== told) return undefined;
  const found = attributesOf(body, 4);
  const original = tupleOf(found.get(1));
  const reply = tupleOf(found.get(2));
  if (original === undefined || reply === undefined) return undefined;
  const startMs = timestampOf(found.get(20));
  return {
    original: { ...original, ...countersOf(found.get(9)) },
    reply: { ...reply, ...countersOf(found.get(10)) },
    ...(startMs !== undefined && { startMs }),
  };
}

function tupleOf(bytes: Buffer | undefined): FlowTuple | undefined {
  if (bytes === undefined) return undefined;
  const parts = attributesOf(bytes, 0);
  const [ip, protocol] = [parts.get(1), parts.get(2)];
  if (ip === undefined || protocol === undefined) return undefined;
  const addresses = attributesOf(ip, 0);
  const [source, destination] = [addresses.get(1) ?? addresses.get(3), addresses.get(2) ?? addresses.get(4)];
  const numbers = attributesOf(protocol, 0);
  if (source === undefined || destination === undefined) return undefined;
  return {
    protocol: numbers.get(1)?.readUInt8(0) ?? 0,
    source,
    destination,
    sourcePort: numbers.get(2)?.readUInt16BE(0) ?? 0,
    port: numbers.get(3)?.readUInt16BE(0) ?? 0,
  };
}

function countersOf(bytes: Buffer | undefined): Counted {
  if (bytes === undefined) return { packets: 0, bytes: 0 };
  const counters = attributesOf(bytes, 0);
  const value = (type: number) => Number(counters.get(type)?.readBigUInt64BE(0) ?? 0n);
  return { packets: value(1), bytes: value(2) };
}

function timestampOf(bytes: Buffer | undefined): number | undefined {
  const start = bytes && attributesOf(bytes, 0).get(1);
  return start && Number(start.readBigUInt64BE(0) / 1_000_000n);
}
