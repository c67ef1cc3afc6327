/**
 * The typed VPC: what AWS would have after an apply, as far as packets are concerned. Every part carries the Terraform
 * address that made it and the place where it is written, so that a verdict or a counter can name it. CIDR blocks and
 * addresses are strings in canonical form, IPv4 and IPv6 alike.
 *
 * What is known only after apply, or is not modelled, is never left out: it stands here as an `UnknownCause` at the part
 * that it touches, and makes unknown the verdicts that depend on that part, and no others.
 */

export type Direction = 'ingress' | 'egress';

/** IANA protocol number, or 'all'. */
export type Protocol = number | 'all';

/** Inclusive. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** -1 is any. */
export interface IcmpMatch {
  readonly type: number;
  readonly code: number;
}

/** Where a part is written. Absent where AWS made it by itself. */
export interface Place {
  /** As the caller named the input. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Why something cannot be told before apply, or is not modelled. */
export interface UnknownCause {
  /** Terraform address of what is not known. */
  readonly address: string;
  readonly reason: string;
  readonly place?: Place;
}

export type Peer =
  | { readonly kind: 'cidr'; readonly cidr: string }
  | { readonly kind: 'security-group'; readonly address: string }
  | { readonly kind: 'prefix-list'; readonly address: string; readonly cidrs: readonly string[] }
  /** Anything: only in a rule that is `uncertain`. */
  | { readonly kind: 'any' };

export interface SecurityGroupRule {
  readonly address: string;
  readonly place?: Place;
  readonly description: string;
  readonly protocol: Protocol;
  /** Absent: all ports of the protocol. */
  readonly ports?: PortRange;
  /** For ICMP only. */
  readonly icmp?: IcmpMatch;
  readonly peer: Peer;
  /** What the rule matches is not wholly known: it matches at most what stands here, perhaps less, perhaps nothing. */
  readonly uncertain?: UnknownCause;
}

export interface SecurityGroup {
  readonly address: string;
  readonly place?: Place;
  readonly name: string;
  readonly vpc: string;
  readonly ingress: readonly SecurityGroupRule[];
  readonly egress: readonly SecurityGroupRule[];
}

export interface NetworkAclRule {
  readonly address: string;
  readonly place?: Place;
  readonly number: number;
  readonly action: 'allow' | 'deny';
  readonly protocol: Protocol;
  readonly ports?: PortRange;
  readonly icmp?: IcmpMatch;
  readonly cidr: string;
  /** As in `SecurityGroupRule`. */
  readonly uncertain?: UnknownCause;
}

/** Rules are sorted by number; after the last, AWS denies. A rule speaks of the family of its CIDR block alone. */
export interface NetworkAcl {
  readonly address: string;
  readonly place?: Place;
  readonly vpc: string;
  readonly ingress: readonly NetworkAclRule[];
  readonly egress: readonly NetworkAclRule[];
}

export type RouteTarget =
  | { readonly kind: 'local' }
  | { readonly kind: 'internet-gateway'; readonly address: string }
  | { readonly kind: 'egress-only-internet-gateway'; readonly address: string }
  | { readonly kind: 'nat-gateway'; readonly address: string }
  | { readonly kind: 'peering'; readonly address: string }
  | { readonly kind: 'gateway-endpoint'; readonly address: string; readonly service: string }
  /** A target that exists no more, or is not attached: AWS drops what the route takes. */
  | { readonly kind: 'blackhole'; readonly address: string }
  /** Transit gateway, virtual private gateway, a machine that forwards, …: what the route takes is unknown. */
  | { readonly kind: 'unmodelled'; readonly cause: UnknownCause };

export interface Route {
  readonly address: string;
  readonly place?: Place;
  /** One route may stand for several ranges: a prefix list. */
  readonly destinations: readonly string[];
  readonly target: RouteTarget;
  /** Whether the route is in the table, or which destinations it has, is not known: at most these. */
  readonly uncertain?: UnknownCause;
}

/** The longest prefix wins; the VPC's own ranges are a `local` route that nothing overrides. */
export interface RouteTable {
  readonly address: string;
  readonly place?: Place;
  readonly vpc: string;
  readonly routes: readonly Route[];
}

export interface Subnet {
  readonly address: string;
  readonly place?: Place;
  /** The subnet's Name tag, or its Terraform name. */
  readonly name: string;
  readonly vpc: string;
  readonly availabilityZone: string;
  readonly cidr: string;
  readonly ipv6Cidr?: string;
  /** Address of the network ACL in force (explicit, or the VPC's default one). */
  readonly networkAcl: string;
  readonly routeTable: string;
  /** What is in force is not known: then the field above holds AWS's default for it and does not count. */
  readonly uncertain?: { readonly networkAcl?: UnknownCause; readonly routeTable?: UnknownCause };
}

export type EndpointKind =
  | 'instance'
  | 'autoscaling-member'
  | 'network-interface'
  | 'load-balancer'
  | 'ecs-task'
  | 'lambda'
  | 'database'
  | 'cache'
  | 'interface-endpoint'
  | 'imagined';

export interface NetworkInterface {
  /** Unique and stable across runs: lower case, digits and dashes, at most 40 bytes; of a machine its id, `gateway-0`. */
  readonly id: string;
  /**
   * What people call it: the Terraform address; of one of several, `aws_autoscaling_group.worker#0`; of an imagined one
   * `imagined(aws_subnet.a+aws_security_group.b)`. Unique.
   */
  readonly endpoint: string;
  /** Terraform address of the resource that has it; of an imagined one its subnet's. */
  readonly address: string;
  readonly place?: Place;
  readonly kind: EndpointKind;
  readonly subnet: string;
  readonly privateAddress: string;
  readonly ipv6Address?: string;
  /** IPv4, mapped 1:1 by the internet gateway; the machine itself never sees it. */
  readonly publicAddress?: string;
  /** Terraform addresses. Empty: nothing filters it (a Network Load Balancer may have none). */
  readonly securityGroups: readonly string[];
  readonly uncertain?: {
    /** It may have other groups than those listed. */
    readonly securityGroups?: UnknownCause;
    readonly publicAddress?: UnknownCause;
  };
}

/** An endpoint of which not even the subnet is known: every verdict about it is unknown. */
export interface UnplacedEndpoint {
  readonly endpoint: string;
  readonly address: string;
  readonly kind: EndpointKind;
  readonly cause: UnknownCause;
}

/** A machine: an `aws_instance`, or one of an auto-scaling group's desired number. */
export interface Instance {
  /** `<drydock:program tag, else Terraform name>-<n>`, n counting over the whole configuration. Lower case, digits and dashes. */
  readonly id: string;
  /** Of the `aws_instance` or the `aws_autoscaling_group`. */
  readonly address: string;
  readonly availabilityZone: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Plain text (base64 undone) of a machine that runs a program; absent where there is none. */
  readonly userData?: string;
  /** Also in the model's `interfaces`. */
  readonly networkInterface: NetworkInterface;
}

export interface InternetGateway {
  readonly address: string;
  readonly place?: Place;
  readonly vpc: string;
  /** What becomes of packets that enter by it is not known: a route table of its own may lead them elsewhere. */
  readonly uncertain?: UnknownCause;
}

/** IPv6 outwards, and answers to that; nothing begins from outside. */
export interface EgressOnlyInternetGateway {
  readonly address: string;
  readonly place?: Place;
  readonly vpc: string;
}

/** Lives in a subnet, whose network ACL and route table it meets, and has no security group. */
export interface NatGateway {
  readonly address: string;
  readonly place?: Place;
  readonly subnet: string;
  readonly privateAddress: string;
  /** Absent: a private one. */
  readonly publicAddress?: string;
}

/** Not transitive: carries only packets from a range of one VPC to a range of the other. */
export interface PeeringConnection {
  readonly address: string;
  readonly place?: Place;
  readonly requester: string;
  readonly accepter: string;
  /** Otherwise it carries nothing. */
  readonly isActive: boolean;
}

/** S3 or DynamoDB by a route, without an interface. An endpoint of its own, by its Terraform address. */
export interface GatewayEndpoint {
  readonly address: string;
  readonly place?: Place;
  readonly vpc: string;
  readonly service: string;
  /** Stand-ins for the service's prefix list. */
  readonly cidrs: readonly string[];
}

export interface LoadBalancerTarget {
  /** Of the target group. */
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
  /** Ids of network interfaces. */
  readonly interfaces: readonly string[];
  readonly preservesClientAddress: boolean;
  readonly healthCheck?: { readonly port: number; readonly protocol: string; readonly path?: string };
}

export interface LoadBalancerListener {
  readonly address: string;
  readonly place?: Place;
  readonly port: number;
  /** HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP. */
  readonly protocol: string;
  /** Empty: it answers by itself (a redirect, a fixed response). */
  readonly targets: readonly LoadBalancerTarget[];
  readonly answer?: {
    readonly kind: 'redirect' | 'fixed-response';
    readonly status: number;
    /** May hold AWS's placeholders `#{protocol}`, `#{host}`, `#{port}`, `#{path}`, `#{query}`. */
    readonly location?: string;
  };
  /** By priority; the first whose conditions hold goes before the listener's own targets and answer. */
  readonly rules?: readonly LoadBalancerRule[];
}

export interface LoadBalancerRule
  extends Pick<LoadBalancerListener, 'address' | 'place' | 'targets' | 'answer'> {
  readonly priority: number;
  /** Patterns with `*` and `?`, one of which must match; absent: any. */
  readonly hosts?: readonly string[];
  readonly paths?: readonly string[];
}

export interface LoadBalancer {
  readonly address: string;
  readonly place?: Place;
  readonly kind: 'application' | 'network';
  readonly isInternal: boolean;
  /** Ids of its network interfaces, one a subnet. */
  readonly interfaces: readonly string[];
  readonly listeners: readonly LoadBalancerListener[];
}

export interface Vpc {
  readonly address: string;
  readonly place?: Place;
  readonly cidrs: readonly string[];
  /** Amazon's or own; stand-ins where AWS would choose. */
  readonly ipv6Cidrs: readonly string[];
}

/** Bears on reachability and is not modelled. What it touches stands at the touched parts as well. */
export interface Unmodelled extends UnknownCause {
  readonly type: string;
  /** In words: `packets routed to it`, `every packet that enters aws_vpc.main`. */
  readonly touches: string;
  /** Endpoints or rules may stand behind it of which no verdict speaks, so that nothing can be said to hold. */
  readonly mayHide?: true;
}

export interface VpcModel {
  readonly region: string;
  readonly vpcs: readonly Vpc[];
  readonly subnets: readonly Subnet[];
  readonly securityGroups: readonly SecurityGroup[];
  readonly networkAcls: readonly NetworkAcl[];
  readonly routeTables: readonly RouteTable[];
  readonly internetGateways: readonly InternetGateway[];
  readonly egressOnlyInternetGateways: readonly EgressOnlyInternetGateway[];
  readonly natGateways: readonly NatGateway[];
  readonly peeringConnections: readonly PeeringConnection[];
  readonly gatewayEndpoints: readonly GatewayEndpoint[];
  readonly loadBalancers: readonly LoadBalancer[];
  /** Every interface that packets are judged for, machines' included, in a stable order. */
  readonly interfaces: readonly NetworkInterface[];
  readonly unplaced: readonly UnplacedEndpoint[];
  readonly unmodelled: readonly Unmodelled[];
  /** The machines among them: what programs run on. */
  readonly instances: readonly Instance[];
}
