/**
 * A Terraform configuration to the VPC that AWS would have after applying it to an empty account. Every resource is
 * modelled, known to have no bearing on packets, or listed with what it touches: nothing is left out in silence. What
 * is known only after apply is carried; mistakes are told, all of them.
 */

import { placeOf, type TerraformConfiguration } from '../terraform/index.ts';
import { type AssignedAddresses, assignedAddresses, haveSameAddresses } from './assigned-addresses.ts';
import { type BuildContext, causeOfUnexpanded, createBuildContext } from './build-context.ts';
import { buildEndpoints } from './endpoints/build-endpoints.ts';
import type { BuiltEndpoints } from './endpoints/endpoint-input.ts';
import type { NatGateway, Unmodelled, Vpc, VpcModel } from './model.ts';
import { sortedByAddress } from './natural-order.ts';
import { buildNetwork, type Network } from './network.ts';
import { bearingOf, mayHide, touchesOf } from './resource-types.ts';
import type { WrittenVpc } from './vpcs.ts';

/** Throws SIM_TERRAFORM_INVALID for the only mistake, naming file, address and field, or SIM_TERRAFORM_PROBLEMS with all of them. */
export function buildVpcModel(configuration: TerraformConfiguration): VpcModel {
  const first = buildOrTell(configuration);
  if (!first.asksForAddresses) return first.model;
  // Addresses are given last, and rules may name them: then all is built once more with what was given.
  const second = build(configuration, assignedAddresses(first.endpoints));
  return haveSameAddresses(first.model, second.model) ? second.model : first.model;
}

/** What is built on mistakes may end anyhow: they are what is told then. */
function buildOrTell(configuration: TerraformConfiguration): Built {
  try {
    return build(configuration);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) configuration.mistakes.throwIfAny();
    throw error;
  }
}

interface Built {
  readonly model: VpcModel;
  readonly endpoints: BuiltEndpoints;
  readonly asksForAddresses: boolean;
}

function build(configuration: TerraformConfiguration, assigned?: AssignedAddresses): Built {
  const context = createBuildContext(configuration, assigned);
  noteTypes(context);
  const network = buildNetwork(context);
  const endpoints = buildEndpoints(context, {
    vpcs: network.vpcs,
    subnets: network.written.placed,
    unplacedSubnets: network.written.unplaced,
    securityGroups: network.securityGroups,
    networkAcls: network.networkAcls,
    routeTables: network.routeTables,
    natGateways: network.nat.plans,
  });
  context.problems.throwIfAny();
  const model: VpcModel = {
    region: context.settings.region,
    vpcs: network.vpcs.map(builtVpc),
    subnets: network.subnets,
    securityGroups: network.securityGroups.groups,
    networkAcls: network.networkAcls,
    routeTables: network.routeTables,
    internetGateways: network.internetGateways,
    egressOnlyInternetGateways: network.egressOnly.known,
    natGateways: natGateways(network, endpoints),
    peeringConnections: network.peeringConnections,
    gatewayEndpoints: network.gatewayEndpoints,
    loadBalancers: endpoints.loadBalancers,
    interfaces: endpoints.interfaces,
    unplaced: endpoints.unplaced,
    unmodelled: sortedByAddress<Unmodelled>(context.unmodelled),
    instances: endpoints.instances,
  };
  return { model, endpoints, asksForAddresses: context.asksForAddresses };
}

function noteTypes(context: BuildContext): void {
  for (const block of context.configuration.resources.values()) {
    const bearing = bearingOf(block.type);
    if (bearing !== 'not-modelled' && bearing !== 'unlisted') continue;
    const reason =
      bearing === 'not-modelled'
        ? `${block.type} bears on reachability and is not modelled`
        : `whether ${block.type} bears on reachability is not known`;
    const touches = touchesOf(block.type);
    const told = { type: block.type, address: block.address, reason, touches, place: placeOf(block) };
    context.note(mayHide(block.type) ? { ...told, mayHide: true } : told);
  }
  for (const one of context.configuration.unexpanded) {
    if (one.kind === 'data' || bearingOf(one.type) === 'inert') continue;
    context.note({
      type: one.type,
      touches: 'whatever they are and name',
      ...causeOfUnexpanded(one),
      mayHide: true,
    });
  }
}

function builtVpc({ address, place, cidrs, ipv6Cidrs }: WrittenVpc): Vpc {
  return { address, ...(place && { place }), cidrs, ipv6Cidrs };
}

function natGateways({ nat }: Network, { natAddresses }: BuiltEndpoints): readonly NatGateway[] {
  return nat.plans.flatMap(({ address, place, subnet }): NatGateway[] => {
    const addresses = natAddresses.get(address);
    return addresses === undefined ? [] : [{ address, place, subnet, ...addresses }];
  });
}
