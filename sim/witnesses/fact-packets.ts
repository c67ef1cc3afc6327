/** The packets that a fact speaks of: from and to every member that it names, from each source port that it means. */

import { internetAddresses, serviceAddresses } from '../differ/index.ts';
import { DrydockError } from '../errors.ts';
import type { Packet, Party, Traffic } from '../prove/index.ts';
import { parseAddress } from '../terraform/index.ts';
import type { NetworkInterface, VpcModel } from '../vpc/model.ts';
import type { Fact } from './facts.ts';

/** A fact without a source port is about all of them: both ends, and where Linux and Windows pick from. */
const SOURCE_PORTS = [1024, 32_768, 49_152, 60_999, 65_535];

/** @throws DrydockError SIM_ENDPOINT_UNKNOWN when the fact names nobody of the model. */
export function packetsOf(model: VpcModel, fact: Fact): readonly Packet[] {
  const sources = sourcesOf(model, fact);
  const destinations = destinationsOf(model, fact);
  const packets = sources.flatMap((source) =>
    destinations
      .filter((destination) => !isSame(source, destination))
      .flatMap((destination) => trafficsOf(fact).map((traffic) => ({ source, destination, traffic }))),
  );
  if (packets.length === 0) throw unknownEndpoint(model, fact);
  return packets;
}

function trafficsOf({ traffic }: Fact): readonly Traffic[] {
  if (!('port' in traffic)) return [traffic];
  const { protocol, port, sourcePort } = traffic;
  return (sourcePort === undefined ? SOURCE_PORTS : [sourcePort]).map((from) => ({
    protocol,
    sourcePort: from,
    port,
  }));
}

function sourcesOf(model: VpcModel, { from, family }: Fact): readonly Party[] {
  if (isOutside(from)) return outside(model, { name: from, family });
  return named(model, from).flatMap((one) => party(one, family === 4 ? one.privateAddress : one.ipv6Address));
}

function destinationsOf(model: VpcModel, fact: Fact): readonly Party[] {
  const { to, family, isToPublicAddress } = fact;
  if (isOutside(to)) return outside(model, { name: to, family });
  if (model.gatewayEndpoints.some(({ address }) => address === to)) {
    return serviceAddresses(model).map((address) => ({ kind: 'service', address }));
  }
  // From outside there is no other way to a machine than its public address, if it has one.
  const isByPublic = isToPublicAddress || isOutside(fact.from);
  return named(model, to).flatMap((one) => {
    if (family === 6) return party(one, one.ipv6Address);
    if (isToPublicAddress) return party(one, one.publicAddress);
    return party(one, (isByPublic ? one.publicAddress : undefined) ?? one.privateAddress);
  });
}

function isOutside(name: string): boolean {
  return name === 'internet' || parseAddress(name) !== undefined;
}

function outside(
  model: VpcModel,
  { name, family }: { readonly name: string; readonly family: 4 | 6 },
): readonly Party[] {
  const address = name === 'internet' ? internetAddresses(model, family)[0] : name;
  return address === undefined ? [] : [{ kind: 'internet', address }];
}

/** The bare address of a group means every member. */
function named(model: VpcModel, name: string): readonly NetworkInterface[] {
  const exact = model.interfaces.filter(({ endpoint }) => endpoint === name);
  return exact.length > 0
    ? exact
    : model.interfaces.filter(({ address, kind }) => address === name && kind !== 'imagined');
}

function party({ id }: NetworkInterface, address: string | undefined): readonly Party[] {
  return address === undefined ? [] : [{ kind: 'interface', id, address }];
}

function isSame(one: Party, other: Party): boolean {
  return one.kind === 'interface' && other.kind === 'interface' && one.id === other.id;
}

function unknownEndpoint(model: VpcModel, { text }: Fact): DrydockError {
  const known = model.interfaces.map(({ endpoint }) => endpoint).join(', ');
  return new DrydockError(
    'SIM_ENDPOINT_UNKNOWN',
    `could not find who is meant in "${text}": the configuration has ${known || 'no endpoint'}; correct the fact`,
  );
}
