/** The smallest VPC on which every layer can be seen: one public and one private subnet, a gateway and an engine. */
import type {
  Instance,
  NetworkAclRule,
  PortRange,
  SecurityGroupRule,
  VpcModel,
} from '../../../sim/vpc/model.ts';

const vpc = 'aws_vpc.main';
const tcp = 6;

export function aclRule(
  address: string,
  rule: Omit<NetworkAclRule, 'address' | 'protocol' | 'ports'> & { from: number; to: number },
): NetworkAclRule {
  const { from, to, ...rest } = rule;
  return { address, protocol: tcp, ports: { from, to }, ...rest };
}

export function groupRule(address: string, port: number, peer: SecurityGroupRule['peer']): SecurityGroupRule {
  return { address, description: '', protocol: tcp, ports: { from: port, to: port }, peer };
}

export function machine(
  id: string,
  place: { subnet: string; privateAddress: string; publicAddress?: string; group: string },
): Instance {
  const { group, ...rest } = place;
  return {
    id,
    address: `aws_instance.${id}`,
    availabilityZone: 'eu-west-1a',
    tags: {},
    networkInterface: {
      id,
      endpoint: `aws_instance.${id}`,
      address: `aws_instance.${id}`,
      kind: 'instance',
      securityGroups: [group],
      ...rest,
    },
  };
}

export function smallVpc(): VpcModel {
  const gateway = 'aws_security_group.gateway';
  const engine = 'aws_security_group.engine';
  const subnet = (name: string, cidr: string) => ({
    address: `aws_subnet.${name}`,
    name,
    vpc,
    availabilityZone: 'eu-west-1a',
    cidr,
    networkAcl: `aws_network_acl.${name}`,
    routeTable: `aws_route_table.${name}`,
  });
  const instances = [
    machine('gateway-0', {
      subnet: 'aws_subnet.public',
      privateAddress: '10.0.0.20',
      publicAddress: '198.51.100.10',
      group: gateway,
    }),
    machine('engine-0', { subnet: 'aws_subnet.private', privateAddress: '10.0.10.10', group: engine }),
  ];
  return {
    region: 'eu-west-1',
    vpcs: [{ address: vpc, cidrs: ['10.0.0.0/16'], ipv6Cidrs: [] }],
    subnets: [subnet('public', '10.0.0.0/24'), subnet('private', '10.0.10.0/24')],
    securityGroups: [
      {
        address: gateway,
        name: 'gateway',
        vpc,
        ingress: [
          groupRule('aws_vpc_security_group_ingress_rule.https', 443, { kind: 'cidr', cidr: '0.0.0.0/0' }),
        ],
        egress: [
          groupRule('aws_vpc_security_group_egress_rule.engine', 49136, {
            kind: 'security-group',
            address: engine,
          }),
        ],
      },
      {
        address: engine,
        name: 'engine',
        vpc,
        ingress: [
          groupRule('aws_vpc_security_group_ingress_rule.gateway', 49136, {
            kind: 'security-group',
            address: gateway,
          }),
        ],
        egress: [],
      },
    ],
    networkAcls: [
      {
        address: 'aws_network_acl.public',
        vpc,
        ingress: [
          aclRule('aws_network_acl_rule.public_in_443', {
            number: 100,
            action: 'allow',
            from: 443,
            to: 443,
            cidr: '0.0.0.0/0',
          }),
          aclRule('aws_network_acl_rule.public_in_replies', {
            number: 110,
            action: 'allow',
            from: 1024,
            to: 65535,
            cidr: '10.0.10.0/24',
          }),
        ],
        egress: [
          aclRule('aws_network_acl_rule.public_out', {
            number: 100,
            action: 'allow',
            from: 1024,
            to: 65535,
            cidr: '0.0.0.0/0',
          }),
        ],
      },
      {
        address: 'aws_network_acl.private',
        vpc,
        ingress: [
          aclRule('aws_network_acl_rule.private_in', {
            number: 100,
            action: 'allow',
            from: 49136,
            to: 49136,
            cidr: '10.0.0.0/24',
          }),
        ],
        egress: [
          aclRule('aws_network_acl_rule.private_out', {
            number: 100,
            action: 'allow',
            from: 32768,
            to: 65535,
            cidr: '10.0.0.0/24',
          }),
        ],
      },
    ],
    routeTables: [
      {
        address: 'aws_route_table.public',
        vpc,
        routes: [
          {
            address: 'aws_route.default',
            destinations: ['0.0.0.0/0'],
            target: { kind: 'internet-gateway', address: 'aws_internet_gateway.main' },
          },
        ],
      },
      { address: 'aws_route_table.private', vpc, routes: [] },
    ],
    internetGateways: [{ address: 'aws_internet_gateway.main', vpc }],
    egressOnlyInternetGateways: [],
    natGateways: [],
    peeringConnections: [],
    gatewayEndpoints: [],
    loadBalancers: [],
    interfaces: instances.map(({ networkInterface }) => networkInterface),
    unplaced: [],
    unmodelled: [],
    instances,
  };
}

/** The small VPC, but every rule has boundaries that no other has: whichever the plan leaves out, the product is smaller. */
export function distinctVpc(): VpcModel {
  const model = smallVpc();
  let next = 2000;
  const spread = <Rule extends { readonly ports?: PortRange }>(rules: readonly Rule[]): readonly Rule[] =>
    rules.map((rule) => {
      next += 100;
      return { ...rule, ports: { from: next, to: next + 10 } };
    });
  const bothWays = <Rule extends { readonly ports?: PortRange }>(owner: {
    readonly ingress: readonly Rule[];
    readonly egress: readonly Rule[];
  }) => ({ ingress: spread(owner.ingress), egress: spread(owner.egress) });
  return {
    ...model,
    securityGroups: model.securityGroups.map((group) => ({ ...group, ...bothWays(group) })),
    networkAcls: model.networkAcls.map((list) => ({ ...list, ...bothWays(list) })),
  };
}
