/**
 * Whose connections AWS always tracks, whatever the security groups say: those through NAT gateways, egress-only gateways, Network
 * Load Balancers, interface endpoints, Lambda's interfaces and DynamoDB's endpoint (EC2 User Guide, "Automatically tracked connections").
 */
import { type Cidr, formatAddress, lastValueOf, parseCidr } from '../terraform/index.ts';
import type { NetworkInterface, VpcModel } from '../vpc/model.ts';
import { type Family, familyOf } from './families.ts';
import { linkNames } from './names.ts';
import { type PlacedRoute, routesOf } from './next-hops.ts';
import { addressesOf, cidrsOf, type PlacedInterface, type PlacedVpc } from './topology.ts';

export interface TrackedPeers {
  /** Every connection of the interface is tracked. */
  isTracked(networkInterface: NetworkInterface): boolean;
  /** Addresses of others whose connections are. */
  of(family: Family): readonly string[];
}

export function trackedPeers(model: VpcModel): TrackedPeers {
  const balancers = new Set(
    model.loadBalancers.filter(({ kind }) => kind === 'network').flatMap(({ interfaces }) => interfaces),
  );
  const isTracked = ({ id, kind }: NetworkInterface) =>
    balancers.has(id) || kind === 'interface-endpoint' || kind === 'lambda';
  const addresses = model.interfaces
    .filter(isTracked)
    .flatMap((one) => [...addressesOf(one), ...(one.publicAddress === undefined ? [] : [one.publicAddress])]);
  return { isTracked, of: (family) => addresses.filter((address) => familyOf(address) === family) };
}

interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

/** `a-b` ranges to which a subnet's route table leads by a gateway that tracks; the longest prefix decides, as for packets. */
export function trackedDestinations(
  placed: PlacedVpc,
  { subnet }: PlacedInterface,
  family: Family,
): readonly string[] {
  const gateways = new Set([
    linkNames.egressOnlyGateway,
    ...placed.natGateways.map(({ link }) => link),
    ...placed.endpoints
      .filter(({ endpoint }) => endpoint.service.includes('dynamodb'))
      .map(({ link }) => link),
  ]);
  const leadsThere = ({ hop }: PlacedRoute) => hop.kind === 'link' && gateways.has(hop.link);
  const routes = routesOf(placed, subnet.table)
    .filter((route) => route.family === family)
    .map((route) => ({
      ...rangeOf(blockOf(route.cidr)),
      block: blockOf(route.cidr),
      isIn: leadsThere(route),
    }))
    .sort((one, other) => one.block.prefix - other.block.prefix);
  const local = cidrsOf(placed.vpc).filter((cidr) => familyOf(cidr) === family);
  const painted = [...routes, ...local.map((cidr) => ({ ...rangeOf(blockOf(cidr)), isIn: false }))].reduce<
    readonly Range[]
  >((ranges, { from, to, isIn }) => [...without(ranges, { from, to }), ...(isIn ? [{ from, to }] : [])], []);
  const text = (value: bigint) => formatAddress({ family, value });
  return painted.map(({ from, to }) => (from === to ? text(from) : `${text(from)}-${text(to)}`));
}

function without(ranges: readonly Range[], { from, to }: Range): readonly Range[] {
  return ranges.flatMap((range) => {
    if (range.to < from || to < range.from) return [range];
    return [
      ...(range.from < from ? [{ from: range.from, to: from - 1n }] : []),
      ...(to < range.to ? [{ from: to + 1n, to: range.to }] : []),
    ];
  });
}

function blockOf(cidr: string): Cidr {
  const block = parseCidr(cidr);
  if (block === undefined) throw new TypeError(`${cidr} in the model is no CIDR block`);
  return block;
}

function rangeOf(block: Cidr): Range {
  return { from: block.base, to: lastValueOf(block) };
}
