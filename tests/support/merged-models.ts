/**
 * Several networks in one fabric, so that a corpus of small ones starts in a fraction of the time. Each keeps everything
 * that packets see; only names, stand-ins for public addresses and IPv6 ranges become its own.
 */

import {
  type Cidr,
  containsAddress,
  formatAddress,
  lastValueOf,
  parseAddress,
  parseCidr,
} from '../../sim/terraform/index.ts';
import type { VpcModel } from '../../sim/vpc/index.ts';

export interface MergedModels {
  readonly whole: VpcModel;
  /** In the order given: the same networks under their names in the whole. */
  readonly parts: readonly VpcModel[];
}

/** Where the simulator takes stand-ins for the ranges that AWS gives to VPCs, in its upper half. */
const IPV6_FREE = parseAddress('2600:1f80::')?.value ?? 0n;
/** AWS gives a VPC a /56. */
const IPV6_HOST_BITS = 72n;
const VPCS_MAX = 64;
const PUBLIC_PREFIX = '198.51.100.';

/** @throws TypeError when together they have more public addresses than the documentation range holds. */
export function mergeModels(models: readonly VpcModel[]): MergedModels {
  let publicCount = 0;
  const nextPublic = () => {
    publicCount += 1;
    if (publicCount > 254) throw new TypeError('the networks have more than 254 public addresses together');
    return `${PUBLIC_PREFIX}${publicCount}`;
  };
  const parts = models.map((model, index) => renamed(model, { index, nextPublic }));
  const all = <Item>(of: (part: VpcModel) => readonly Item[]) => parts.flatMap(of);
  return {
    parts,
    whole: {
      region: parts[0]?.region ?? 'eu-west-1',
      vpcs: all(({ vpcs }) => vpcs),
      subnets: all(({ subnets }) => subnets),
      securityGroups: all(({ securityGroups }) => securityGroups),
      networkAcls: all(({ networkAcls }) => networkAcls),
      routeTables: all(({ routeTables }) => routeTables),
      internetGateways: all(({ internetGateways }) => internetGateways),
      egressOnlyInternetGateways: all((part) => part.egressOnlyInternetGateways),
      natGateways: all(({ natGateways }) => natGateways),
      peeringConnections: all(({ peeringConnections }) => peeringConnections),
      gatewayEndpoints: all(({ gatewayEndpoints }) => gatewayEndpoints),
      loadBalancers: all(({ loadBalancers }) => loadBalancers),
      interfaces: all(({ interfaces }) => interfaces),
      unplaced: all(({ unplaced }) => unplaced),
      unmodelled: all(({ unmodelled }) => unmodelled),
      instances: all(({ instances }) => instances),
    },
  };
}

function renamed(
  model: VpcModel,
  { index, nextPublic }: { readonly index: number; readonly nextPublic: () => string },
): VpcModel {
  const ids = new Set([...model.interfaces, ...model.instances].map(({ id }) => id));
  const publics = new Map<string, string>();
  for (const { publicAddress } of [...model.interfaces, ...model.natGateways]) {
    if (publicAddress !== undefined && !publics.has(publicAddress)) publics.set(publicAddress, nextPublic());
  }
  const moveIpv6 = ipv6Mover(model, index);
  const rename = (text: string) => {
    if (ids.has(text)) return `n${index}-${text}`;
    if (/^(module\.|data\.|aws_[a-z0-9_]+\.|imagined\()/.test(text)) return `n${index}/${text}`;
    return publics.get(text) ?? moveIpv6(text);
  };
  // A model is plain data, so JSON holds all of it.
  return JSON.parse(JSON.stringify(model), (_key, value) =>
    typeof value === 'string' ? rename(value) : value,
  );
}

/** The same address in a range of the part's own. */
function ipv6Mover(model: VpcModel, index: number): (text: string) => string {
  const ranges = model.vpcs.flatMap(({ ipv6Cidrs }) => ipv6Cidrs.flatMap((cidr) => parseCidr(cidr) ?? []));
  const bases = new Map(ranges.map((range, number) => [range, ownBase(index * VPCS_MAX + number)]));
  return (text) => {
    const [head = '', ...prefix] = text.split('/');
    const address = text.includes(':') ? parseAddress(head) : undefined;
    if (address === undefined) return text;
    const range = ranges.find((candidate) => isWithin(candidate, text, address));
    if (range === undefined) return text;
    const value = (bases.get(range) ?? 0n) + (address.value - range.base);
    return [formatAddress({ family: 6, value }), ...prefix].join('/');
  };
}

function ownBase(number: number): bigint {
  return IPV6_FREE + (BigInt(number) << IPV6_HOST_BITS);
}

/** A block that reaches beyond the range is not of it. */
function isWithin(range: Cidr, text: string, address: NonNullable<ReturnType<typeof parseAddress>>): boolean {
  const block = parseCidr(text);
  const isInside = containsAddress(range, address);
  return isInside && (block === undefined || lastValueOf(block) <= lastValueOf(range));
}
