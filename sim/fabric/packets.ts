/**
 * The bytes of probes and what a received packet says about them. Each probe carries its number: TCP in the sequence number,
 * which every answer acknowledges, UDP and ICMP in the payload. So a packet is known whatever a gateway has made of its addresses and ports.
 */
import { randomInt } from 'node:crypto';
import { addressBytes, type Family, familyOf } from './addresses.ts';
import type { PacketProbe } from './packet-probe.ts';

export const protocolNumbers = {
  tcp: { 4: 6, 6: 6 },
  udp: { 4: 17, 6: 17 },
  icmp: { 4: 1, 6: 58 },
} as const;

const echoTypes = { request: { 4: 8, 6: 128 }, reply: { 4: 0, 6: 129 } } as const;
const synFlag = 0x02;
const acknowledgeFlag = 0x10;
const payloadBytes = 8;
const sequences = 2 ** 32;

/** Tells the probes of one call from all other traffic. */
export interface ProbeMark {
  readonly firstSequence: number;
  readonly magic: number;
}

export function newProbeMark(): ProbeMark {
  return { firstSequence: randomInt(sequences), magic: randomInt(sequences) };
}

/** A probe with what its sender has chosen where the caller left it open. */
export interface NumberedProbe {
  readonly probe: PacketProbe;
  readonly number: number;
  readonly sourcePort: number;
}

export interface Endpoints {
  readonly source: Buffer;
  readonly destination: Buffer;
}

/** The whole packet, IP header included. */
export function probePacket({ probe, number, sourcePort }: NumberedProbe, mark: ProbeMark): Buffer {
  const family = familyOf(probe.to);
  const ends = { source: addressBytes(probe.from.address), destination: addressBytes(probe.to) };
  const body = probeBody({ probe, number, sourcePort }, { family, mark });
  return ipPacket({ ...ends, protocol: protocolNumbers[probe.protocol][family], body });
}

function probeBody(
  { probe, number, sourcePort }: NumberedProbe,
  { family, mark }: { readonly family: Family; readonly mark: ProbeMark },
): Buffer {
  if (probe.protocol === 'tcp') {
    const body = Buffer.alloc(20);
    body.writeUInt16BE(sourcePort, 0);
    body.writeUInt16BE(probe.port ?? 0, 2);
    body.writeUInt32BE(sequenceOf(number, mark), 4);
    body.writeUInt8(5 << 4, 12);
    body.writeUInt8(synFlag, 13);
    body.writeUInt16BE(64_240, 14);
    return body;
  }
  if (probe.protocol === 'udp') return udpBody(sourcePort, probe.port ?? 0, payload(number, mark));
  const body = Buffer.alloc(8);
  body.writeUInt8(echoTypes.request[family], 0);
  body.writeUInt16BE(sourcePort, 4);
  body.writeUInt16BE(number & 0xffff, 6);
  return Buffer.concat([body, payload(number, mark)]);
}

/** Two apart, so that an acknowledgement of one is never the next. */
function sequenceOf(number: number, { firstSequence }: ProbeMark): number {
  return (firstSequence + number * 2) % sequences;
}

function payload(number: number, { magic }: ProbeMark): Buffer {
  const bytes = Buffer.alloc(payloadBytes);
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt32BE(number, 4);
  return bytes;
}

function udpBody(sourcePort: number, port: number, content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(port, 2);
  header.writeUInt16BE(8 + content.length, 4);
  return Buffer.concat([header, content]);
}

interface IpPacket extends Endpoints {
  readonly protocol: number;
  readonly body: Buffer;
}

const checksumAt: Readonly<Record<number, number>> = { 1: 2, 6: 16, 17: 6, 58: 2 };

