/** Brings up a namespace with one link: its addresses, and everything over `eth0`. In this process, for there are hundreds of them. */

import type { FabricEnd } from '../../compile/index.ts';
import { addressBytes, type Family, familyOf } from '../addresses.ts';
import { attribute, type NetlinkMessage, netlinkFlags, number32 } from '../netlink.ts';
import { libc } from './libc.ts';
import { netlinkFamilies, openNetlinkSocket } from './netlink-socket.ts';

const newLink = 16;
const newAddress = 20;
const newRoute = 24;
const isUp = 1;
const loopback = 1;
const codes: Readonly<Record<Family, number>> = { 4: 2, 6: 10 };
/** Nobody has it, and links resolve no neighbours. */
const nextHop: Readonly<Record<Family, string>> = { 4: '169.254.0.1', 6: 'fe80::1' };

/** Runs inside the namespace. */
export function configureEnd({ addresses, families }: FabricEnd): void {
  const link = libc().if_nametoindex('eth0');
  if (link === 0) throw new Error('there is no eth0');
  using socket = openNetlinkSocket(netlinkFamilies.route);
  const messages = [
    linkUp(loopback),
    linkUp(link),
    ...addresses.map((address) => addAddress(address, link)),
    ...families.map((family) => {
      const source = addresses.find((address) => familyOf(address) === family);
      return defaultRoute(family, link, source);
    }),
  ];
  const failed = socket.ask(messages).find(({ error }) => error !== 0);
  if (failed) throw new Error(`request ${failed.sequence} failed with errno ${failed.error}`);
}

function message(type: number, body: readonly Buffer[]): NetlinkMessage {
  const { acknowledge, create } = netlinkFlags;
  return { type, flags: acknowledge | create, body: Buffer.concat(body) };
}

/** struct ifinfomsg */
function linkUp(index: number): NetlinkMessage {
  const none = Buffer.alloc(4);
  return message(newLink, [none, number32(index), number32(isUp), number32(isUp)]);
}

/** struct ifaddrmsg; without duplicate address detection, for nobody else is on the link. */
function addAddress(address: string, link: number): NetlinkMessage {
  const family = familyOf(address);
  const noDetection = 2;
  const bytes = addressBytes(address);
  return message(newAddress, [
    Buffer.from([codes[family], bytes.length * 8, family === 6 ? noDetection : 0, 0]),
    number32(link),
    attribute(2, bytes),
    attribute(1, bytes),
  ]);
}

/**
 * struct rtmsg. With quick acknowledgements, as the user data of our machines asks for them: iii leaves Nagle's algorithm on, and
 * waits 40 ms for a delayed one.
 */
function defaultRoute(family: Family, link: number, source: string | undefined): NetlinkMessage {
  const [mainTable, bySetup, universe, unicast, onLink] = [254, 4, 0, 1, 4];
  const [metrics, quickAcknowledgements] = [8, 15];
  return message(newRoute, [
    Buffer.from([codes[family], 0, 0, 0, mainTable, bySetup, universe, unicast]),
    number32(onLink),
    attribute(4, number32(link)),
    attribute(5, addressBytes(nextHop[family])),
    ...(source === undefined ? [] : [attribute(7, addressBytes(source))]),
    attribute(metrics, attribute(quickAcknowledgements, number32(1))),
  ]);
}
