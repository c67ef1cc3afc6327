/** Addresses and ranges of them, IPv4 and IPv6. An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) is the same address. Pure. */

import { BlockList, isIP } from 'node:net';

export interface AddressList {
  /** @param address in the one form of `canonicalAddress`. */
  has(address: string): boolean;
}

const entriesMax = 1000;

/** @param text addresses and CIDR ranges, separated by commas. @returns `undefined` where one of them is none. */
export function parseAddressList(text: string): AddressList | undefined {
  const entries = text.split(',').map((entry) => entry.trim());
  const list = new BlockList();
  if (entries.length > entriesMax || !entries.every((entry) => addEntry(list, entry))) return undefined;
  return { has: (address) => list.check(address, familyOf(address)) };
}

function addEntry(list: BlockList, entry: string): boolean {
  const [text = '', prefixText, ...more] = entry.split('/');
  const address = canonicalAddress(text);
  if (address === undefined || more.length > 0) return false;
  const bits = isIP(address) === 4 ? 32 : 128;
  if (prefixText === undefined) {
    list.addAddress(address, familyOf(address));
    return true;
  }
  // The prefix of a range counts the bits of the form in which it is written.
  const prefix = Number(prefixText) - (isIP(text) === 6 && bits === 32 ? 96 : 0);
  if (!/^\d{1,3}$/.test(prefixText) || prefix < 0 || prefix > bits) return false;
  list.addSubnet(address, prefix, familyOf(address));
  return true;
}

/** @returns the one way to write the address; `undefined` where it is none, or one of a link. */
export function canonicalAddress(text: string): string | undefined {
  const family = isIP(text);
  if (family === 4) return text;
  if (family === 0 || text.includes('%')) return undefined;
  const address = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (mapped === null) return address;
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
