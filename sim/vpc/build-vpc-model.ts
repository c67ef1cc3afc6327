/**
 * A Terraform configuration to the VPC that AWS would have after applying it to an empty account. Every resource is
 * modelled, known to have no bearing on packets, or refused by its address: nothing is left out in silence.
 */

import { siteOf, type TerraformConfiguration, unsupported } from '../terraform/index.ts';
import { createBuildContext } from './build-context.ts';
import { buildGatewayEndpoints } from './gateway-endpoints.ts';
import { buildInternetGateways } from './internet-gateways.ts';
import { buildMachines } from './machines.ts';
import type { Subnet, VpcModel } from './model.ts';
import { byAddress } from './natural-order.ts';
import { buildNetworkAcls } from './network-acls.ts';
import { providerSettings } from './provider-settings.ts';
import { bearingOf } from './resource-types.ts';
import { routeTablesInForce } from './route-table-associations.ts';
import { buildRouteTables } from './route-tables.ts';
import { buildSecurityGroups } from './security-groups.ts';
import { buildSubnets } from './subnets.ts';
import { buildVpcs } from './vpcs.ts';

/** Throws SIM_TERRAFORM_UNRESOLVED, SIM_TERRAFORM_INVALID or SIM_TERRAFORM_UNSUPPORTED, naming file, address and field. */
export function buildVpcModel(configuration: TerraformConfiguration): VpcModel {
  refuseUnmodelled(configuration);
  const context = createBuildContext(configuration);
  const { region, defaultTags } = providerSettings(context);
  const vpcs = buildVpcs(context);
  const written = buildSubnets(context, { vpcs, region });
  const internetGateways = buildInternetGateways(context);
  const endpoints = buildGatewayEndpoints(context, region);
  const securityGroups = buildSecurityGroups(context, { vpcs, region });
  const acls = buildNetworkAcls(context, { vpcs, subnets: written });
  const tables = buildRouteTables(context, { region, vpcs, internetGateways, endpoints });
  const routeTableOf = routeTablesInForce(context, { tables, subnets: written });
  const instances = buildMachines({ context, subnets: written, securityGroups, defaultTags });

  const subnets = written.map(
    ({ address, name, vpc, availabilityZone, cidr }): Subnet => ({
      address,
      name,
      vpc,
      availabilityZone,
      cidr,
      networkAcl: inForce(acls.inForce, address),
      routeTable: inForce(routeTableOf, address),
    }),
  );
  return {
    region,
    vpcs,
    subnets,
    securityGroups: securityGroups.groups,
    networkAcls: acls.networkAcls,
    routeTables: tables.routeTables.toSorted(byAddress),
    internetGateways,
    egressOnlyInternetGateways: [],
    natGateways: [],
    peeringConnections: [],
    gatewayEndpoints: [],
    loadBalancers: [],
    interfaces: instances.map(({ networkInterface }) => networkInterface),
    unplaced: [],
    unmodelled: [],
    instances,
  };
}

function refuseUnmodelled(configuration: TerraformConfiguration): void {
  for (const block of [...configuration.resources.values()].sort(byAddress)) {
    const bearing = bearingOf(block.type);
    if (bearing === 'not-modelled') {
      const reason = `${block.type} bears on reachability and is not modelled yet`;
      throw unsupported(siteOf(block), { reason, nextStep: 'leave it out of what is simulated' });
    }
    if (bearing === 'unlisted') {
      const reason = `whether ${block.type} bears on reachability is not known`;
      throw unsupported(siteOf(block), {
        reason,
        nextStep: 'report the type, or leave it out of what is simulated',
      });
    }
  }
}

function inForce(chosen: ReadonlyMap<string, string>, subnet: string): string {
  const address = chosen.get(subnet);
  if (address === undefined) throw new TypeError(`nothing was chosen for ${subnet}`);
  return address;
}
