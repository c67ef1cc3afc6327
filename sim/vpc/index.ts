/** The door of the VPC model: its types, how it is built from a configuration, and CIDR arithmetic. */

export { buildVpcModel } from './build-vpc-model.ts';
export {
  type Cidr,
  canonicalCidr,
  containsAddress,
  containsCidr,
  formatAddress,
  formatCidr,
  type IpAddress,
  type IpFamily,
  overlap,
  parseAddress,
  parseCidr,
} from './cidr.ts';
export type {
  Direction,
  Instance,
  InternetGateway,
  NetworkAcl,
  NetworkAclRule,
  NetworkInterface,
  Peer,
  PortRange,
  Protocol,
  Route,
  RouteTable,
  RouteTarget,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  Vpc,
  VpcModel,
} from './model.ts';
