/**
 * Namespaces, links, addresses and routes as `ip -batch` text. Each interface is a routed /32 on its own link, never
 * a bridge port, so that packets inside one subnet cross the router's forward hook too.
 */
import type { VpcModel } from '../vpc/model.ts';
import { routeLines } from './routes.ts';
import { addresses, internetGatewayGroup, links, namespaces, type Topology } from './topology.ts';

/** Text that runs first, outside of all of them. */
export function linkText(topology: Topology): string {
  const { router, internetGateway, internet } = namespaces;
  return batch([
    ...[router, internetGateway, internet].map((name) => `netns add ${name}`),
    ...topology.instances.flatMap(({ namespace, routerLink }) => [
      `netns add ${namespace}`,
      `link add ${routerLink} netns ${router} type veth peer name eth0 netns ${namespace}`,
    ]),
    `link add ${links.internetGateway} netns ${router} type veth peer name vpc netns ${internetGateway}`,
    `link add internet netns ${internetGateway} type veth peer name eth0 netns ${internet}`,
    `link add ${links.unrouted} netns ${router} type veth peer name ${links.unroutedPeer} netns ${router}`,
  ]);
}

export function addressTexts(model: VpcModel, topology: Topology): Readonly<Record<string, string>> {
  const { router, internetGateway, internet } = namespaces;
  return {
    [router]: batch([...routerLines(topology), ...routeLines(model, topology)]),
    [internetGateway]: batch([
      'link set lo up',
      'link set vpc up',
      'link set internet up',
      `addr add ${addresses.gatewayToRouter}/30 dev vpc`,
      ...topology.vpc.cidrs.map((cidr) => `route add ${cidr} via ${addresses.routerToGateway}`),
      `addr add ${addresses.gatewayInternetSide}/24 dev internet`,
      `route add default via ${addresses.internetHost}`,
    ]),
    [internet]: batch([
      'link set lo up',
      'link set eth0 up',
      `addr add ${addresses.internetHost}/24 dev eth0`,
      `route add default via ${addresses.gatewayInternetSide}`,
    ]),
    ...Object.fromEntries(
      topology.instances.map(({ instance, namespace }) => [
        namespace,
        machineText(instance.networkInterface.privateAddress),
      ]),
    ),
  };
}

function routerLines(topology: Topology): readonly string[] {
  return [
    'link set lo up',
    `link set ${links.internetGateway} group ${internetGatewayGroup} up`,
    `addr add ${addresses.routerToGateway}/30 dev ${links.internetGateway}`,
    `link set ${links.unroutedPeer} up`,
    `link set ${links.unrouted} up`,
    ...topology.instances.flatMap(({ routerLink, subnet }) => [
      `link set ${routerLink} group ${subnet.group} up`,
      `addr add ${addresses.nextHop}/32 dev ${routerLink}`,
    ]),
  ];
}

function machineText(privateAddress: string): string {
  return batch([
    'link set lo up',
    'link set eth0 up',
    `addr add ${privateAddress}/32 dev eth0`,
    `route add ${addresses.nextHop} dev eth0`,
    `route add default via ${addresses.nextHop} dev eth0 src ${privateAddress}`,
  ]);
}

function batch(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
