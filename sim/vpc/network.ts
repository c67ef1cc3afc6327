/** The network of a configuration, without what lives in it: VPCs, subnets, filters, routes and gateways. */

import type { BuildContext } from './build-context.ts';
import { buildEgressOnlyGateways, type EgressOnlyGateways } from './egress-only-gateways.ts';
import { buildGatewayEndpoints, builtEndpoints } from './gateway-endpoints.ts';
import { buildInternetGateways } from './internet-gateways.ts';
import type {
  GatewayEndpoint,
  InternetGateway,
  NetworkAcl,
  PeeringConnection,
  RouteTable,
  Subnet,
} from './model.ts';
import { type NatGateways, planNatGateways } from './nat-gateways.ts';
import { byAddress } from './natural-order.ts';
import { networkAclsInForce } from './network-acl-associations.ts';
import { buildNetworkAcls } from './network-acls.ts';
import { buildPeeringConnections } from './peering-connections.ts';
import { buildPrefixLists } from './prefix-lists.ts';
import { type InForce, routeTablesInForce } from './route-table-associations.ts';
import { buildRouteTables } from './route-tables.ts';
import { buildSecurityGroups, type SecurityGroups } from './security-groups.ts';
import { buildSubnets, type Subnets, type WrittenSubnet } from './subnets.ts';
import { buildVpcs, type WrittenVpc } from './vpcs.ts';

export interface Network {
  readonly vpcs: readonly WrittenVpc[];
  readonly written: Subnets;
  /** With what is in force. */
  readonly subnets: readonly Subnet[];
  readonly securityGroups: SecurityGroups;
  readonly networkAcls: readonly NetworkAcl[];
  readonly routeTables: readonly RouteTable[];
  readonly internetGateways: readonly InternetGateway[];
  readonly egressOnly: EgressOnlyGateways;
  readonly nat: NatGateways;
  readonly peeringConnections: readonly PeeringConnection[];
  readonly gatewayEndpoints: readonly GatewayEndpoint[];
}

export function buildNetwork(context: BuildContext): Network {
  const vpcs = buildVpcs(context);
  const written = buildSubnets(context, { vpcs });
  const prefixLists = buildPrefixLists(context);
  const internet = buildInternetGateways(context, { vpcs });
  const egressOnly = buildEgressOnlyGateways(context);
  const nat = planNatGateways(context, { subnets: written });
  const peering = buildPeeringConnections(context, { vpcs });
  const endpoints = buildGatewayEndpoints(context);
  const securityGroups = buildSecurityGroups(context, { vpcs, prefixLists, peering: peering.known });
  const acls = buildNetworkAcls(context, { vpcs });
  const gateways = { internet, egressOnly, nat, peering };
  const tables = buildRouteTables({ context, vpcs, prefixLists, gateways, endpoints });
  const tablesInForce = routeTablesInForce(context, { tables, subnets: written });
  const aclsInForce = networkAclsInForce(context, { acls, subnets: written });
  return {
    vpcs,
    written,
    subnets: written.placed.map((subnet) =>
      withInForce(subnet, {
        networkAcl: inForce(aclsInForce, subnet.address),
        routeTable: inForce(tablesInForce.inForce, subnet.address),
      }),
    ),
    securityGroups,
    networkAcls: acls.networkAcls,
    routeTables: tables.routeTables.toSorted(byAddress),
    internetGateways: internet.attached.map((gateway): InternetGateway => {
      const uncertain = gateway.uncertain ?? tablesInForce.edges.get(gateway.address);
      return uncertain === undefined ? gateway : { ...gateway, uncertain };
    }),
    egressOnly,
    nat,
    peeringConnections: peering.known,
    gatewayEndpoints: builtEndpoints(endpoints),
  };
}

function withInForce(
  subnet: WrittenSubnet,
  chosen: { readonly networkAcl: InForce; readonly routeTable: InForce },
): Subnet {
  const { address, place, name, vpc, availabilityZone, cidr, ipv6Cidr } = subnet;
  const { networkAcl, routeTable } = chosen;
  const uncertain = {
    ...(networkAcl.uncertain && { networkAcl: networkAcl.uncertain }),
    ...(routeTable.uncertain && { routeTable: routeTable.uncertain }),
  };
  return {
    address,
    ...(place && { place }),
    name,
    vpc,
    availabilityZone,
    cidr,
    ...(ipv6Cidr === undefined ? {} : { ipv6Cidr }),
    networkAcl: networkAcl.address,
    routeTable: routeTable.address,
    ...(Object.keys(uncertain).length > 0 && { uncertain }),
  };
}

function inForce(chosen: ReadonlyMap<string, InForce>, subnet: string): InForce {
  const found = chosen.get(subnet);
  if (found === undefined) throw new TypeError(`nothing was chosen for ${subnet}`);
  return found;
}
