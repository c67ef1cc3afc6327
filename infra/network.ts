/**
 * The VPC, its subnets and its routes. Private subnets have no route out of the VPC but the S3 gateway endpoint:
 * what is not routed cannot leak. What a new VPC brings along (its default group, ACL and table) is adopted and emptied.
 */
import {
  DefaultNetworkAcl,
  DefaultRouteTable,
  DefaultSecurityGroup,
  InternetGateway,
  Route,
  RouteTable,
  RouteTableAssociation,
  Subnet,
  Vpc,
} from './aws/index.ts';
import type { Declare } from './declare.ts';
import type { Environment, Zone } from './environment.ts';

export interface ZoneNetwork {
  readonly zone: Zone;
  /** The zone's letter, which ends the names of its resources. */
  readonly letter: string;
  readonly public: Subnet;
  readonly private: Subnet;
  readonly privateRouteTable: RouteTable;
}

export interface Network {
  readonly vpc: Vpc;
  readonly zones: readonly ZoneNetwork[];
}

export function declareNetwork(declare: Declare, environment: Environment): Network {
  const name = `drydock-${environment.name}`;
  const vpc = declare(Vpc, 'main', {
    cidrBlock: environment.vpcCidr,
    enableDnsSupport: true,
    enableDnsHostnames: true,
    tags: { Name: name },
  });
  emptyDefaults(declare, vpc, name);
  const publicRouteTable = declarePublicRoutes(declare, vpc, name);
  const zones = environment.zones.map((zone) => declareZone(declare, { vpc, zone, name, publicRouteTable }));
  return { vpc, zones };
}

/** Nothing of ours uses them. A machine that fell into one by mistake would reach nothing, and be reached by nothing. */
function emptyDefaults(declare: Declare, vpc: Vpc, name: string): void {
  const tags = { Name: `${name}-default-unused` };
  // The empty lists are written out: left out, Terraform would not notice a rule that somebody adds by hand.
  declare(DefaultSecurityGroup, 'default', { vpcId: vpc.id, ingress: [], egress: [], tags });
  declare(DefaultNetworkAcl, 'default', { defaultNetworkAclId: vpc.defaultNetworkAclId, tags });
  declare(DefaultRouteTable, 'default', { defaultRouteTableId: vpc.defaultRouteTableId, route: [], tags });
}

function declarePublicRoutes(declare: Declare, vpc: Vpc, name: string): RouteTable {
  const internetGateway = declare(InternetGateway, 'main', { vpcId: vpc.id, tags: { Name: name } });
  const routeTable = declare(RouteTable, 'public', { vpcId: vpc.id, tags: { Name: `${name}-public` } });
  declare(Route, 'public_internet', {
    routeTableId: routeTable.id,
    destinationCidrBlock: '0.0.0.0/0',
    gatewayId: internetGateway.id,
  });
  return routeTable;
}

interface ZoneOptions {
  readonly vpc: Vpc;
  readonly zone: Zone;
  readonly name: string;
  readonly publicRouteTable: RouteTable;
}

function declareZone(declare: Declare, { vpc, zone, name, publicRouteTable }: ZoneOptions): ZoneNetwork {
  const letter = zone.name.slice(-1);
  const declareSubnet = (tier: 'public' | 'private', cidrBlock: string, routeTable: RouteTable) => {
    const subnet = declare(Subnet, `${tier}_${letter}`, {
      vpcId: vpc.id,
      availabilityZone: zone.name,
      cidrBlock,
      mapPublicIpOnLaunch: false,
      tags: { Name: `${name}-${tier}-${letter}` },
    });
    declare(RouteTableAssociation, `${tier}_${letter}`, { subnetId: subnet.id, routeTableId: routeTable.id });
    return subnet;
  };
  const privateRouteTable = declare(RouteTable, `private_${letter}`, {
    vpcId: vpc.id,
    tags: { Name: `${name}-private-${letter}` },
  });
  return {
    zone,
    letter,
    public: declareSubnet('public', zone.publicCidr, publicRouteTable),
    private: declareSubnet('private', zone.privateCidr, privateRouteTable),
    privateRouteTable,
  };
}
