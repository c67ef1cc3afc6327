/** The token bucket of a link (linux/pkt_sched.h) as netlink messages. Pure. */
import { burstOf } from '../faults/index.ts';
import { attribute, type NetlinkMessage, nested, netlinkFlags, number32 } from './netlink.ts';

const newQueue = 36;
const deleteQueue = 37;
const root = 0xffff_ffff;
const handle = 0x1_0000;
/** What waits longer is dropped. */
const waitSeconds = 0.2;
const bitsMax32 = 0xffff_ffff;

export function setRate(link: number, bitsPerSecond: number): NetlinkMessage {
  const bytes = Math.round(bitsPerSecond / 8);
  const burst = burstOf(bytes);
  const limit = Math.min(bitsMax32, Math.round(bytes * waitSeconds) + burst);
  // struct tc_tbf_qopt: the rate, no peak rate, limit, and two fields that attributes of their own replace.
  const parameters = Buffer.concat([
    rateSpecification(bytes),
    Buffer.alloc(12),
    number32(limit),
    number32(0),
    number32(0),
  ]);
  return message(newQueue, link, [
    attribute(1, Buffer.from('tbf\0')),
    nested(2, attribute(1, parameters), attribute(4, number64(bytes)), attribute(6, number32(burst))),
  ]);
}

export function clearRate(link: number): NetlinkMessage {
  return message(deleteQueue, link, []);
}

/** struct tc_ratespec; an Ethernet link layer needs no table. */
function rateSpecification(bytes: number): Buffer {
  const ethernet = 1;
  return Buffer.concat([Buffer.from([0, ethernet, 0, 0, 0, 0, 0, 0]), number32(Math.min(bitsMax32, bytes))]);
}

/** struct tcmsg */
function message(type: number, link: number, body: readonly Buffer[]): NetlinkMessage {
  const { acknowledge, create, replace } = netlinkFlags;
  return {
    type,
    flags: type === newQueue ? acknowledge | create | replace : acknowledge,
    body: Buffer.concat([
      Buffer.alloc(4),
      number32(link),
      number32(handle),
      number32(root),
      number32(0),
      ...body,
    ]),
  };
}

function number64(value: number): Buffer {
  return Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
}
