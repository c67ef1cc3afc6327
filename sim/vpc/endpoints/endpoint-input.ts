/** What the builder of endpoints is given by the rest of the model, and what it gives back. */

import type { Site } from '../../terraform/index.ts';
import type { BuildContext } from '../build-context.ts';
import type {
  Instance,
  LoadBalancer,
  NetworkAcl,
  NetworkInterface,
  RouteTable,
  SecurityGroup,
  UnknownCause,
  UnplacedEndpoint,
  Vpc,
} from '../model.ts';
import type { SecurityGroups } from '../security-groups.ts';

/** A subnet as far as interfaces care. */
export interface EndpointSubnet {
  readonly address: string;
  readonly vpc: string;
  readonly availabilityZone: string;
  readonly cidr: string;
  readonly ipv6Cidr?: string;
  readonly mapsPublicAddress: boolean;
  /** Then whether it gives public addresses is not known, and the field above does not count. */
  readonly mapsPublicAddressUnknown?: UnknownCause;
  /** `assign_ipv6_address_on_creation`. */
  readonly assignsIpv6?: boolean;
  /** One that the account's default VPC came with: where a machine goes that names no subnet. */
  readonly isDefault?: boolean;
  readonly site: Site;
}

/** A NAT gateway that needs addresses. */
export interface NatPlan {
  readonly address: string;
  /** Address of its subnet. */
  readonly subnet: string;
  readonly wantsPublic: boolean;
  /** `private_ip`. */
  readonly fixed?: { readonly value: string; readonly site: Site };
  /** The `aws_eip` that it names, so that nothing else takes it. */
  readonly elasticAddress?: { readonly address: string; readonly site: Site };
}

export interface NatAddress {
  readonly privateAddress: string;
  readonly publicAddress?: string;
}

export interface EndpointsInput {
  readonly vpcs: readonly Vpc[];
  readonly subnets: readonly EndpointSubnet[];
  /** Those of which not enough is known to place anything in them. */
  readonly unplacedSubnets?: ReadonlyMap<string, UnknownCause>;
  readonly securityGroups: SecurityGroups;
  /** Whose CIDR blocks stand-in addresses keep clear of, as they do of the groups' rules. */
  readonly networkAcls: readonly NetworkAcl[];
  readonly routeTables: readonly RouteTable[];
  readonly natGateways: readonly NatPlan[];
}

export interface BuiltEndpoints {
  readonly interfaces: readonly NetworkInterface[];
  readonly instances: readonly Instance[];
  readonly unplaced: readonly UnplacedEndpoint[];
  readonly loadBalancers: readonly LoadBalancer[];
  /** By the address of the NAT gateway. */
  readonly natAddresses: ReadonlyMap<string, NatAddress>;
  /** What has an elastic address: a NAT gateway, or an endpoint; by the address of the `aws_eip`. */
  readonly elastic: ReadonlyMap<string, string>;
  /** Of a resource, or of what goes by its address. */
  interfacesOf(address: string): readonly NetworkInterface[];
}

/** What every reader of endpoints works with. */
export interface EndpointContext extends EndpointsInput {
  readonly context: BuildContext;
  /** By address. */
  readonly subnetOf: ReadonlyMap<string, EndpointSubnet>;
  readonly groupOf: ReadonlyMap<string, SecurityGroup>;
  /** Kept, for the model to carry. */
  unplaced(endpoint: UnplacedEndpoint): void;
  hasUnplaced(): boolean;
}
