/**
 * Links, addresses and routes as `ip -batch` text. Each interface is a routed /32 (and /128) on its own link, never a
 * bridge port, so that packets inside one subnet cross the router's forward hook too.
 */
import type { FabricEnd, FabricLink, IpText } from './compiled-fabric.ts';
import { nonPublic, publicIpv6 } from './edge-rules.ts';
import { everything, familiesAmong, familyOf, nextHop } from './families.ts';
import { edgeInternetLink, internetNamespace, linkNames, machineEnd } from './names.ts';
import { routeLines } from './routes.ts';
import { addressesOf, cidrsOf, familiesOf, gatewayGroup, type PlacedVpc } from './topology.ts';

/**
 * Both ends of a link have the same hardware address and resolve no neighbours: each is taken for the other. So no packet waits
 * for ARP or neighbour discovery, and a fabric of any size needs no room in the kernel's neighbour table.
 */
const hardware = 'address 02:00:00:00:00:01 arp off';

export interface InternetAddresses {
  readonly address: string;
  readonly ipv6Address: string;
}

export function linksOf({ vpc, router, edge, ...placed }: PlacedVpc): readonly FabricLink[] {
  const add = ({ link, group }: { link: string; group: number }, far: FabricLink['far']) =>
    fabricLink({ namespace: router, link }, far, `group ${group} `);
  const toEnd = ({ link, namespace }: { link: string; namespace: string }, group: number) =>
    add({ link, group }, { namespace, link: machineEnd });
  const toEdge = (link: string) => add({ link, group: gatewayGroup }, { namespace: edge, link });
  return [
    add(
      { link: linkNames.unrouted, group: gatewayGroup },
      { namespace: router, link: linkNames.unroutedPeer },
    ),
    toEdge(linkNames.internetGateway),
    ...(placed.egressOnlyGateway === undefined ? [] : [toEdge(linkNames.egressOnlyGateway)]),
    fabricLink(
      { namespace: edge, link: edgeInternetLink },
      { namespace: internetNamespace, link: placed.internetLink },
    ),
    ...placed.interfaces.map((end) => toEnd(end, end.subnet.group)),
    ...placed.natGateways.map((end) => toEnd(end, end.subnet.group)),
    ...placed.endpoints.map((end) => toEnd(end, gatewayGroup)),
    // Once for both sides.
    ...placed.peerings
      .filter(({ peering }) => peering.requester === vpc.address)
      .map(({ link, farRouter }) => add({ link, group: gatewayGroup }, { namespace: farRouter, link })),
  ];
}

function fabricLink(near: FabricLink['near'], far: FabricLink['far'], options = ''): FabricLink {
  return {
    near,
    far,
    text: `link add ${near.link} netns ${near.namespace} ${hardware} ${options}type veth peer name ${far.link} netns ${far.namespace} ${hardware}`,
  };
}

/** By namespace, of those that have more than one link or more than one address. */
export function addressTexts(
  vpcs: readonly PlacedVpc[],
  internet: InternetAddresses,
): Readonly<Record<string, IpText>> {
  return Object.fromEntries([
    ...vpcs.flatMap((placed) => [
      [placed.router, routerText(placed)],
      [placed.edge, edgeText(placed)],
      ...placed.endpoints.map(({ endpoint, namespace }) => [namespace, endpointText(endpoint.cidrs)]),
    ]),
    [internetNamespace, internetText(vpcs, internet)],
  ]);
}

/** Namespaces with a single link: interfaces, NAT gateways, endpoints. */
export function ends({ interfaces, natGateways, endpoints }: PlacedVpc): readonly FabricEnd[] {
  return [
    ...interfaces.map(({ namespace, networkInterface }) => end(namespace, addressesOf(networkInterface))),
    ...natGateways.map(({ namespace, gateway }) => end(namespace, [gateway.privateAddress])),
    ...endpoints.map(({ namespace, endpoint }) => ({
      namespace,
      addresses: [],
      families: familiesAmong(endpoint.cidrs),
    })),
  ];
}

function end(namespace: string, addresses: readonly string[]): FabricEnd {
  return { namespace, addresses, families: familiesAmong(addresses) };
}

