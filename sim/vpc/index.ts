/** The door of the VPC model: its types, and how it is built from a configuration. */

export { buildVpcModel } from './build-vpc-model.ts';
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
