/**
 * The edge of one VPC: its internet gateway and its egress-only one, between the router and the internet. The internet gateway
 * translates addresses one to one without any state; the egress-only gateway remembers what went out. All is judged before routing.
 */
import type { CounterMeaning, Layer } from './compiled-fabric.ts';
import type { Counters } from './counters.ts';
import { edgeInternetLink, linkNames } from './names.ts';
import type { PlacedVpc } from './topology.ts';

/** Nothing on the internet has these (RFC 6890, RFC 1112). */
export const nonPublic = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
];
/** All that is assigned (RFC 4291 §2.4). */
export const publicIpv6 = '2000::/3';

/** Connections that the egress-only gateway carried out. */
const egressOnlyMark = 1;

type Drop = (meaning: Pick<CounterMeaning, 'direction' | 'text'>, layer?: Layer) => string;

export function edgeRules(placed: PlacedVpc, counters: Counters): string {
  const { vpc, internetGateway, egressOnlyGateway } = placed;
  const addresses = {
    'internet-gateway': internetGateway?.address ?? vpc.address,
    'egress-only-internet-gateway': egressOnlyGateway?.address ?? vpc.address,
  } as const;
  const drop =
    (layer: keyof typeof addresses): Drop =>
    (meaning) =>
      counters.statement(
        { namespace: placed.edge, layer, verdict: 'deny', address: addresses[layer], ...meaning },
        'drop',
      );
  return [
    'table inet edge {',
    ...sets(placed),
    ...chain('from_internet', fromInternet(placed, drop('internet-gateway'))),
    ...chain(
      'from_internet_gateway',
      fromInternetGateway(internetGateway !== undefined, drop('internet-gateway')),
    ),
    ...chain('from_egress_only', fromEgressOnly(drop('egress-only-internet-gateway'))),
    // IPv4 is translated packet by packet: a connection to remember would only get in its way.
    ...chain('e_stateless', [
      'type filter hook prerouting priority -300; policy accept;',
      'meta nfproto ipv4 notrack',
    ]),
    ...chain('e_prerouting', [
      'type filter hook prerouting priority -150; policy accept;',
      // Multicast of the link itself is forwarded nowhere.
      'ip6 daddr ff00::/8 accept',
      `iifname "${edgeInternetLink}" goto from_internet`,
      `iifname "${linkNames.internetGateway}" goto from_internet_gateway`,
      `iifname "${linkNames.egressOnlyGateway}" goto from_egress_only`,
    ]),
    '}',
    '',
  ].join('\n');
}

function chain(name: string, lines: readonly string[]): readonly string[] {
  return [`  chain ${name} {`, ...lines.map((line) => `    ${line}`), '  }'];
}

/** Interfaces and NAT gateways alike, where there is a gateway that translates. */
function sets({ internetGateway, interfaces, natGateways }: PlacedVpc): readonly string[] {
  const owners =
    internetGateway === undefined
      ? []
      : [
          ...interfaces.map((placed) => placed.networkInterface),
          ...natGateways.map(({ gateway }) => gateway),
        ];
  const mapped = owners.flatMap(({ privateAddress, publicAddress }) =>
    publicAddress === undefined ? [] : [{ privateAddress, publicAddress }],
  );
  const ipv6 = interfaces.flatMap(({ networkInterface }) => networkInterface.ipv6Address ?? []);
  const elements = (texts: readonly string[]) =>
    texts.length === 0 ? '' : ` elements = { ${texts.join(', ')} }`;
  return [
    `  set have_public { type ipv4_addr;${elements(mapped.map((pair) => pair.privateAddress))} }`,
    `  set public { type ipv4_addr;${elements(mapped.map((pair) => pair.publicAddress))} }`,
    `  map to_public { type ipv4_addr : ipv4_addr;${elements(mapped.map((pair) => `${pair.privateAddress} : ${pair.publicAddress}`))} }`,
    `  map to_private { type ipv4_addr : ipv4_addr;${elements(mapped.map((pair) => `${pair.publicAddress} : ${pair.privateAddress}`))} }`,
    `  set have_ipv6 { type ipv6_addr;${elements(ipv6)} }`,
  ];
}

function fromInternet({ internetGateway, egressOnlyGateway }: PlacedVpc, drop: Drop): readonly string[] {
  const answers =
    egressOnlyGateway === undefined ? [] : [`ct direction reply ct mark ${egressOnlyMark} accept`];
  if (internetGateway === undefined) {
    return [...answers, drop({ direction: 'ingress', text: 'default: the VPC has no internet gateway' })];
  }
  return [
    ...answers,
    'ip6 daddr @have_ipv6 accept',
    `ip daddr != @public ${drop({ direction: 'ingress', text: 'default: no interface has that public address' })}`,
    `meta nfproto ipv6 ${drop({ direction: 'ingress', text: 'default: no interface has that address' })}`,
    'ip daddr set ip daddr map @to_private',
  ];
}

/** Outwards. IPv6 addresses are the interfaces' own and pass as they are. */
function fromInternetGateway(isAttached: boolean, drop: Drop): readonly string[] {
  if (!isAttached) return [drop({ direction: 'egress', text: 'default: the VPC has no internet gateway' })];
  const notPublic = () =>
    drop({ direction: 'egress', text: 'default: the destination is not a public address' });
  return [
    `ip daddr { ${nonPublic.join(', ')} } ${notPublic()}`,
    `ip6 daddr != ${publicIpv6} ${notPublic()}`,
    `ip saddr != @have_public ${drop({ direction: 'egress', text: 'default: the interface has no public address' })}`,
    `ip6 saddr != @have_ipv6 ${drop({ direction: 'egress', text: 'default: no interface has that address' })}`,
    'ip saddr set ip saddr map @to_public',
  ];
}

function fromEgressOnly(drop: Drop): readonly string[] {
  return [
    `ip6 daddr != ${publicIpv6} ${drop({ direction: 'egress', text: 'default: the destination is not a public address' })}`,
    `meta nfproto ipv4 ${drop({ direction: 'egress', text: 'default: the gateway carries IPv6 alone' })}`,
    `ct direction reply ${drop({ direction: 'egress', text: 'default: the answer to a connection that the gateway has not seen' })}`,
    `ct mark set ${egressOnlyMark} accept`,
  ];
}
