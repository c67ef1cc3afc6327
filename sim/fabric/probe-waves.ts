/** Cuts probes into waves in which none can be taken for part of another's connection, and says where each may arrive. Pure. */
import { BlockList } from 'node:net';
import { familyOf } from './addresses.ts';
import type { NumberedProbe } from './packets.ts';
import type { AppliedFabric } from './protocol.ts';

/** Fewer packets than a socket or a processor's queue holds, even when none is read meanwhile. */
const waveMax = 64;
const [firstOwnPort, ownPorts] = [32_768, 28_000];

/** Probes without a source port get one each; an ICMP probe's is its identifier. */
export function numberProbes(probes: readonly NumberedProbe['probe'][]): readonly NumberedProbe[] {
  return probes.map((probe, number) => ({
    probe,
    number,
    sourcePort: probe.sourcePort ?? firstOwnPort + (number % ownPorts),
  }));
}

/** In order. Two of one wave never share a connection, in either direction, nor the way that a NAT gateway tells them apart by. */
export function wavesOf(
  probes: readonly NumberedProbe[],
  places: AddressPlaces,
  atOnceMax = waveMax,
): readonly (readonly NumberedProbe[])[] {
  const waves: NumberedProbe[][] = [];
  let wave: NumberedProbe[] = [];
  let taken = new Set<string>();
  for (const numbered of probes) {
    const keys = keysOf(numbered, places);
    if (wave.length >= Math.min(waveMax, atOnceMax) || keys.some((key) => taken.has(key))) {
      waves.push(wave);
      wave = [];
      taken = new Set();
    }
    wave.push(numbered);
    for (const key of keys) taken.add(key);
  }
  if (wave.length > 0) waves.push(wave);
  return waves;
}

function keysOf({ probe, sourcePort }: NumberedProbe, places: AddressPlaces): readonly string[] {
  const { protocol, from, to } = probe;
  const destination = `${places.nameOf(to)} ${probe.port ?? 0}`;
  const source = `${places.nameOf(from.address)} ${sourcePort}`;
  const sides = [source, destination].sort().join(' ');
  return [`${protocol} ${sides}`, `${protocol} ${sourcePort} to ${destination}`];
}

export interface AddressPlaces {
  /** Namespaces in which a packet to the address may arrive. */
  placesOf(address: string): readonly string[];
  /** The same for the public and the private address of one interface. */
  nameOf(address: string): string;
}

export function addressPlaces(fabric: AppliedFabric): AddressPlaces {
  const byAddress = new Map<string, string[]>();
  const privateOf = new Map<string, string>();
  const add = (address: string | undefined, namespace: string) => {
    if (address === undefined) return;
    const known = byAddress.get(address);
    if (known) known.push(namespace);
    else byAddress.set(address, [namespace]);
  };
  for (const { namespace, privateAddress, ipv6Address, publicAddress } of fabric.interfaces) {
    for (const address of [privateAddress, ipv6Address, publicAddress]) add(address, namespace);
    if (publicAddress !== undefined) privateOf.set(publicAddress, privateAddress);
  }
  for (const { namespace, answersAt } of fabric.routers) {
    for (const address of answersAt) add(address, namespace);
  }
  const endpoints = fabric.endpoints.map(({ namespace, answersAt }) => ({
    namespace,
    ranges: blockList(answersAt),
  }));
  const found = new Map<string, readonly string[]>();
  const find = (address: string) => {
    const exact = byAddress.get(address);
    if (exact) return exact;
    const family = familyOf(address) === 6 ? 'ipv6' : 'ipv4';
    const behind = endpoints.filter(({ ranges }) => ranges.check(address, family));
    return [...behind.map(({ namespace }) => namespace), fabric.internet.namespace];
  };
  return {
    placesOf(address) {
      const known = found.get(address) ?? find(address);
      found.set(address, known);
      return known;
    },
    nameOf: (address) => privateOf.get(address) ?? address,
  };
}

function blockList(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix = ''] = cidr.split('/');
    list.addSubnet(address, Number(prefix), familyOf(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
