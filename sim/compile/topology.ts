/** Names and numbers of the fabric: which namespace, interface and link group stands for which part of the VPC. */

import { DrydockError } from '../errors.ts';
import type { Instance, InternetGateway, Subnet, Vpc, VpcModel } from '../vpc/model.ts';

export const namespaces = {
  router: 'router',
  internetGateway: 'internet-gateway',
  internet: 'internet',
} as const;

export const links = {
  /** Router's end of the link to the internet gateway. */
  internetGateway: 'x-igw',
  /** Where packets go that no route takes: the forward hook drops and counts them. */
  unrouted: 'x-none',
  unroutedPeer: 'x-none-peer',
} as const;

export const addresses = {
  /** Next hop of every machine, on every link of the router. */
  nextHop: '169.254.0.1',
  routerToGateway: '169.254.1.1',
  gatewayToRouter: '169.254.1.2',
  /** RFC 5737: the simulated internet is 203.0.113.0/24; public addresses of the VPC come from 198.51.100.0/24. */
  gatewayInternetSide: '203.0.113.1',
  internetHost: '203.0.113.10',
} as const;

/** Link group of the internet gateway's link: belongs to no subnet, so no network ACL sees it as one. */
export const internetGatewayGroup = 65_000;

const localTable = 100;
const subnetTableBase = 1000;

export interface PlacedInstance {
  readonly instance: Instance;
  readonly namespace: string;
  /** Router's end; at most 15 bytes, hence numbered. */
  readonly routerLink: string;
  readonly subnet: PlacedSubnet;
}

export interface PlacedSubnet {
  readonly subnet: Subnet;
  /** Link group of all its interfaces. */
  readonly group: number;
  /** Number of the policy-routing table that holds its route table. */
  readonly table: number;
}

export interface Topology {
  readonly vpc: Vpc;
  readonly internetGateway?: InternetGateway;
  readonly subnets: readonly PlacedSubnet[];
  readonly instances: readonly PlacedInstance[];
  readonly localTable: number;
}

/** @throws DrydockError SIM_TERRAFORM_UNSUPPORTED when the configuration has not exactly one VPC. */
export function placeTopology(model: VpcModel): Topology {
  const [vpc, ...others] = model.vpcs;
  if (vpc === undefined || others.length > 0) {
    throw new DrydockError(
      'SIM_TERRAFORM_UNSUPPORTED',
      `could not build the network: the configuration has ${model.vpcs.length} VPCs; the fabric takes exactly one`,
    );
  }
  const subnets = model.subnets.map((subnet, index) => ({
    subnet,
    group: index + 1,
    table: subnetTableBase + index + 1,
  }));
  const instances = model.instances.map((instance, index) => ({
    instance,
    namespace: `eni-${instance.id}`,
    routerLink: `eni${index}`,
    subnet: subnetOf(subnets, instance),
  }));
  const internetGateway = model.internetGateways.find((gateway) => gateway.vpc === vpc.address);
  return { vpc, ...(internetGateway && { internetGateway }), subnets, instances, localTable };
}

function subnetOf(subnets: readonly PlacedSubnet[], instance: Instance): PlacedSubnet {
  const placed = subnets.find(({ subnet }) => subnet.address === instance.networkInterface.subnet);
  if (placed === undefined) throw new TypeError(`${instance.id} is in a subnet that the model does not have`);
  return placed;
}
