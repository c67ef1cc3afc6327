/** Packets that a rule has refused, as netfilter's log tells of them (linux/netfilter/nfnetlink_log.h). Pure. */
import { countedMark, type Direction, refusalLogGroups } from '../../compile/index.ts';
import { attribute, attributesOf, type NetlinkMessage, netlinkFlags } from '../netlink.ts';
import type { FlowTuple } from './flow.ts';

export interface RefusedPacket extends FlowTuple {
  readonly direction: Direction;
  /** Id of the counter that refused it. */
  readonly refusedBy: string;
  readonly bytes: number;
  /** Interface numbers in the namespace; 0: none. */
  readonly fromLink: number;
  readonly toLink: number;
  /** Connection tracking of the same namespace has counted it. */
  readonly isCounted: boolean;
}

const subsystem = 4 << 8;
const [packet, configure] = [subsystem | 0, subsystem | 1];
const [command, mode, wait, threshold] = [1, 2, 4, 5];
const [bind, copyPacket] = [1, 2];

/** Ten milliseconds. */
const waitTicks = 1;
const packetsAtOnce = 64;

/** Has the namespace's refusals of both directions sent to the socket that asks. */
export function listenForRefusals(): readonly NetlinkMessage[] {
  return Object.values(refusalLogGroups).map((group) => ({
    type: configure,
    flags: netlinkFlags.acknowledge,
    body: Buffer.concat([
      Buffer.from([0, 0, group >> 8, group & 0xff]),
      attribute(command, Buffer.from([bind])),
      attribute(mode, Buffer.concat([big32(0xffff), Buffer.from([copyPacket, 0])])),
      attribute(wait, big32(waitTicks)),
      attribute(threshold, big32(packetsAtOnce)),
    ]),
  }));
}

/** Undefined for any other message, and for a packet that has no IP header. */
export function parseRefusal(type: number, body: Buffer): RefusedPacket | undefined {
  if (type !== packet) return undefined;
  const found = attributesOf(body, 4);
  const [mark, payload, prefix] = [found.get(2), found.get(9), found.get(10)];
  const ip = payload && parseIp(payload);
  if (ip === undefined || prefix === undefined) return undefined;
  const group = body.readUInt16BE(2);
  return {
    ...ip,
    direction: group === refusalLogGroups.ingress ? 'ingress' : 'egress',
    refusedBy: prefix.toString('latin1').replace(/\0.*$/s, ''),
    fromLink: found.get(4)?.readUInt32BE(0) ?? 0,
    toLink: found.get(5)?.readUInt32BE(0) ?? 0,
    isCounted: mark?.readUInt32BE(0) === countedMark,
  };
}

function parseIp(bytes: Buffer): (FlowTuple & { readonly bytes: number }) | undefined {
  const version = bytes.length >= 20 ? bytes.readUInt8(0) >> 4 : 0;
  if (version === 4) {
    const header = (bytes.readUInt8(0) & 0x0f) * 4;
    const protocol = bytes.readUInt8(9);
    const [source, destination] = [bytes.subarray(12, 16), bytes.subarray(16, 20)];
    return {
      protocol,
      source,
      destination,
      ...portsOf(bytes, header, protocol),
      bytes: bytes.readUInt16BE(2),
    };
  }
  if (version === 6 && bytes.length >= 40) {
    const protocol = bytes.readUInt8(6);
    const [source, destination] = [bytes.subarray(8, 24), bytes.subarray(24, 40)];
    return {
      protocol,
      source,
      destination,
      ...portsOf(bytes, 40, protocol),
      bytes: 40 + bytes.readUInt16BE(4),
    };
  }
  return undefined;
}

function portsOf(bytes: Buffer, at: number, protocol: number) {
  const hasPorts = (protocol === 6 || protocol === 17) && bytes.length >= at + 4;
  return hasPorts
    ? { sourcePort: bytes.readUInt16BE(at), port: bytes.readUInt16BE(at + 2) }
    : { sourcePort: 0, port: 0 };
}

function big32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
