/** Who sends and who is sent to, one party for each address that anybody has. */

import type { Family, Party } from '../prove/index.ts';
import { parseAddress } from '../terraform/index.ts';
import type { NetworkInterface, VpcModel } from '../vpc/model.ts';
import { internetAddresses, serviceAddresses } from './outside-addresses.ts';

export interface Parties {
  readonly sources: readonly Party[];
  readonly destinations: readonly Party[];
}

/**
 * Sources: every interface by its own address (a machine never sees its public one), and the internet's. Destinations:
 * every interface by each of its addresses, the internet's, and those of services behind gateway endpoints.
 */
export function partiesOf(
  model: VpcModel,
  { interfaces, family }: { readonly interfaces: readonly NetworkInterface[]; readonly family: Family },
): Parties {
  const internet = internetAddresses(model, family).map((address): Party => ({ kind: 'internet', address }));
  const services = serviceAddresses(model)
    .filter((address) => familyOf(address) === family)
    .map((address): Party => ({ kind: 'service', address }));
  const own = interfaces.flatMap((eni) =>
    addressed(eni, [family === 4 ? eni.privateAddress : eni.ipv6Address]),
  );
  const translated = family === 4 ? interfaces.flatMap((eni) => addressed(eni, [eni.publicAddress])) : [];
  return { sources: [...own, ...internet], destinations: [...own, ...translated, ...internet, ...services] };
}

/** Nobody sends to itself over the network, and what passes between two outsiders is not ours. */
export function isPair(source: Party, destination: Party): boolean {
  if (source.kind === 'interface' && destination.kind === 'interface') return source.id !== destination.id;
  return source.kind === 'interface' || destination.kind === 'interface';
}

export function familyOf(address: string): Family {
  return parseAddress(address)?.family ?? 4;
}

function addressed(eni: NetworkInterface, addresses: readonly (string | undefined)[]): readonly Party[] {
  return addresses.flatMap((address) =>
    address === undefined ? [] : [{ kind: 'interface', id: eni.id, address }],
  );
}
