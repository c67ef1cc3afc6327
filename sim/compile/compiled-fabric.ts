/** What `compileFabric` produces: text for `ip -batch` and `nft -f`, and what each counter in it stands for. */
import type { Direction } from '../vpc/model.ts';

/** Which part of the network judged a packet. */
export type Layer =
  | 'security-group'
  | 'network-acl'
  | 'route-table'
  | 'internet-gateway'
  | 'egress-only-internet-gateway'
  | 'nat-gateway'
  | 'peering'
  | 'gateway-endpoint'
  | 'source-check';

/** Behind one rule counter: the Terraform address that the rule comes from, and what the rule does. */
export interface CounterMeaning {
  /** Namespace whose ruleset holds the counter. */
  readonly namespace: string;
  readonly layer: Layer;
  readonly direction: Direction;
  readonly verdict: 'allow' | 'deny';
  /** Terraform address of the rule, or of what brings the default. */
  readonly address: string;
  /** For people: the rule in words, or "default: …". */
  readonly text: string;
}

/** What one link joins to a router. */
export interface FabricPort {
  readonly namespace: string;
  /** Namespace of the router, and the link's name there. */
  readonly router: string;
  readonly link: string;
  readonly availabilityZone: string;
  readonly privateAddress: string;
  readonly publicAddress?: string;
}

/** One network interface of the VPC, and the namespace behind it. */
export interface FabricNode extends FabricPort {
  /** For example `gateway-0`. */
  readonly id: string;
  /** What people call it. */
  readonly endpoint: string;
  readonly ipv6Address?: string;
  /** Of a machine that has the tag `drydock:program`. */
  readonly program?: string;
}

export interface FabricNatGateway extends FabricPort {
  /** Terraform address. */
  readonly address: string;
}

export interface FabricRouter extends FabricService {
  /** Namespace of the VPC's edge. */
  readonly edge: string;
  /** Its links to the internet, by whichever gateway. */
  readonly outsideLinks: readonly string[];
}

export interface LinkEnd {
  readonly namespace: string;
  readonly link: string;
}

export interface FabricLink {
  readonly near: LinkEnd;
  readonly far: LinkEnd;
  /** A line for `ip -batch` that makes it, down. Run outside of all namespaces, when they exist. */
  readonly text: string;
}

/** A namespace that answers on whole ranges: a gateway endpoint, or a VPC's router for what is not filtered. */
export interface FabricService {
  /** Terraform address of the endpoint or the VPC. */
  readonly address: string;
  readonly namespace: string;
  /** Addresses or CIDR blocks. */
  readonly answersAt: readonly string[];
}

/** A namespace with one link, `eth0`, over which everything goes. */
export interface FabricEnd {
  readonly namespace: string;
  /** Of either family; the first of each is the source of what it sends. */
  readonly addresses: readonly string[];
  /** In which it sends. */
  readonly families: readonly (4 | 6)[];
}

/** `ip -batch` text of each family: `ip` knows a rule's only by its option. Links stand in the first. */
export interface IpText {
  readonly ipv4: string;
  /** For `ip -6`; empty where there is nothing. */
  readonly ipv6: string;
}

export interface CompiledFabric {
  /** Every public address is one of its own; it sends from `address` unless told otherwise. */
  readonly internet: {
    readonly namespace: string;
    readonly address: string;
    readonly ipv6Address: string;
  };
  /** The machines: what programs run on. */
  readonly nodes: readonly FabricNode[];
  /** Every interface, the machines' included. */
  readonly interfaces: readonly FabricNode[];
  /** One a VPC: every packet between two interfaces crosses its forward hook. */
  readonly routers: readonly FabricRouter[];
  readonly endpoints: readonly FabricService[];
  readonly natGateways: readonly FabricNatGateway[];
  /** Namespaces between, that remember connections: NAT gateways and edges. */
  readonly translators: readonly string[];
  /** In the order in which they are made. */
  readonly namespaces: readonly string[];
  /** `/proc/sys/net` path to value, by namespace; written before there are links. */
  readonly sysctls: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** They come up last. */
  readonly links: readonly FabricLink[];
  /** `nft -f` text by namespace, loaded before links come up. */
  readonly rules: Readonly<Record<string, string>>;
  /** By namespace, run inside it. */
  readonly addresses: Readonly<Record<string, IpText>>;
  readonly ends: readonly FabricEnd[];
  /** By the id that stands as the rule's comment. */
  readonly counters: Readonly<Record<string, CounterMeaning>>;
}
