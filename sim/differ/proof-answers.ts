/**
 * What a proof says of one packet: the flow whose ends, protocol and ports are the packet's, or never. A proof does not
 * speak of packets to the sender's own public address, nor of those to nobody's address; the answer is then undefined.
 */

import type { Flow, Packet, Party, Proof, Traffic } from '../prove/index.ts';
import { containsAddress, formatCidr, parseAddress, parseCidr } from '../terraform/index.ts';
import type { PortRange, VpcModel } from '../vpc/model.ts';
import type { ProvenAnswer } from './oracle.ts';
import { isPublic, singledOutBlocks } from './outside-addresses.ts';
import { familyOf } from './parties.ts';

const NEVER: ProvenAnswer = { delivered: { kind: 'never' }, verdict: { kind: 'never' } };

export function proofAnswers(
  model: VpcModel,
  { flows, byPublicAddress }: Proof,
): (packet: Packet) => ProvenAnswer | undefined {
  const keyOf = ({ from, to, family }: Flow) => endsKey(from, to, family);
  const [ownEnds, publicEnds] = [Map.groupBy(flows, keyOf), Map.groupBy(byPublicAddress, keyOf)];
  const namesOf = partyNames(model);
  return ({ source, destination, traffic }) => {
    const isPublicly = isInsideToPublic(model, source, destination);
    if ((isPublicly && isSame(source, destination)) || isNobodys(destination)) return undefined;
    if (isOutsideToPrivate(model, source, destination)) return NEVER;
    const family = familyOf(source.address);
    const byEnds = isPublicly ? publicEnds : ownEnds;
    const between = namesOf(source).flatMap((from) =>
      namesOf(destination).flatMap((to) => byEnds.get(endsKey(from, to, family)) ?? []),
    );
    return between.find((flow) => isOfTraffic(flow, traffic, between)) ?? NEVER;
  };
}

function endsKey(from: string, to: string, family: 4 | 6): string {
  return `${from}\n${to}\n${family}`;
}

/** The names that a proof may have for a party, the most particular first. */
function partyNames(model: VpcModel): (party: Party) => readonly string[] {
  const interfaces = new Map(model.interfaces.map((one) => [one.id, one]));
  const services = model.gatewayEndpoints.flatMap(({ cidrs }) => cidrs);
  const blocks = singledOutBlocks(model, services)
    .filter(({ prefix, family }) => prefix > (family === 4 ? 0 : 3))
    .toSorted((one, other) => other.prefix - one.prefix);
  return (party) => {
    if (party.kind === 'interface') {
      const endpoint = interfaces.get(party.id)?.endpoint ?? party.id;
      return [endpoint, endpoint.replace(/#\d+$/, '')];
    }
    const address = parseAddress(party.address);
    const block = address && blocks.find((candidate) => containsAddress(candidate, address));
    const name = block === undefined ? 'internet' : formatCidr(block);
    if (party.kind === 'internet') return [name];
    const endpoints = model.gatewayEndpoints.filter(({ cidrs }) =>
      cidrs.some((cidr) => isWithin(cidr, address)),
    );
    return [...endpoints.map((endpoint) => endpoint.address), name];
  };
}

/** No router outside carries it; what a proof says of the pair is about the public address. */
function isOutsideToPrivate(model: VpcModel, source: Party, destination: Party): boolean {
  if (source.kind === 'interface' || destination.kind !== 'interface') return false;
  return model.interfaces.some(
    ({ id, privateAddress }) => id === destination.id && privateAddress === destination.address,
  );
}

/** A link-local service, or a private address that no interface has. */
function isNobodys({ kind, address }: Party): boolean {
  const parsed = parseAddress(address);
  return kind === 'internet' && (parsed === undefined || !isPublic(parsed));
}

function isWithin(cidr: string, address: ReturnType<typeof parseAddress>): boolean {
  const block = parseCidr(cidr);
  return block !== undefined && address !== undefined && containsAddress(block, address);
}

function isInsideToPublic(model: VpcModel, source: Party, destination: Party): boolean {
  if (source.kind !== 'interface' || destination.kind !== 'interface') return false;
  return model.interfaces.some(
    ({ id, publicAddress }) => id === destination.id && publicAddress === destination.address,
  );
}

function isSame(source: Party, destination: Party): boolean {
  return source.kind === 'interface' && destination.kind === 'interface' && source.id === destination.id;
}

function isOfTraffic(flow: Flow, traffic: Traffic, between: readonly Flow[]): boolean {
  const { protocol } = traffic;
  if (typeof protocol === 'number') {
    const isNamed = between.some((other) => other.protocol === String(protocol));
    return flow.protocol === (isNamed ? String(protocol) : 'other');
  }
  if (flow.protocol !== protocol) return false;
  if ('port' in traffic) return isIn(flow.ports, traffic.port);
  if (!('type' in traffic) || !isIn(flow.ports, traffic.type)) return false;
  return flow.codes === undefined || isIn(flow.codes, traffic.code);
}

function isIn(ranges: readonly PortRange[], value: number): boolean {
  return ranges.some(({ from, to }) => from <= value && value <= to);
}
