/** The VPC as text for `ip` and `nft`. Pure: the same model gives the same bytes, and nothing is touched. */
import type { VpcModel } from '../vpc/model.ts';
import type { CompiledFabric, FabricNode } from './compiled-fabric.ts';
import { startCounters } from './counters.ts';
import { internetGatewayRules } from './internet-gateway-rules.ts';
import { addressTexts, linkText } from './links.ts';
import { routerRules } from './router-rules.ts';
import { securityGroupRules } from './security-group-rules.ts';
import { addresses, namespaces, type PlacedInstance, placeTopology, type Topology } from './topology.ts';

/**
 * @throws DrydockError SIM_TERRAFORM_UNSUPPORTED naming what the fabric cannot carry.
 */
export function compileFabric(model: VpcModel): CompiledFabric {
  const topology = placeTopology(model);
  const counters = startCounters();
  const rules = {
    [namespaces.router]: routerRules(model, topology, counters),
    [namespaces.internetGateway]: internetGatewayRules(topology, counters),
    ...Object.fromEntries(
      topology.instances.map(({ instance, namespace }) => [
        namespace,
        securityGroupRules(model, instance.networkInterface, { namespace, counters }),
      ]),
    ),
  };
  return {
    router: namespaces.router,
    internet: { namespace: namespaces.internet, address: addresses.internetHost },
    nodes: topology.instances.map(fabricNode),
    links: linkText(topology),
    addresses: addressTexts(model, topology),
    sysctls: sysctls(topology),
    rules,
    counters: counters.meanings(),
  };
}

function fabricNode({ instance, namespace }: PlacedInstance): FabricNode {
  const { privateAddress, publicAddress } = instance.networkInterface;
  return {
    id: instance.id,
    namespace,
    privateAddress,
    ...(publicAddress !== undefined && { publicAddress }),
  };
}

function sysctls(topology: Topology): CompiledFabric['sysctls'] {
  // The model is IPv4: without addresses of its own an IPv6 stack could only open a path that nobody judged.
  const all = { 'ipv6/conf/all/disable_ipv6': '1', 'ipv6/conf/default/disable_ipv6': '1' };
  const forwards = {
    ...all,
    'ipv4/ip_forward': '1',
    'ipv4/conf/all/rp_filter': '0',
    'ipv4/conf/default/rp_filter': '0',
    'ipv4/conf/all/send_redirects': '0',
    'ipv4/conf/default/send_redirects': '0',
  };
  return {
    [namespaces.router]: forwards,
    [namespaces.internetGateway]: forwards,
    [namespaces.internet]: all,
    // Programs bind 443 without any capability.
    ...Object.fromEntries(
      topology.instances.map(({ namespace }) => [
        namespace,
        { ...all, 'ipv4/ip_unprivileged_port_start': '0' },
      ]),
    ),
  };
}
