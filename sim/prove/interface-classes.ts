/** Interfaces that no packet can tell apart: the same subnet, groups, addresses as rules see them, and ways to the internet. */

import type { NetworkInterface, Subnet, UnknownCause, VpcModel } from '../vpc/model.ts';
import type { AddressKey, AddressKeys } from './address-keys.ts';
import { addressFrom, isPublicSpace } from './address-space.ts';
import type { Filters } from './filters.ts';
import type { Family } from './verdict.ts';

export interface InterfaceClass {
  readonly index: number;
  readonly subnet: Subnet;
  readonly profile: number;
  readonly keys: { readonly 4: AddressKey; readonly 6?: AddressKey };
  /** Whether the internet has a name for it: in IPv4 a public address, in IPv6 a global one. */
  readonly isPublic: Readonly<Record<Family, boolean>>;
  /** Whether it has a public IPv4 address is not known. */
  readonly publicDoubt?: UnknownCause;
  /** Of its public IPv4 address: what rules can tell of it, and the VPCs of whose ranges it is one. */
  readonly public?: { readonly key: AddressKey; readonly within: ReadonlySet<string> };
  /** VPCs of whose ranges its address is one: its own, and others in which the address means somebody else, or nobody. */
  readonly within: Readonly<Record<Family, ReadonlySet<string>>>;
  readonly size: number;
}

export interface Classes {
  readonly all: readonly InterfaceClass[];
  /** In the order of the model's interfaces. */
  readonly indexes: readonly number[];
}

type Drawn = Omit<InterfaceClass, 'index' | 'size'>;

export function interfaceClasses(model: VpcModel, { keys, filters, rangesAround }: Drawing): Classes {
  const subnets = new Map(model.subnets.map((subnet) => [subnet.address, subnet]));
  const known = new Map<string, { readonly drawn: Drawn; readonly index: number; size: number }>();
  const indexes = model.interfaces.map((one) => {
    const subnet = subnets.get(one.subnet);
    if (subnet === undefined) throw new TypeError(`the model has no ${one.subnet}`);
    const drawn = draw(one, subnet, { keys, filters, rangesAround });
    const key = textOf(drawn);
    const entry = known.get(key) ?? { drawn, index: known.size, size: 0 };
    entry.size += 1;
    known.set(key, entry);
    return entry.index;
  });
  return { all: [...known.values()].map(({ drawn, index, size }) => ({ ...drawn, index, size })), indexes };
}

export interface Drawing {
  readonly keys: AddressKeys;
  readonly filters: Filters;
  /** The VPCs of whose ranges an address is one. */
  readonly rangesAround: (address: string) => ReadonlySet<string>;
}

function draw(one: NetworkInterface, subnet: Subnet, { keys, filters, rangesAround }: Drawing): Drawn {
  const { privateAddress, ipv6Address, publicAddress } = one;
  const doubt = one.uncertain?.publicAddress;
  return {
    subnet,
    profile: filters.profileOf(one),
    keys: {
      4: keys.ofAddress(privateAddress),
      ...(ipv6Address !== undefined && { 6: keys.ofAddress(ipv6Address) }),
    },
    isPublic: {
      4: publicAddress !== undefined,
      6: ipv6Address !== undefined && isPublicSpace(addressFrom(ipv6Address)),
    },
    ...(doubt !== undefined && { publicDoubt: doubt }),
    ...(publicAddress !== undefined && {
      public: { key: keys.ofAddress(publicAddress), within: rangesAround(publicAddress) },
    }),
    within: {
      4: rangesAround(privateAddress),
      6: ipv6Address === undefined ? new Set() : rangesAround(ipv6Address),
    },
  };
}

function textOf({ subnet, profile, keys, isPublic, public: outside, publicDoubt, within }: Drawn): string {
  return JSON.stringify([
    subnet.address,
    profile,
    keys[4].id,
    keys[6]?.id,
    isPublic,
    publicDoubt?.address,
    publicDoubt?.reason,
    outside?.key.id,
    [...(outside?.within ?? [])],
    [...within[4]],
    [...within[6]],
  ]);
}
