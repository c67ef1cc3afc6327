/** From the names that people write to those who send and receive packets: endpoints, groups, `internet`, addresses, CIDR blocks. */

import { DrydockError } from '../errors.ts';
import { formatAddress, parseAddress, parseCidr } from '../terraform/index.ts';
import type { NetworkInterface, UnplacedEndpoint, VpcModel } from '../vpc/model.ts';
import { type Address, addressFrom, isLinkLocalService, resolverOf } from './address-space.ts';
import { smallestAround } from './cidr-tree.ts';
import { INTERNET, namedBlocks, type OutsideRange, outsideRanges } from './internet-ranges.ts';
import { type Holder, isInService, type PreparedModel, preparedFrom } from './prepared-model.ts';
import type { Family, Party } from './verdict.ts';

export interface NamedParty {
  /** An endpoint's name, never a bare group's; `internet`; a gateway endpoint's; or the address or block itself. */
  readonly name: string;
  readonly kind: Party['kind'];
  /** Of an interface. */
  readonly id?: string;
  /** Where packets to it go; of a range, the first address of it. A family that it has not is left out. */
  readonly addresses: { readonly 4?: string; readonly 6?: string };
  /** Of an interface: how the internet names it. */
  readonly publicAddress?: string;
  /** It was named by its public address, and packets go there even from inside. */
  readonly isByPublicAddress?: true;
}

export interface NamedParties {
  readonly parties: readonly NamedParty[];
  /** Of those meant, who has no known place: every verdict about them is unknown. */
  readonly unplaced: readonly UnplacedEndpoint[];
}

const NEAREST_MAX = 5;

/** @throws {DrydockError} SIM_ENDPOINT_UNKNOWN */
export function partiesOf(model: VpcModel | PreparedModel, name: string): NamedParties {
  const prepared = preparedFrom(model);
  const interfaces = prepared.model.interfaces.filter((one) => isNamed(one.endpoint, name));
  const unplaced = prepared.model.unplaced.filter((one) => isNamed(one.endpoint, name));
  if (interfaces.length + unplaced.length > 0) return { parties: interfaces.map(partyOfInterface), unplaced };
  const parties = byAddress(prepared, name) ?? byRange(prepared, name);
  if (parties === undefined) throw unknownName(prepared.model, name);
  return { parties, unplaced: [] };
}

/** Who sends and who receives in one family; undefined where one of them has no address in it. */
export function endsOf(
  from: NamedParty,
  to: NamedParty,
  family: Family,
): { readonly source: Party; readonly destination: Party } | undefined {
  const source = from.addresses[family];
  const own = to.addresses[family];
  if (source === undefined || own === undefined) return undefined;
  const isOutside = family === 4 && (from.kind !== 'interface' || to.isByPublicAddress === true);
  return {
    source: party(from, source),
    destination: party(to, isOutside ? (to.publicAddress ?? own) : own),
  };
}

