/** Netlink messages (RFC 3549, linux/netlink.h) in this machine's byte order. Pure: bytes in, bytes out. */
import { endianness } from 'node:os';

const isLittle = endianness() === 'LE';
const headerBytes = 16;
export const errorType = 2;

export const netlinkFlags = {
  request: 1,
  acknowledge: 4,
  create: 0x400,
  exclusive: 0x200,
  replace: 0x100,
  dump: 0x300,
} as const;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

/** One buffer with all of them, numbered from 1. */
export function netlinkBatch(messages: readonly NetlinkMessage[]): Buffer {
  return Buffer.concat(
    messages.map(({ type, flags, body }, index) => {
      const header = Buffer.alloc(headerBytes);
      put32(header, 0, headerBytes + body.length);
      put16(header, 4, type);
      put16(header, 6, flags | netlinkFlags.request);
      put32(header, 8, index + 1);
      return padded(Buffer.concat([header, body]));
    }),
  );
}

/** `linux/netlink.h` attribute: length, type, value, padded to four bytes. */
export function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  put16(header, 0, 4 + value.length);
  put16(header, 2, type);
  return padded(Buffer.concat([header, value]));
}

export function nested(type: number, ...attributes: readonly Buffer[]): Buffer {
  const isNested = 0x8000;
  return attribute(type | isNested, Buffer.concat(attributes));
}

export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  put32(bytes, 0, value);
  return bytes;
}

export interface NetlinkReply {
  /** Number of the message that it answers. */
  readonly sequence: number;
  /** errno, 0 where it was done. */
  readonly error: number;
}

export interface ReceivedMessage {
  readonly type: number;
  readonly body: Buffer;
}

/** All of one datagram. */
export function* netlinkMessages(bytes: Buffer): Generator<ReceivedMessage> {
  let at = 0;
  while (at + headerBytes <= bytes.length) {
    const length = get32(bytes, at);
    if (length < headerBytes || at + length > bytes.length) return;
    yield { type: get16(bytes, at + 4), body: bytes.subarray(at + headerBytes, at + length) };
    at += (length + 3) & ~3;
  }
}

/** The last message of a listing. */
export const doneType = 3;

/** By type, from an offset on; without the flags that say how a value is meant. */
export function attributesOf(bytes: Buffer, from: number): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  let at = from;
  while (at + 4 <= bytes.length) {
    const length = get16(bytes, at);
    if (length < 4 || at + length > bytes.length) break;
    found.set(get16(bytes, at + 2) & 0x3fff, bytes.subarray(at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return found;
}

/** Acknowledgements and errors; other messages are passed over. */
export function netlinkReplies(bytes: Buffer): readonly NetlinkReply[] {
  const replies: NetlinkReply[] = [];
  let at = 0;
  while (at + headerBytes + 4 <= bytes.length) {
    const length = get32(bytes, at);
    if (length < headerBytes) break;
    if (get16(bytes, at + 4) === errorType) {
      replies.push({ sequence: get32(bytes, at + 8), error: -(get32(bytes, at + headerBytes) | 0) });
    }
    at += (length + 3) & ~3;
  }
  return replies;
}

function padded(bytes: Buffer): Buffer {
  const missing = -bytes.length & 3;
  return missing === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(missing)]);
}

function put16(bytes: Buffer, at: number, value: number): void {
  if (isLittle) bytes.writeUInt16LE(value, at);
  else bytes.writeUInt16BE(value, at);
}

function put32(bytes: Buffer, at: number, value: number): void {
  if (isLittle) bytes.writeUInt32LE(value >>> 0, at);
  else bytes.writeUInt32BE(value >>> 0, at);
}

function get16(bytes: Buffer, at: number): number {
  return isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
}

function get32(bytes: Buffer, at: number): number {
  return isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}