function routerText(placed: PlacedVpc): IpText {
  const { unrouted, unroutedPeer } = linkNames;
  const links = [...placed.interfaces, ...placed.natGateways, ...placed.endpoints, ...placed.peerings];
  return ipText([
    ...placed.unfiltered.map((address) => `addr add ${address}/32 dev lo`),
    ...['lo', unrouted, unroutedPeer, ...outsideLinks(placed)].map(up),
    ...links.map(({ link }) => up(link)),
    ...routeLines(placed),
  ]);
}

function edgeText({ vpc, ...placed }: PlacedVpc): IpText {
  // The router takes what comes over either alike.
  return ipText([
    ...['lo', ...outsideLinks(placed), edgeInternetLink].map(up),
    ...cidrsOf(vpc).map(
      (cidr) => `route add ${cidr} via ${nextHop[familyOf(cidr)]} dev ${linkNames.internetGateway} onlink`,
    ),
    ...familiesOf(vpc).map(
      (family) => `route add ${everything[family]} via ${nextHop[family]} dev ${edgeInternetLink} onlink`,
    ),
  ]);
}

function endpointText(cidrs: readonly string[]): IpText {
  return ipText(cidrs.map((cidr) => `route add local ${cidr} dev lo table local`));
}

/**
 * Every address is the internet's own, unless a VPC has it: the local table comes last, and holds everything. What nobody on the
 * internet has goes to an edge too, which refuses it by name.
 */
function internetText(vpcs: readonly PlacedVpc[], { address, ipv6Address }: InternetAddresses): IpText {
  const [first] = vpcs;
  const source = { 4: address, 6: ipv6Address };
  const routes = new Map<string, string>();
  const lead = (cidr: string, link: string) => {
    const family = familyOf(cidr);
    const via = `via ${nextHop[family]} dev ${link} onlink src ${source[family]}`;
    if (!routes.has(cidr)) routes.set(cidr, `route add ${cidr} ${via}`);
  };
  for (const { internetLink, ...placed } of vpcs) {
    for (const cidr of cidrsOf(placed.vpc)) lead(cidr, internetLink);
    for (const publicAddress of publicAddressesOf(placed)) lead(`${publicAddress}/32`, internetLink);
  }
  if (first) for (const cidr of nonPublic) if (cidr !== '127.0.0.0/8') lead(cidr, first.internetLink);
  return ipText([
    up('lo'),
    ...vpcs.map(({ internetLink }) => up(internetLink)),
    `addr add ${address}/32 dev lo`,
    `addr add ${ipv6Address}/128 dev lo nodad noprefixroute`,
    ...routes.values(),
    // Routes that come later lead to it as well: it must not seem one of its own addresses.
    `route add throw ${nextHop[4]} table local`,
    `route add local ${everything[4]} dev lo table local`,
    `route add local ${publicIpv6} dev lo table local`,
    ...[everything[4], everything[6]].flatMap((all) => [
      `rule add from ${all} pref 40000 lookup local`,
      `rule del from ${all} pref 0 lookup local`,
    ]),
  ]);
}

/** The first is there without an internet gateway too: what would take it is refused by name. */
export function outsideLinks({ egressOnlyGateway }: Pick<PlacedVpc, 'egressOnlyGateway'>): readonly string[] {
  return [
    linkNames.internetGateway,
    ...(egressOnlyGateway === undefined ? [] : [linkNames.egressOnlyGateway]),
  ];
}

function publicAddressesOf({
  interfaces,
  natGateways,
}: Pick<PlacedVpc, 'interfaces' | 'natGateways'>): readonly string[] {
  return [
    ...interfaces.map(({ networkInterface }) => networkInterface),
    ...natGateways.map(({ gateway }) => gateway),
  ].flatMap(({ publicAddress }) => publicAddress ?? []);
}

function up(link: string): string {
  return `link set ${link} up`;
}

function ipText(lines: readonly string[]): IpText {
  return {
    ipv4: batch(lines.filter((line) => familyOf(line) === 4)),
    ipv6: batch(lines.filter((line) => familyOf(line) === 6)),
  };
}

function batch(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
