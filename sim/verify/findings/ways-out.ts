/** Ways out that are missing: subnets without any, machines in front of a gateway without an address, zones, groups, tasks. */

import { cidrsOfPeer, intersect, isInternetWide, rangesOf } from '../../policy/index.ts';
import type { Subnet } from '../../vpc/model.ts';
import { type Check, type CheckContext, finding, listText } from '../checks.ts';
import { internetRoutes, type ModelIndex } from '../model-index.ts';
import { isMachine } from './public-machines.ts';

export const checkSubnetWaysOut: Check = ({ index }) => {
  const closed = index.model.subnets.filter(
    (subnet) =>
      index.inSubnet(subnet.address).some(isMachine) &&
      subnet.uncertain?.routeTable === undefined &&
      (index.routeTable(subnet.routeTable)?.routes ?? []).every(({ target }) =>
        ['local', 'blackhole'].includes(target.kind),
      ) &&
      !hasInterfaceEndpoint(index, subnet.vpc),
  );
  return [...Map.groupBy(closed, ({ routeTable }) => routeTable)].map(([table, subnets]) => {
    const names = listText(subnets.map(({ address }) => address));
    const message = `${names}: the table ${table} leads nowhere but to its own VPC, and there is no endpoint: nothing there can fetch an update`;
    const [first] = subnets;
    return finding('subnet-without-way-out', {
      address: first?.address ?? table,
      place: first?.place,
      message,
    });
  });
};

function hasInterfaceEndpoint(index: ModelIndex, vpc: string): boolean {
  return index.model.interfaces.some(
    ({ kind, subnet }) => kind === 'interface-endpoint' && index.subnet(subnet)?.vpc === vpc,
  );
}

/** An internet gateway translates public addresses and gives nobody one. */
export const checkPublicAddresses: Check = ({ index }) =>
  index.model.interfaces
    .filter((one) => isMachine(one) || one.kind === 'lambda')
    .flatMap((one) => {
      const { publicAddress, uncertain, endpoint } = one;
      const subnet = index.subnet(one.subnet);
      const routes = subnet && internetRoutes(index, subnet);
      if (publicAddress !== undefined || uncertain?.publicAddress !== undefined) return [];
      if (subnet === undefined || routes === undefined || routes === 'unknown') return [];
      const route = routes.find(({ destinations }) => destinations.includes('0.0.0.0/0'));
      const maySend = index
        .groupsOf(one)
        .some(({ egress }) =>
          egress.some(
            ({ peer, uncertain }) =>
              uncertain === undefined &&
              cidrsOfPeer(peer).some((cidr) => !cidr.includes(':') && isInternetWide(cidr)),
          ),
        );
      if (route === undefined || !maySend) return [];
      const message = `${endpoint} may send to the internet, and cannot: ${subnet.routeTable} sends it to the internet gateway (${route.address}), and it has no public address`;
      return [finding('no-public-address', { address: one.address, place: one.place, message })];
    });

export const checkZoneNatGateways: Check = ({ index, endpoints }) => {
  const subnetsOf = (vpc: string) => index.model.subnets.filter((subnet) => subnet.vpc === vpc);
  return index.model.vpcs.flatMap((vpc) => {
    const gateways = index.model.natGateways.filter(
      ({ subnet }) => index.subnet(subnet)?.vpc === vpc.address,
    );
    const served = new Set(gateways.map(({ subnet }) => index.subnet(subnet)?.availabilityZone));
    const needy = endpoints.filter(({ endpoint, tier, vpc: own }) => {
      const isOurs = index.named(endpoint).some((one) => isMachine(one) || one.kind === 'lambda');
      return own === vpc.address && isOurs && tier !== 'public';
    });
    const zones = [...new Set(subnetsOf(vpc.address).map(({ availabilityZone }) => availabilityZone))];
    const unserved = zones.filter(
      (zone) => !served.has(zone) && needy.some(({ availabilityZone }) => availabilityZone === zone),
    );
    if (gateways.length === 0 || unserved.length === 0) return [];
    const message = `${vpc.address} has NAT gateways in ${listText([...served].flatMap((zone) => zone ?? []))}, and none in ${listText(unserved)}: machines there depend on another zone, or have no way out`;
    return [
      finding('zone-without-nat-gateway', {
        address: gateways[0]?.address ?? vpc.address,
        place: gateways[0]?.place,
        message,
      }),
    ];
  });
};

export const checkGroupEgress: Check = ({ index }) =>
  index.model.securityGroups
    .filter(({ egress }) => egress.length === 0)
    .flatMap((group) => {
      const silent = index
        .carriers(group.address)
        .filter((one) => isMachine(one) && index.groupsOf(one).every(({ egress }) => egress.length === 0));
      if (silent.length === 0) return [];
      const message = `${group.address} has no egress rule (Terraform takes away AWS's own): ${listText(silent.map(({ endpoint }) => endpoint))} can answer, and begin no connection, not even for an update`;
      return [finding('group-without-egress', { address: group.address, place: group.place, message })];
    });

/** Elastic Container Registry keeps the layers of images in S3, so a task without a way there does not start. */
export const checkImagePull: Check = (context) => {
  const { index } = context;
  const tasks = index.model.interfaces.filter(({ kind }) => kind === 'ecs-task');
  const cut = tasks.filter((task) => !reachesLayers(context, [task.endpoint, task.address]));
  return [...Map.groupBy(cut, ({ address }) => address)].map(([address, members]) => {
    const [first] = members;
    const subnet = first && index.subnet(first.subnet);
    const route = subnet && gatewayRoute(index, subnet);
    const hint =
      route === undefined
        ? 'there is no route to a gateway endpoint of S3'
        : `the route is there (${route.address}), and no egress rule of ${listText(first?.securityGroups ?? [])} names S3's prefix list`;
    const message = `${address} cannot fetch the layers of an image in ECR, which are in S3: it reaches neither S3 nor the internet on tcp/443; ${hint}`;
    return finding('task-cannot-pull-image', { address, place: first?.place, message });
  });
};

function reachesLayers({ flows, index }: CheckContext, names: readonly string[]): boolean {
  const services = new Set(
    index.model.gatewayEndpoints
      .filter(({ service }) => /(^|\.)s3$/.test(service))
      .map(({ address }) => address),
  );
  return flows.some(
    ({ from, to, protocol, verdict, ports }) =>
      names.includes(from) &&
      (to === 'internet' || services.has(to) || isS3Interface(index, to)) &&
      protocol === 'tcp' &&
      verdict.kind !== 'never' &&
      intersect(rangesOf({ protocol, ports }), [{ from: 443, to: 443 }]).length > 0,
  );
}

/** Of an interface endpoint only the name tells its service. */
function isS3Interface(index: ModelIndex, name: string): boolean {
  return index.named(name).some(({ kind, address }) => kind === 'interface-endpoint' && /s3/i.test(address));
}

function gatewayRoute(index: ModelIndex, subnet: Subnet) {
  return index
    .routeTable(subnet.routeTable)
    ?.routes.find(({ target }) => target.kind === 'gateway-endpoint' && /s3$/.test(target.service));
}
