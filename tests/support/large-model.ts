/** Networks of any size for measuring: one VPC, groups of machines in tiers that call each other, gateways, a few ranges of the internet. */

import type {
  NetworkAclRule,
  NetworkInterface,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  VpcModel,
} from '../../sim/vpc/model.ts';

export interface LargeModelSize {
  readonly interfaces: number;
  readonly securityGroups: number;
  /** Default 12: three zones, four tiers. */
  readonly subnets?: number;
  /** Each machine a name of its own, instead of groups of about ten. */
  readonly isUngrouped?: boolean;
}

const VPC = 'aws_vpc.main';
const MEMBERS = 10;
const CALLEES = 4;

export function largeModel({
  interfaces,
  securityGroups,
  subnets = 12,
  isUngrouped,
}: LargeModelSize): VpcModel {
  const isPublic = (subnet: number) => subnet % 4 === 0;
  return {
    region: 'eu-west-1',
    vpcs: [{ address: VPC, cidrs: ['10.0.0.0/8'], ipv6Cidrs: ['2600:1f00::/56'] }],
    subnets: numbers(subnets).map((index) => subnetAt(index, isPublic(index))),
    securityGroups: numbers(securityGroups).map((index) => groupAt(index, securityGroups)),
    networkAcls: [aclNamed('public'), aclNamed('private')],
    routeTables: [
      {
        address: 'aws_route_table.public',
        vpc: VPC,
        routes: [
          route('public', '0.0.0.0/0', { kind: 'internet-gateway', address: 'aws_internet_gateway.main' }),
          route('public6', '::/0', { kind: 'internet-gateway', address: 'aws_internet_gateway.main' }),
        ],
      },
      {
        address: 'aws_route_table.private',
        vpc: VPC,
        routes: [
          route('private', '0.0.0.0/0', { kind: 'nat-gateway', address: 'aws_nat_gateway.main' }),
          route('s3', '192.0.2.0/25', {
            kind: 'gateway-endpoint',
            address: 'aws_vpc_endpoint.s3',
            service: 's3',
          }),
        ],
      },
    ],
    internetGateways: [{ address: 'aws_internet_gateway.main', vpc: VPC }],
    egressOnlyInternetGateways: [],
    natGateways: [
      {
        address: 'aws_nat_gateway.main',
        subnet: 'aws_subnet.s0',
        privateAddress: '10.0.255.250',
        publicAddress: '198.51.100.1',
      },
    ],
    peeringConnections: [],
    gatewayEndpoints: [{ address: 'aws_vpc_endpoint.s3', vpc: VPC, service: 's3', cidrs: ['192.0.2.0/25'] }],
    loadBalancers: [],
    interfaces: numbers(interfaces).map((index) =>
      interfaceAt(index, { subnets, securityGroups, isPublic, isUngrouped: isUngrouped === true }),
    ),
    unplaced: [],
    unmodelled: [],
    instances: [],
  };
}

function subnetAt(index: number, isPublic: boolean): Subnet {
  const tier = isPublic ? 'public' : 'private';
  return {
    address: `aws_subnet.s${index}`,
    name: `s${index}`,
    vpc: VPC,
    availabilityZone: `eu-west-1${'abc'[index % 3]}`,
    cidr: `10.${index}.0.0/16`,
    ipv6Cidr: `2600:1f00:0:${index.toString(16)}::/64`,
    networkAcl: `aws_network_acl.${tier}`,
    routeTable: `aws_route_table.${tier}`,
  };
}

function groupAt(index: number, groups: number): SecurityGroup {
  const callees = numbers(CALLEES).map((step) => (index * 7 + step * 13 + 1) % groups);
  const callers = numbers(groups).filter((other) =>
    numbers(CALLEES).some((step) => (other * 7 + step * 13 + 1) % groups === index),
  );
  const port = (to: number) => 8000 + (to % 50);
  return {
    address: groupName(index),
    name: `g${index}`,
    vpc: VPC,
    ingress: [
      ...callers.map((caller) =>
        rule(`in_${index}_${caller}`, port(index), { kind: 'security-group', address: groupName(caller) }),
      ),
      ...(index % 20 === 0 ? [rule(`in_${index}_world`, 443, { kind: 'cidr', cidr: '0.0.0.0/0' })] : []),
      ...(index % 10 === 0
        ? [rule(`in_${index}_office`, 22, { kind: 'cidr', cidr: `203.0.113.${index % 256}/32` })]
        : []),
    ],
    egress: [
      ...callees.map((callee) =>
        rule(`out_${index}_${callee}`, port(callee), { kind: 'security-group', address: groupName(callee) }),
      ),
      rule(`out_${index}_world`, 443, { kind: 'cidr', cidr: '0.0.0.0/0' }),
    ],
  };
}

function aclNamed(tier: string): VpcModel['networkAcls'][number] {
  const rules = (direction: string): readonly NetworkAclRule[] => [
    aclRule(`${tier}_${direction}_smb`, { number: 90, action: 'deny', from: 445, to: 445 }),
    aclRule(`${tier}_${direction}_low`, { number: 100, action: 'allow', from: 0, to: 1023 }),
    aclRule(`${tier}_${direction}_high`, {
      number: 110,
      action: 'allow',
      from: tier === 'public' ? 1024 : 8000,
      to: 65_535,
    }),
  ];
  return { address: `aws_network_acl.${tier}`, vpc: VPC, ingress: rules('in'), egress: rules('out') };
}

function aclRule(
  name: string,
  { from, to, ...rest }: { number: number; action: 'allow' | 'deny'; from: number; to: number },
): NetworkAclRule {
  return {
    address: `aws_network_acl_rule.${name}`,
    protocol: 6,
    ports: { from, to },
    cidr: '0.0.0.0/0',
    ...rest,
  };
}

function interfaceAt(
  index: number,
  of: {
    subnets: number;
    securityGroups: number;
    isPublic: (subnet: number) => boolean;
    isUngrouped: boolean;
  },
): NetworkInterface {
  const group = Math.floor(index / MEMBERS);
  const address = of.isUngrouped ? `aws_instance.i[${index}]` : `aws_autoscaling_group.a${group}`;
  const subnet = (group * 4 + (group % 4) + 4 * (index % 3)) % of.subnets;
  const kind = of.isUngrouped ? 'instance' : 'autoscaling-member';
  const extra = (index * 5) % of.securityGroups;
  const own = (of.isUngrouped ? index : group) % of.securityGroups;
  return {
    id: `i-${index}`,
    endpoint: of.isUngrouped ? address : `${address}#${index % MEMBERS}`,
    address,
    kind,
    subnet: `aws_subnet.s${subnet}`,
    privateAddress: `10.${subnet}.${Math.floor(index / 200)}.${10 + (index % 200)}`,
    ...(of.isPublic(subnet) && { publicAddress: `198.51.${Math.floor(index / 250)}.${1 + (index % 250)}` }),
    securityGroups: of.isUngrouped && extra !== own ? [groupName(own), groupName(extra)] : [groupName(own)],
  };
}

function rule(name: string, port: number, peer: SecurityGroupRule['peer']): SecurityGroupRule {
  return {
    address: `aws_vpc_security_group_rule.${name}`,
    description: '',
    protocol: 6,
    ports: { from: port, to: port },
    peer,
  };
}

function route(
  name: string,
  destination: string,
  target: VpcModel['routeTables'][number]['routes'][number]['target'],
): VpcModel['routeTables'][number]['routes'][number] {
  return { address: `aws_route.${name}`, destinations: [destination], target };
}

function groupName(index: number): string {
  return `aws_security_group.g${index}`;
}

function numbers(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index);
}
