/** The network as text for `ip` and `nft`. Pure: the same model gives the same bytes, and nothing is touched. */
import type { VpcModel } from '../vpc/model.ts';
import type { CompiledFabric } from './compiled-fabric.ts';
import { type Counters, startCounters } from './counters.ts';
import { edgeRules } from './edge-rules.ts';
import { endpointRules } from './endpoint-rules.ts';
import { fabricNatGateways, fabricNodes } from './fabric-ports.ts';
import { groupMembers } from './group-members.ts';
import { internetAddresses } from './internet-addresses.ts';
import { addressTexts, ends, linksOf, outsideLinks } from './links.ts';
import { internetNamespace } from './names.ts';
import { natGatewayRules } from './nat-gateway-rules.ts';
import { routerRules } from './router-rules.ts';
import { securityGroupRules } from './security-group-rules.ts';
import { sysctls } from './sysctls.ts';
import { type PlacedVpc, placeVpcs } from './topology.ts';
import { trackedPeers } from './tracked-peers.ts';

/** What is uncertain or not modelled is left out: it opens nothing, and a route to it leads nowhere. */
export function compileFabric(model: VpcModel): CompiledFabric {
  const vpcs = placeVpcs(model);
  const counters = startCounters();
  const internet = internetAddresses(model);
  const settings = sysctls(vpcs);
  const interfaces = fabricNodes(model, vpcs);
  const byId = new Map(interfaces.map((node) => [node.id, node]));
  return {
    internet: { namespace: internetNamespace, ...internet },
    nodes: model.instances.flatMap(({ networkInterface }) => byId.get(networkInterface.id) ?? []),
    interfaces,
    routers: vpcs.map(({ vpc, router, edge, unfiltered, ...placed }) => ({
      address: vpc.address,
      namespace: router,
      edge,
      answersAt: unfiltered,
      outsideLinks: outsideLinks(placed),
    })),
    natGateways: fabricNatGateways(vpcs),
    endpoints: vpcs.flatMap(({ endpoints }) =>
      endpoints.map(({ endpoint, namespace }) => ({
        address: endpoint.address,
        namespace,
        answersAt: endpoint.cidrs,
      })),
    ),
    translators: vpcs.flatMap(({ edge, egressOnlyGateway, natGateways }) => [
      ...(egressOnlyGateway === undefined ? [] : [edge]),
      ...natGateways.map(({ namespace }) => namespace),
    ]),
    namespaces: Object.keys(settings),
    sysctls: settings,
    links: vpcs.flatMap(linksOf),
    rules: rulesOf(model, vpcs, counters),
    addresses: addressTexts(vpcs, internet),
    ends: vpcs.flatMap(ends),
    counters: counters.meanings(),
  };
}

function rulesOf(
  model: VpcModel,
  vpcs: readonly PlacedVpc[],
  counters: Counters,
): Readonly<Record<string, string>> {
  const groups = new Map(model.securityGroups.map((group) => [group.address, group]));
  const members = groupMembers(model);
  const tracked = trackedPeers(model);
  return Object.fromEntries(
    vpcs.flatMap((placed) => {
      const context = { groups, members, vpc: placed, tracked, counters };
      return [
        [placed.router, routerRules(model, placed, counters)],
        [placed.edge, edgeRules(placed, counters)],
        ...placed.natGateways.map((gateway) => [gateway.namespace, natGatewayRules(gateway, counters)]),
        ...placed.endpoints.map((endpoint) => [endpoint.namespace, endpointRules(endpoint, counters)]),
        ...placed.interfaces.map((end) => [end.namespace, securityGroupRules(end, context)]),
      ];
    }),
  );
}
