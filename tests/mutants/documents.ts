/** Documents of what holds, for the defects that no witness shows: a witness names its own. */
import type { Document } from './mutant.ts';

const TERRAFORM = 'https://developer.hashicorp.com/terraform/language';
const VPC = 'https://docs.aws.amazon.com/vpc/latest';
const EC2 = 'https://docs.aws.amazon.com/AWSEC2/latest';

export const DOCUMENTS = {
  count: { title: 'The count meta-argument', url: `${TERRAFORM}/meta-arguments/count` },
  forEach: { title: 'The for_each meta-argument', url: `${TERRAFORM}/meta-arguments/for_each` },
  dynamic: { title: 'dynamic blocks', url: `${TERRAFORM}/expressions/dynamic-blocks` },
  variables: { title: 'Input variables', url: `${TERRAFORM}/values/variables` },
  outputs: { title: 'Output values', url: `${TERRAFORM}/values/outputs` },
  modules: { title: 'Module blocks', url: `${TERRAFORM}/modules/syntax` },
  cidrsubnet: { title: 'cidrsubnet function', url: `${TERRAFORM}/functions/cidrsubnet` },
  aclEntry: { title: 'NetworkAclEntry', url: `${EC2}/APIReference/API_NetworkAclEntry.html` },
  groupRules: { title: 'Security group rules', url: `${VPC}/userguide/security-group-rules.html` },
  tracking: {
    title: 'Security group connection tracking',
    url: `${EC2}/UserGuide/security-group-connection-tracking.html`,
  },
  ephemeralPorts: {
    title: 'Custom network ACLs for your VPC: ephemeral ports',
    url: `${VPC}/userguide/custom-network-acl.html`,
  },
  natGateways: { title: 'NAT gateway basics', url: `${VPC}/userguide/nat-gateway-basics.html` },
  egressOnly: {
    title: 'Enable outbound IPv6 traffic using an egress-only internet gateway',
    url: `${VPC}/userguide/egress-only-internet-gateway.html`,
  },
  routeTables: { title: 'Route table concepts', url: `${VPC}/userguide/RouteTables.html` },
  peering: { title: 'How VPC peering connections work', url: `${VPC}/peering/vpc-peering-basics.html` },
  interfaces: { title: 'Elastic network interfaces', url: `${EC2}/UserGuide/using-eni.html` },
} as const satisfies Readonly<Record<string, Document>>;
