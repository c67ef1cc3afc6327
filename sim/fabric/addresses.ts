/** Addresses as the bytes of a packet and of a socket address. */
import { isIPv4, isIPv6 } from 'node:net';
import { endianness } from 'node:os';

export type Family = 4 | 6;

export function familyOf(address: string): Family {
  return isIPv6(address) ? 6 : 4;
}

/** In network order, 4 or 16 bytes. */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').flatMap(groupOf));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? [] : new Array<number>(8 - before.length - after.length).fill(0);
  const bytes = Buffer.alloc(16);
  for (const [index, group] of [...before, ...zeros, ...after].entries())
    bytes.writeUInt16BE(group, index * 2);
  return bytes;
}

/** Of 4 or 16 bytes, as people write it. */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  // RFC 5952's form, as URLs have it (WHATWG URL §3.5).
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function groupOf(text: string): readonly number[] {
  if (!text.includes('.')) return [Number.parseInt(text, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

/** `struct sockaddr_in` or `sockaddr_in6`. */
export function socketAddress(address: string, port: number): Buffer {
  const family = familyOf(address);
  const bytes = Buffer.alloc(family === 4 ? 16 : 28);
  const code = family === 4 ? 2 : 10;
  if (endianness() === 'LE') bytes.writeUInt16LE(code, 0);
  else bytes.writeUInt16BE(code, 0);
  bytes.writeUInt16BE(port, 2);
  addressBytes(address).copy(bytes, family === 4 ? 4 : 8);
  return bytes;
}
