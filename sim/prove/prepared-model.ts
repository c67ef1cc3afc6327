/** A VPC model with indexes by name and address, so that judging one packet searches nothing. It decides nothing itself. */

import { type Cidr, containsAddress } from '../terraform/index.ts';
import type {
  NatGateway,
  NetworkAcl,
  NetworkInterface,
  RouteTable,
  SecurityGroup,
  Subnet,
  UnknownCause,
  Vpc,
  VpcModel,
} from '../vpc/model.ts';
import { type Address, addressFrom, cidrFrom } from './address-space.ts';

export type Holder =
  | { readonly kind: 'interface'; readonly interface: NetworkInterface }
  | { readonly kind: 'nat-gateway'; readonly gateway: NatGateway };

export interface PreparedModel {
  readonly model: VpcModel;
  readonly interfaces: ReadonlyMap<string, NetworkInterface>;
  readonly subnets: ReadonlyMap<string, Subnet>;
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly securityGroups: ReadonlyMap<string, SecurityGroup>;
  readonly networkAcls: ReadonlyMap<string, NetworkAcl>;
  readonly routeTables: ReadonlyMap<string, RouteTable>;
  readonly natGateways: ReadonlyMap<string, NatGateway>;
  /** By private or IPv6 address, in one VPC. */
  readonly inside: ReadonlyMap<string, ReadonlyMap<string, Holder>>;
  /** By public IPv4 address. */
  readonly public: ReadonlyMap<string, Holder>;
  /** By IPv6 address, in any VPC. */
  readonly global: ReadonlyMap<string, Holder>;
  /** Private and IPv6 addresses of the interfaces that carry a group. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  /** By VPC: addresses of interfaces whose groups are not wholly known, so that any group's rule may mean them. */
  readonly possibleMembers: ReadonlyMap<string, ReadonlyMap<string, UnknownCause>>;
  readonly serviceRanges: readonly Cidr[];
  /** Parsed, by their text. */
  readonly cidrs: ReadonlyMap<string, Cidr>;
}

export function prepareModel(model: VpcModel): PreparedModel {
  const subnets = byAddress(model.subnets);
  const vpcOf = (subnet: string) => demand(subnets, subnet).vpc;
  const texts = everyCidr(model);
  return {
    model,
    interfaces: new Map(model.interfaces.map((one) => [one.id, one])),
    subnets,
    vpcs: byAddress(model.vpcs),
    securityGroups: byAddress(model.securityGroups),
    networkAcls: byAddress(model.networkAcls),
    routeTables: byAddress(model.routeTables),
    natGateways: byAddress(model.natGateways),
    ...holdersOf(model, vpcOf),
    ...membersOf(model, vpcOf),
    serviceRanges: model.gatewayEndpoints.flatMap(({ cidrs }) => cidrs.map(cidrFrom)),
    cidrs: new Map(texts.map((text) => [text, cidrFrom(text)])),
  };
}

export function isPrepared(model: VpcModel | PreparedModel): model is PreparedModel {
  return 'model' in model;
}

export function preparedFrom(model: VpcModel | PreparedModel): PreparedModel {
  return isPrepared(model) ? model : prepareModel(model);
}

/** Misuse by a programmer: a model names only what it has. */
export function demand<T>(index: ReadonlyMap<string, T>, name: string): T {
  const found = index.get(name);
  if (found === undefined) throw new TypeError(`the model has no ${name}`);
  return found;
}

export function isWithin(prepared: PreparedModel, text: string, address: Address): boolean {
  return containsAddress(prepared.cidrs.get(text) ?? cidrFrom(text), address);
}

export function isInVpc(prepared: PreparedModel, vpc: Vpc, address: Address): boolean {
  const cidrs = address.family === 4 ? vpc.cidrs : vpc.ipv6Cidrs;
  return cidrs.some((text) => isWithin(prepared, text, address));
}

export function isInService(prepared: PreparedModel, address: Address): boolean {
  return prepared.serviceRanges.some((range) => containsAddress(range, address));
}

export function vpcOfSubnet(prepared: PreparedModel, subnet: string): Vpc {
  return demand(prepared.vpcs, demand(prepared.subnets, subnet).vpc);
}

export function addressesOf(one: NetworkInterface): readonly string[] {
  return one.ipv6Address === undefined ? [one.privateAddress] : [one.privateAddress, one.ipv6Address];
}

function byAddress<T extends { readonly address: string }>(parts: readonly T[]): ReadonlyMap<string, T> {
  return new Map(parts.map((part) => [part.address, part]));
}

function holdersOf(
  model: VpcModel,
  vpcOf: (subnet: string) => string,
): Pick<PreparedModel, 'inside' | 'public' | 'global'> {
  const inside = new Map<string, Map<string, Holder>>(model.vpcs.map(({ address }) => [address, new Map()]));
  const outside = new Map<string, Holder>();
  const global = new Map<string, Holder>();
  for (const one of model.interfaces) {
    const holder: Holder = { kind: 'interface', interface: one };
    for (const text of addressesOf(one)) inside.get(vpcOf(one.subnet))?.set(addressFrom(text).text, holder);
    if (one.publicAddress !== undefined) outside.set(one.publicAddress, holder);
    if (one.ipv6Address !== undefined) global.set(addressFrom(one.ipv6Address).text, holder);
  }
  for (const gateway of model.natGateways) {
    const holder: Holder = { kind: 'nat-gateway', gateway };
    inside.get(vpcOf(gateway.subnet))?.set(gateway.privateAddress, holder);
    if (gateway.publicAddress !== undefined) outside.set(gateway.publicAddress, holder);
  }
  return { inside, public: outside, global };
}

function membersOf(
  model: VpcModel,
  vpcOf: (subnet: string) => string,
): Pick<PreparedModel, 'members' | 'possibleMembers'> {
  const members = new Map<string, Set<string>>();
  const possibleMembers = new Map<string, Map<string, UnknownCause>>();
  for (const one of model.interfaces) {
    const addresses = addressesOf(one).map((text) => addressFrom(text).text);
    for (const group of one.securityGroups) {
      const known = members.get(group) ?? new Set<string>();
      for (const address of addresses) known.add(address);
      members.set(group, known);
    }
    const cause = one.uncertain?.securityGroups;
    if (cause === undefined) continue;
    const vpc = vpcOf(one.subnet);
    const possible = possibleMembers.get(vpc) ?? new Map<string, UnknownCause>();
    for (const address of addresses) possible.set(address, cause);
    possibleMembers.set(vpc, possible);
  }
  return { members, possibleMembers };
}

function everyCidr(model: VpcModel): readonly string[] {
  const ofRule = model.securityGroups.flatMap(({ ingress, egress }) =>
    [...ingress, ...egress].flatMap(({ peer }) => {
      if (peer.kind === 'cidr') return [peer.cidr];
      return peer.kind === 'prefix-list' ? peer.cidrs : [];
    }),
  );
  const ofAcl = model.networkAcls.flatMap(({ ingress, egress }) =>
    [...ingress, ...egress].map(({ cidr }) => cidr),
  );
  const ofRoute = model.routeTables.flatMap(({ routes }) =>
    routes.flatMap(({ destinations }) => destinations),
  );
  const ofVpc = model.vpcs.flatMap(({ cidrs, ipv6Cidrs }) => [...cidrs, ...ipv6Cidrs]);
  const ofService = model.gatewayEndpoints.flatMap(({ cidrs }) => cidrs);
  return [...ofRule, ...ofAcl, ...ofRoute, ...ofVpc, ...ofService];
}
