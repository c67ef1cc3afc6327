/**
 * Who there is, and each one's tier, which is a matter of routes and addresses alone, whatever groups and lists let through:
 * `public`: its subnet's table leads to an internet gateway, in a family in which it has an address of the internet;
 * `private`: it may go out, by a NAT gateway or an egress-only gateway, and nothing can begin from outside;
 * `isolated`: neither; `service`: AWS's own, behind a gateway endpoint; `unknown`: what decides is not known.
 */

import type { Subject } from '../policy/index.ts';
import type { NetworkInterface, Route, RouteTable } from '../vpc/model.ts';
import { type ModelIndex, placeFields } from './model-index.ts';
import type { ReportEndpoint, Tier } from './report.ts';

/** As the model names its parts: `endpoint` is the name, `address` the resource's. */
export type ListedEndpoint = Omit<ReportEndpoint, 'address' | 'resource'> & {
  readonly endpoint: string;
  readonly address: string;
};

/** As the report names them. */
export function reportedEndpoint({ endpoint, address, ...rest }: ListedEndpoint): ReportEndpoint {
  return { address: endpoint, resource: address, ...rest };
}

export function listEndpoints(index: ModelIndex): readonly ListedEndpoint[] {
  const { interfaces, gatewayEndpoints, unplaced } = index.model;
  return [
    ...interfaces.map((networkInterface) => endpointOf(index, networkInterface)),
    ...gatewayEndpoints.map(({ address, vpc, place }) => ({
      ...bare(address, address, 'gateway-endpoint', 'service'),
      vpc,
      ...placeFields(place),
    })),
    ...unplaced.map(({ endpoint, address, kind, cause }) => ({
      ...bare(endpoint, address, kind, 'unknown'),
      ...placeFields(cause.place),
    })),
  ];
}

/** The endpoints as a policy sees them; of those that are not placed nothing is proved. */
export function subjectsOf(index: ModelIndex, endpoints: readonly ListedEndpoint[]): readonly Subject[] {
  const tags = new Map(
    index.model.instances.map((instance) => [instance.networkInterface.endpoint, instance.tags]),
  );
  const unplaced = new Set(index.model.unplaced.map(({ endpoint }) => endpoint));
  return endpoints
    .filter(({ endpoint }) => !unplaced.has(endpoint))
    .map(({ endpoint, address, kind, tier, subnet, vpc, availabilityZone, securityGroups }) => ({
      endpoint,
      address,
      kind,
      tier,
      securityGroups,
      tags: tags.get(endpoint) ?? {},
      ...(subnet !== null && { subnet }),
      ...(vpc !== null && { vpc }),
      ...(availabilityZone !== null && { availabilityZone }),
    }));
}

function endpointOf(index: ModelIndex, networkInterface: NetworkInterface): ListedEndpoint {
  const { endpoint, address, kind, subnet, privateAddress, publicAddress, ipv6Address } = networkInterface;
  const { vpc, availabilityZone } = index.subnet(subnet) ?? {};
  return {
    ...bare(endpoint, address, kind, tierOf(index, networkInterface)),
    vpc: vpc ?? null,
    subnet,
    availabilityZone: availabilityZone ?? null,
    addresses: { private: privateAddress, public: publicAddress ?? null, ipv6: ipv6Address ?? null },
    securityGroups: [...networkInterface.securityGroups],
    ...placeFields(networkInterface.place),
  };
}

function bare(endpoint: string, address: string, kind: string, tier: Tier): ListedEndpoint {
  return {
    endpoint,
    address,
    kind,
    tier,
    vpc: null,
    subnet: null,
    availabilityZone: null,
    addresses: { private: null, public: null, ipv6: null },
    securityGroups: [],
    isImagined: kind === 'imagined',
    file: null,
    line: null,
  };
}

export function tierOf(index: ModelIndex, networkInterface: NetworkInterface): Tier {
  const subnet = index.subnet(networkInterface.subnet);
  const table = subnet && index.routeTable(subnet.routeTable);
  if (subnet === undefined || table === undefined || subnet.uncertain?.routeTable !== undefined)
    return 'unknown';
  const exits = [
    networkInterface.publicAddress !== undefined && exitOf(table, 'ipv4', 'internet-gateway'),
    networkInterface.ipv6Address !== undefined && exitOf(table, 'ipv6', 'internet-gateway'),
  ];
  if (exits.includes('yes')) return 'public';
  const mayBePublic =
    networkInterface.uncertain?.publicAddress !== undefined &&
    exitOf(table, 'ipv4', 'internet-gateway') !== 'no';
  if (exits.includes('unknown') || mayBePublic) return 'unknown';
  const ways = [
    exitOf(table, 'ipv4', 'nat-gateway'),
    networkInterface.ipv6Address !== undefined && exitOf(table, 'ipv6', 'egress-only-internet-gateway'),
  ];
  if (ways.includes('yes')) return 'private';
  return ways.includes('unknown') ? 'unknown' : 'isolated';
}

type Exit = 'internet-gateway' | 'nat-gateway' | 'egress-only-internet-gateway';

/** Whether the table sends something beyond the VPC there. A route of which that is not known may. */
function exitOf({ routes }: RouteTable, family: 'ipv4' | 'ipv6', kind: Exit): 'yes' | 'no' | 'unknown' {
  const own = routes.filter((route) =>
    route.destinations.some((cidr) => cidr.includes(':') === (family === 'ipv6')),
  );
  const isExit = ({ target }: Route) => target.kind === kind;
  if (own.some((route) => isExit(route) && route.uncertain === undefined)) return 'yes';
  const isOpen = ({ target, uncertain, destinations }: Route) =>
    (uncertain !== undefined && target.kind !== 'local') ||
    (target.kind === 'unmodelled' && destinations.some((cidr) => cidr.endsWith('/0')));
  return own.some(isOpen) ? 'unknown' : 'no';
}