/** `aws_autoscaling_group.a#0` is `aws_autoscaling_group.a`'s. */
export function groupNameOf(endpoint: string): string {
  return endpoint.replace(/#\d+$/, '');
}

function isNamed(endpoint: string, name: string): boolean {
  return endpoint === name || groupNameOf(endpoint) === name;
}

function party(named: NamedParty, address: string): Party {
  if (named.kind !== 'interface') return { kind: named.kind, address };
  if (named.id === undefined) throw new TypeError('an interface has an id');
  return { kind: 'interface', id: named.id, address };
}

function partyOfInterface(one: NetworkInterface): NamedParty {
  return {
    name: one.endpoint,
    kind: 'interface',
    id: one.id,
    addresses: { 4: one.privateAddress, ...(one.ipv6Address !== undefined && { 6: one.ipv6Address }) },
    ...(one.publicAddress !== undefined && { publicAddress: one.publicAddress }),
  };
}

function byAddress(prepared: PreparedModel, name: string): readonly NamedParty[] | undefined {
  const parsed = parseAddress(name);
  if (parsed === undefined) return undefined;
  const address = addressFrom(formatAddress(parsed));
  const inside = [...prepared.inside.values()].flatMap((holders) => holders.get(address.text) ?? []);
  const holders = inside.length > 0 ? inside : [prepared.public.get(address.text)];
  const found = holders.flatMap((holder) => interfaceOf(holder));
  if (found.length > 0) {
    const isPublic = prepared.public.has(address.text);
    return found.map((one) => ({
      ...oneFamily(partyOfInterface(one), address),
      ...(isPublic && { isByPublicAddress: true }),
    }));
  }
  const isOfAws =
    isLinkLocalService(address) || prepared.model.vpcs.some((vpc) => resolverOf(vpc) === address.text);
  if (isInService(prepared, address) || isOfAws) return [outsider('service', address)];
  // Outside as far as senders know, be it a NAT gateway's own address, a range behind something that is not modelled, or
  // an address that nobody has: what becomes of packets to it is the judge's to say.
  return [outsider('internet', address)];
}

function oneFamily(named: NamedParty, { family }: Address): NamedParty {
  return { ...named, addresses: { [family]: named.addresses[family] } };
}

function outsider(kind: 'internet' | 'service', { family, text }: Address): NamedParty {
  return { name: text, kind, addresses: { [family]: text } };
}

function interfaceOf(holder: Holder | undefined): readonly NetworkInterface[] {
  return holder?.kind === 'interface' ? [holder.interface] : [];
}

/** `internet`, a gateway endpoint, or a block that rules single out, by an address of each of their ranges. */
function byRange(prepared: PreparedModel, name: string): readonly NamedParty[] | undefined {
  const tree = namedBlocks(prepared.model);
  const ranges = outsideRanges(prepared.model, tree);
  const isEndpoint = prepared.model.gatewayEndpoints.some(({ address }) => address === name);
  const named = ranges.filter((range) => range.name === name || range.services.includes(name));
  const found = named.length > 0 || isEndpoint ? named : aroundBlock(ranges, { tree, name });
  if (found.length === 0) return undefined;
  if (name !== INTERNET) return found.map((range) => partyOfRange(range, isEndpoint ? name : range.name));
  return [found.map((range) => partyOfRange(range, INTERNET)).reduce(joined)];
}

/** A block that no rule names: the range that holds all of it. */
function aroundBlock(
  ranges: readonly OutsideRange[],
  { tree, name }: { readonly tree: ReturnType<typeof namedBlocks>; readonly name: string },
): readonly OutsideRange[] {
  const cidr = parseCidr(name);
  if (cidr === undefined) return [];
  const first = addressFrom(formatAddress({ family: cidr.family, value: cidr.base }));
  const node = smallestAround(tree, first);
  return ranges
    .filter(
      (range) =>
        range.node === node &&
        range.spans.some((span) => span.first <= first.value && first.value <= span.last),
    )
    .map((range) => ({ ...range, name, spans: [{ first: first.value, last: first.value }] }));
}

function partyOfRange(range: OutsideRange, name: string): NamedParty {
  const [span] = range.spans;
  if (span === undefined) throw new TypeError('a range has addresses');
  const kind = range.services.length > 0 ? 'service' : 'internet';
  return {
    name,
    kind,
    addresses: { [range.family]: formatAddress({ family: range.family, value: span.first }) },
  };
}

function joined(one: NamedParty, other: NamedParty): NamedParty {
  return { ...one, addresses: { ...one.addresses, ...other.addresses } };
}

function unknownName(model: VpcModel, name: string): DrydockError {
  const names = new Set<string>([INTERNET, ...model.gatewayEndpoints.map(({ address }) => address)]);
  for (const { endpoint } of [...model.interfaces, ...model.unplaced])
    names.add(endpoint).add(groupNameOf(endpoint));
  const nearest = [...names]
    .map((known) => ({ known, distance: distanceOf(name, known) }))
    .sort((one, other) => one.distance - other.distance)
    .slice(0, NEAREST_MAX)
    .map(({ known }) => known);
  return new DrydockError(
    'SIM_ENDPOINT_UNKNOWN',
    `could not find ${JSON.stringify(name)}: no endpoint, group or address outside has this name; try ${nearest.join(', ')}`,
    { details: { name, nearest } },
  );
}

/** Edits from one to the other (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column += 1) {
      const change = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1);
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
