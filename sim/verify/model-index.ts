/** The model by address: what the checks look up. Absence is a value, for a model may speak of what it does not hold. */

import type {
  NetworkAcl,
  NetworkInterface,
  Place,
  Route,
  RouteTable,
  SecurityGroup,
  Subnet,
  Vpc,
  VpcModel,
} from '../vpc/model.ts';

export interface ModelIndex {
  readonly model: VpcModel;
  subnet(address: string): Subnet | undefined;
  vpc(address: string): Vpc | undefined;
  group(address: string): SecurityGroup | undefined;
  networkAcl(address: string): NetworkAcl | undefined;
  routeTable(address: string): RouteTable | undefined;
  groupsOf(networkInterface: NetworkInterface): readonly SecurityGroup[];
  /** Interfaces that carry the group. */
  carriers(group: string): readonly NetworkInterface[];
  inSubnet(subnet: string): readonly NetworkInterface[];
  /** Of the endpoint, or of all members of the group, of that name. */
  named(name: string): readonly NetworkInterface[];
}

export function indexModel(model: VpcModel): ModelIndex {
  const subnets = byAddress(model.subnets);
  const vpcs = byAddress(model.vpcs);
  const groups = byAddress(model.securityGroups);
  const acls = byAddress(model.networkAcls);
  const tables = byAddress(model.routeTables);
  const carriers = groupBy(model.interfaces, ({ securityGroups }) => securityGroups);
  const inSubnet = groupBy(model.interfaces, ({ subnet }) => [subnet]);
  const named = groupBy(model.interfaces, ({ endpoint, address }) => [...new Set([endpoint, address])]);
  return {
    model,
    subnet: (address) => subnets.get(address),
    vpc: (address) => vpcs.get(address),
    group: (address) => groups.get(address),
    networkAcl: (address) => acls.get(address),
    routeTable: (address) => tables.get(address),
    groupsOf: ({ securityGroups }) => securityGroups.flatMap((address) => groups.get(address) ?? []),
    carriers: (group) => carriers.get(group) ?? [],
    inSubnet: (subnet) => inSubnet.get(subnet) ?? [],
    named: (name) => named.get(name) ?? [],
  };
}

/** A default route to an internet gateway, per family; `unknown` where it cannot be told. */
export function internetRoutes(index: ModelIndex, subnet: Subnet): readonly Route[] | 'unknown' {
  if (subnet.uncertain?.routeTable !== undefined) return 'unknown';
  const routes = index.routeTable(subnet.routeTable)?.routes ?? [];
  const found = routes.filter(({ target }) => target.kind === 'internet-gateway');
  const certain = found.filter(({ uncertain }) => uncertain === undefined);
  if (certain.length > 0) return certain;
  const mayBe = routes.some(({ target, uncertain }) => uncertain !== undefined && target.kind !== 'local');
  return mayBe ? 'unknown' : [];
}

export function placeFields(place: Place | undefined): { file: string | null; line: number | null } {
  return { file: place?.file ?? null, line: place?.line ?? null };
}

function byAddress<Part extends { readonly address: string }>(parts: readonly Part[]) {
  return new Map(parts.map((part) => [part.address, part]));
}

function groupBy<Item>(items: readonly Item[], keysOf: (item: Item) => readonly string[]) {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
  }
  return groups;
}