function ipPacket({ source, destination, protocol, body }: IpPacket): Buffer {
  const isIpv4 = source.length === 4;
  const header = Buffer.alloc(isIpv4 ? 20 : 40);
  if (isIpv4) {
    header.writeUInt8(0x45, 0);
    header.writeUInt16BE(20 + body.length, 2);
    header.writeUInt16BE(0x4000, 6);
    header.writeUInt8(64, 8);
    header.writeUInt8(protocol, 9);
    source.copy(header, 12);
    destination.copy(header, 16);
    header.writeUInt16BE(checksum([header]), 10);
  } else {
    header.writeUInt8(0x60, 0);
    header.writeUInt16BE(body.length, 4);
    header.writeUInt8(protocol, 6);
    header.writeUInt8(64, 7);
    source.copy(header, 8);
    destination.copy(header, 24);
  }
  const pseudo = Buffer.alloc(4);
  pseudo.writeUInt8(protocol, 1);
  pseudo.writeUInt16BE(body.length, 2);
  // ICMP over IPv4 is the one that leaves the addresses out (RFC 792).
  const sum = checksum(protocol === 1 ? [body] : [source, destination, pseudo, body]);
  // RFC 768: no checksum is written as 0, so a sum of 0 is written as its other form.
  body.writeUInt16BE(sum === 0 && protocol === 17 ? 0xffff : sum, checksumAt[protocol] ?? 0);
  return Buffer.concat([header, body]);
}

/** RFC 1071. Each part but the last has an even length. */
function checksum(parts: readonly Buffer[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) {
      sum += part.readUInt8(at) * 256 + (at + 1 < part.length ? part.readUInt8(at + 1) : 0);
    }
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** What a packet received in some namespace is to the probes. */
export interface Sighting {
  readonly number: number;
  readonly isAnswer: boolean;
  /** Ports as they arrived, for TCP and UDP. */
  readonly sourcePort: number;
  readonly port: number;
  /** As they arrived; absent for IPv6, which no gateway translates. */
  readonly ends?: Endpoints;
}

/** `bytes` as a raw socket gives them: with its header in IPv4, without it in IPv6. */
export function sight(
  bytes: Buffer,
  { family, protocol, mark }: { family: Family; protocol: PacketProbe['protocol']; mark: ProbeMark },
): Sighting | undefined {
  const headerBytes = family === 4 ? (bytes.readUInt8(0) & 0x0f) * 4 : 0;
  const body = bytes.subarray(headerBytes);
  if (body.length < 16) return undefined;
  const found = protocol === 'tcp' ? sightTcp(body, mark) : sightPayload(body, { family, protocol, mark });
  if (found === undefined) return undefined;
  return {
    ...found,
    sourcePort: body.readUInt16BE(0),
    port: body.readUInt16BE(2),
    ...(family === 4 && { ends: { source: bytes.subarray(12, 16), destination: bytes.subarray(16, 20) } }),
  };
}

type Found = Pick<Sighting, 'number' | 'isAnswer'> | undefined;

function sightTcp(body: Buffer, { firstSequence }: ProbeMark): Found {
  const flags = body.readUInt8(13);
  const isAnswer = (flags & acknowledgeFlag) !== 0;
  if (!isAnswer && (flags & synFlag) === 0) return undefined;
  const sequence = isAnswer ? body.readUInt32BE(8) - 1 : body.readUInt32BE(4);
  const distance = (((sequence - firstSequence) % sequences) + sequences) % sequences;
  return distance % 2 === 0 ? { number: distance / 2, isAnswer } : undefined;
}

function sightPayload(
  body: Buffer,
  { family, protocol, mark }: { family: Family; protocol: PacketProbe['protocol']; mark: ProbeMark },
): Found {
  if (body.readUInt32BE(8) !== mark.magic) return undefined;
  const number = body.readUInt32BE(12);
  if (protocol === 'icmp') {
    const type = body.readUInt8(0);
    if (type === echoTypes.request[family]) return { number, isAnswer: false };
    return type === echoTypes.reply[family] ? { number, isAnswer: true } : undefined;
  }
  // An answer bears one byte more.
  return { number, isAnswer: body.length > 8 + payloadBytes };
}

/** What a UDP service would answer to what has arrived. */
export function udpAnswer(
  { ends, port, sourcePort, number }: { ends: Endpoints; port: number; sourcePort: number; number: number },
  mark: ProbeMark,
): Buffer {
  return ipPacket({
    source: ends.destination,
    destination: ends.source,
    protocol: 17,
    body: udpBody(port, sourcePort, Buffer.concat([payload(number, mark), Buffer.from([1])])),
  });
}
