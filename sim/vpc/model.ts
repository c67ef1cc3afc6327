/**
 * The typed VPC: what AWS would have after an apply, as far as packets are concerned. Every part carries
 * the Terraform address that made it, so that a verdict or a counter can name it. IPv4 and IPv6 alike are
 * CIDR strings in canonical form.
 */

export type Direction = 'ingress' | 'egress';

/** IANA protocol number, or 'all'. */
export type Protocol = number | 'all';

/** Inclusive. For ICMP the port fields of Terraform mean type and code, -1 being any. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export type Peer =
  | { readonly kind: 'cidr'; readonly cidr: string }
  | { readonly kind: 'security-group'; readonly address: string }
  | { readonly kind: 'prefix-list'; readonly address: string; readonly cidrs: readonly string[] };

export interface SecurityGroupRule {
  readonly address: string;
  readonly description: string;
  readonly protocol: Protocol;
  /** Absent: all ports of the protocol. */
  readonly ports?: PortRange;
  /** For ICMP only; -1 is any. */
  readonly icmp?: { readonly type: number; readonly code: number };
  readonly peer: Peer;
}

export interface SecurityGroup {
  readonly address: string;
  readonly name: string;
  readonly vpc: string;
  readonly ingress: readonly SecurityGroupRule[];
  readonly egress: readonly SecurityGroupRule[];
}

export interface NetworkAclRule {
  readonly address: string;
  readonly number: number;
  readonly action: 'allow' | 'deny';
  readonly protocol: Protocol;
  readonly ports?: PortRange;
  readonly icmp?: { readonly type: number; readonly code: number };
  readonly cidr: string;
}

/** Rules are sorted by number; after the last, AWS denies. */
export interface NetworkAcl {
  readonly address: string;
  readonly vpc: string;
  readonly ingress: readonly NetworkAclRule[];
  readonly egress: readonly NetworkAclRule[];
}

export type RouteTarget =
  | { readonly kind: 'local' }
  | { readonly kind: 'internet-gateway'; readonly address: string }
  | { readonly kind: 'nat-gateway'; readonly address: string }
  | { readonly kind: 'gateway-endpoint'; readonly address: string; readonly service: string };

export interface Route {
  readonly address: string;
  /** One route may stand for several ranges: a prefix list. */
  readonly destinations: readonly string[];
  readonly target: RouteTarget;
}

export interface RouteTable {
  readonly address: string;
  readonly vpc: string;
  readonly routes: readonly Route[];
}

export interface Subnet {
  readonly address: string;
  /** The subnet's Name tag, or its Terraform name. */
  readonly name: string;
  readonly vpc: string;
  readonly availabilityZone: string;
  readonly cidr: string;
  /** Address of the network ACL in force (explicit, or the VPC's default one). */
  readonly networkAcl: string;
  readonly routeTable: string;
}

export interface NetworkInterface {
  /** Stable across runs: the instance's id, for example `gateway-0`. */
  readonly id: string;
  readonly address: string;
  readonly subnet: string;
  readonly privateAddress: string;
  /** Mapped 1:1 by the internet gateway; the machine itself never sees it. */
  readonly publicAddress?: string;
  /** Terraform addresses. */
  readonly securityGroups: readonly string[];
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
  readonly networkInterface: NetworkInterface;
}

export interface InternetGateway {
  readonly address: string;
  readonly vpc: string;
}

export interface Vpc {
  readonly address: string;
  readonly cidrs: readonly string[];
}

export interface VpcModel {
  readonly region: string;
  readonly vpcs: readonly Vpc[];
  readonly subnets: readonly Subnet[];
  readonly securityGroups: readonly SecurityGroup[];
  readonly networkAcls: readonly NetworkAcl[];
  readonly routeTables: readonly RouteTable[];
  readonly internetGateways: readonly InternetGateway[];
  readonly instances: readonly Instance[];
}
