/** Names and numbers of the fabric: which namespace, link, link group and routing table stands for which part of the model. */
import type {
  EgressOnlyInternetGateway,
  GatewayEndpoint,
  InternetGateway,
  NatGateway,
  NetworkInterface,
  PeeringConnection,
  RouteTable,
  Subnet,
  Vpc,
  VpcModel,
} from '../vpc/model.ts';
import { addressWithin, type Family, familiesAmong } from './families.ts';
import { linkNames, namespaceNames } from './names.ts';
import { stableNumbers } from './stable-numbers.ts';

/** Group of the links that belong to no subnet: gateways, endpoints, peers. */
export const gatewayGroup = 65_000;

export interface PlacedSubnet {
  readonly subnet: Subnet;
  /** Link group of all its interfaces and NAT gateways. */
  readonly group: number;
  readonly table: PlacedRouteTable;
}

export interface PlacedRouteTable {
  readonly table: RouteTable;
  /** Of the policy-routing table, and the mark of packets that follow it. */
  readonly number: number;
}

/** What has one link to the router. */
interface Linked {
  readonly namespace: string;
  /** Router's end. */
  readonly link: string;
}

export interface PlacedInterface extends Linked {
  readonly networkInterface: NetworkInterface;
  readonly subnet: PlacedSubnet;
}

export interface PlacedNatGateway extends Linked {
  readonly gateway: NatGateway;
  readonly subnet: PlacedSubnet;
}

export interface PlacedEndpoint extends Linked {
  readonly endpoint: GatewayEndpoint;
}

/** As one of the two VPCs sees it. */
export interface PlacedPeering {
  readonly peering: PeeringConnection;
  /** The same name at both ends. */
  readonly link: string;
  readonly far: Vpc;
  readonly farRouter: string;
}

export interface PlacedVpc {
  readonly vpc: Vpc;
  readonly router: string;
  readonly edge: string;
  /** The internet's end of the link to its edge. */
  readonly internetLink: string;
  readonly hasIpv6: boolean;
  /** Addresses that answer whatever group and ACL say: resolver, metadata, time. */
  readonly unfiltered: readonly string[];
  readonly internetGateway?: InternetGateway;
  readonly egressOnlyGateway?: EgressOnlyInternetGateway;
  readonly subnets: readonly PlacedSubnet[];
  readonly routeTables: readonly PlacedRouteTable[];
  readonly interfaces: readonly PlacedInterface[];
  readonly natGateways: readonly PlacedNatGateway[];
  readonly endpoints: readonly PlacedEndpoint[];
  readonly peerings: readonly PlacedPeering[];
}

const linkLocalServices = ['169.254.169.253', '169.254.169.254', '169.254.169.123'];

export function placeVpcs(model: VpcModel): readonly PlacedVpc[] {
  return model.vpcs.map((vpc) => placeVpc(model, vpc));
}

function placeVpc(model: VpcModel, vpc: Vpc): PlacedVpc {
  const isOwn = (part: { readonly vpc: string }) => part.vpc === vpc.address;
  const [ownTables, ownSubnets] = [model.routeTables.filter(isOwn), model.subnets.filter(isOwn)];
  const [numberOf, groupOf] = [stableNumbers(ownTables), stableNumbers(ownSubnets)];
  const routeTables = ownTables.map((table) => ({ table, number: numberOf(table) }));
  const subnets = ownSubnets.map((subnet) => ({
    subnet,
    group: groupOf(subnet),
    table: routeTableOf(subnet, routeTables),
  }));
  const bySubnet = new Map(subnets.map((placed) => [placed.subnet.address, placed]));
  const internetGateway = model.internetGateways.find(isOwn);
  const egressOnlyGateway = model.egressOnlyInternetGateways.find(isOwn);
  return {
    vpc,
    router: namespaceNames.router(vpc.address),
    edge: namespaceNames.edge(vpc.address),
    internetLink: linkNames.vpc(vpc.address),
    hasIpv6: vpc.ipv6Cidrs.length > 0,
    unfiltered: [...resolver(vpc), ...linkLocalServices],
    ...(internetGateway && { internetGateway }),
    ...(egressOnlyGateway && { egressOnlyGateway }),
    subnets,
    routeTables,
    interfaces: model.interfaces.flatMap((networkInterface) => {
      const subnet = bySubnet.get(networkInterface.subnet);
      return subnet === undefined ? [] : [placeInterface(networkInterface, subnet)];
    }),
    natGateways: model.natGateways.flatMap((gateway) => {
      const subnet = bySubnet.get(gateway.subnet);
      return subnet === undefined ? [] : [placeNatGateway(gateway, subnet)];
    }),
    endpoints: model.gatewayEndpoints.filter(isOwn).map((endpoint) => ({
      endpoint,
      namespace: namespaceNames.endpoint(endpoint.address),
      link: linkNames.endpoint(endpoint.address),
    })),
    peerings: model.peeringConnections.flatMap((peering) => placePeering(model, vpc, peering)),
  };
}

/** AWS answers at the VPC's first range, plus two. */
function resolver(vpc: Vpc): readonly string[] {
  const [first] = vpc.cidrs;
  return first === undefined ? [] : [addressWithin(first, 2n)];
}

function placeInterface(networkInterface: NetworkInterface, subnet: PlacedSubnet): PlacedInterface {
  const { id } = networkInterface;
  return {
    networkInterface,
    subnet,
    namespace: namespaceNames.interface(id),
    link: linkNames.interface(id),
  };
}

function placeNatGateway(gateway: NatGateway, subnet: PlacedSubnet): PlacedNatGateway {
  return {
    gateway,
    subnet,
    namespace: namespaceNames.natGateway(gateway.address),
    link: linkNames.natGateway(gateway.address),
  };
}

/** One that is not active, or whose other VPC is not in the model, has no link and carries nothing. */
function placePeering(model: VpcModel, vpc: Vpc, peering: PeeringConnection): readonly PlacedPeering[] {
  const { requester, accepter } = peering;
  if (!peering.isActive || requester === accepter) return [];
  if (requester !== vpc.address && accepter !== vpc.address) return [];
  const farAddress = requester === vpc.address ? accepter : requester;
  const far = model.vpcs.find(({ address }) => address === farAddress);
  if (far === undefined) return [];
  const link = linkNames.peering(peering.address);
  return [{ peering, link, far, farRouter: namespaceNames.router(far.address) }];
}

function routeTableOf(subnet: Subnet, tables: readonly PlacedRouteTable[]): PlacedRouteTable {
  const found = tables.find(({ table }) => table.address === subnet.routeTable);
  if (found === undefined)
    throw new TypeError(`${subnet.address} uses a route table that its VPC does not have`);
  return found;
}

/** Both families' addresses inside the VPC. */
export function addressesOf({ privateAddress, ipv6Address }: NetworkInterface): readonly string[] {
  return [privateAddress, ...(ipv6Address === undefined ? [] : [ipv6Address])];
}

export function cidrsOf(vpc: Vpc): readonly string[] {
  return [...vpc.cidrs, ...vpc.ipv6Cidrs];
}

/** The families in which a VPC has ranges. */
export function familiesOf(vpc: Vpc): readonly Family[] {
  return familiesAmong(cidrsOf(vpc));
}
