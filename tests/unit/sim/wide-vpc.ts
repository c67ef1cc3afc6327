/**
 * Networks that have everything: `main` with public and private subnets, NAT, IPv6 and an endpoint; `far`, peered with it;
 * `twin`, connected to nothing, with the same addresses as `main`.
 */
import type {
  NetworkAclRule,
  NetworkInterface,
  Route,
  SecurityGroup,
  SecurityGroupRule,
  VpcModel,
} from '../../../sim/vpc/model.ts';

type Match = Pick<SecurityGroupRule, 'protocol' | 'ports' | 'icmp'>;

export const all: Match = { protocol: 'all' };
export const tcp = (from: number, to = from): Match => ({ protocol: 6, ports: { from, to } });
export const udp = (from: number, to = from): Match => ({ protocol: 17, ports: { from, to } });
export const icmp = (type: number, protocol = 1): Match => ({ protocol, icmp: { type, code: -1 } });

export function admits(match: Match, peer: string): SecurityGroupRule {
  const described = peer.startsWith('aws_')
    ? ({ kind: 'security-group', address: peer } as const)
    : ({ kind: 'cidr', cidr: peer } as const);
  return { address: `aws_x.rule_${peer}`, description: '', ...match, peer: described };
}

function entry(number: number, action: 'allow' | 'deny', match: Match, cidr = '0.0.0.0/0'): NetworkAclRule {
  return { address: `aws_network_acl_rule.n${number}`, number, action, cidr, ...match };
}

function group(name: string, vpc: string, rules: Pick<SecurityGroup, 'ingress' | 'egress'>): SecurityGroup {
  return { address: `aws_security_group.${name}`, name, vpc, ...rules };
}

const anywhere = [admits(all, '0.0.0.0/0'), admits(all, '::/0')];

export const addresses = {
  web: { private: '10.0.0.10', public: '198.51.100.10', ipv6: '2600:1f00:0:100::10' },
  beside: { private: '10.0.0.11', public: '198.51.100.11' },
  bare: { private: '10.0.0.12' },
  app: { private: '10.0.10.10', ipv6: '2600:1f00:0:110::10' },
  open: { private: '10.0.10.11' },
  far: { private: '10.1.0.10', ipv6: '2600:1f00:0:200::10' },
  twin: { private: '10.0.10.10', public: '198.51.100.30' },
  nat: { private: '10.0.0.200', public: '198.51.100.200' },
  s3: '192.0.2.7',
} as const;

function endpoint(
  id: keyof typeof addresses & string,
  subnet: string,
  securityGroups: readonly string[],
): NetworkInterface {
  const own: { readonly private: string; readonly public?: string; readonly ipv6?: string } =
    id === 's3' ? { private: '' } : addresses[id];
  return {
    id,
    endpoint: `aws_network_interface.${id}`,
    address: `aws_network_interface.${id}`,
    kind: 'network-interface',
    subnet: `aws_subnet.${subnet}`,
    privateAddress: own.private,
    ...(own.public !== undefined && { publicAddress: own.public }),
    ...(own.ipv6 !== undefined && { ipv6Address: own.ipv6 }),
    securityGroups: securityGroups.map((name) => `aws_security_group.${name}`),
  };
}

const route = (destination: string, target: Route['target']): Route => ({
  address: `aws_route.to_${destination}`,
  destinations: [destination],
  target,
});
const gateway = { kind: 'internet-gateway', address: 'aws_internet_gateway.main' } as const;
const peering = { kind: 'peering', address: 'aws_vpc_peering_connection.far' } as const;

function subnet(name: string, vpc: string, cidr: string, ipv6Cidr?: string) {
  return {
    address: `aws_subnet.${name}`,
    name,
    vpc: `aws_vpc.${vpc}`,
    availabilityZone: 'eu-west-1a',
    cidr,
    ...(ipv6Cidr !== undefined && { ipv6Cidr }),
    networkAcl: `aws_network_acl.${name === 'private' || name === 'public' ? name : `open_${vpc}`}`,
    routeTable: `aws_route_table.${name}`,
  };
}

const openAcl = (vpc: string) => ({
  address: `aws_network_acl.open_${vpc}`,
  vpc: `aws_vpc.${vpc}`,
  ingress: [entry(100, 'allow', all), entry(101, 'allow', all, '::/0')],
  egress: [entry(100, 'allow', all), entry(101, 'allow', all, '::/0')],
});

export function wideVpc(): VpcModel {
  return {
    region: 'eu-west-1',
    vpcs: [
      { address: 'aws_vpc.main', cidrs: ['10.0.0.0/16'], ipv6Cidrs: ['2600:1f00:0:100::/56'] },
      { address: 'aws_vpc.far', cidrs: ['10.1.0.0/16'], ipv6Cidrs: ['2600:1f00:0:200::/56'] },
      { address: 'aws_vpc.twin', cidrs: ['10.0.0.0/16'], ipv6Cidrs: [] },
    ],
    subnets: [
      subnet('public', 'main', '10.0.0.0/24', '2600:1f00:0:100::/64'),
      subnet('private', 'main', '10.0.10.0/24', '2600:1f00:0:110::/64'),
      subnet('far', 'far', '10.1.0.0/24', '2600:1f00:0:200::/64'),
      subnet('twin', 'twin', '10.0.10.0/24'),
    ],
    securityGroups: [
      group('web', 'aws_vpc.main', {
        ingress: [
          admits(tcp(443), '0.0.0.0/0'),
          admits(tcp(443), '::/0'),
          admits(udp(53), '0.0.0.0/0'),
          admits(icmp(8), '0.0.0.0/0'),
          admits(tcp(7000), 'aws_security_group.web'),
          admits(tcp(9000), 'aws_security_group.web'),
          admits(tcp(3389), '0.0.0.0/0'),
        ],
        egress: anywhere,
      }),
      group('app', 'aws_vpc.main', {
        ingress: [
          admits(tcp(8080, 8082), 'aws_security_group.web'),
          admits({ protocol: 'all' }, '10.0.10.0/24'),
          admits(tcp(8443), '::/0'),
        ],
        egress: anywhere,
      }),
      group('far', 'aws_vpc.far', {
        ingress: [
          admits(tcp(5432), 'aws_security_group.app'),
          admits(tcp(5433), '10.0.0.0/24'),
          admits(tcp(5434), '198.51.100.0/24'),
        ],
        egress: [admits(tcp(443), '::/0')],
      }),
      group('twin', 'aws_vpc.twin', { ingress: anywhere, egress: anywhere }),
    ],
    networkAcls: [
      {
        address: 'aws_network_acl.public',
        vpc: 'aws_vpc.main',
        ingress: [
          entry(90, 'deny', tcp(3389)),
          // The subnet's own range: an ACL says nothing inside its subnet.
          entry(95, 'deny', tcp(7000), '10.0.0.0/24'),
          // A NAT gateway does not use these, whatever port a machine has.
          entry(96, 'deny', tcp(1, 400)),
          entry(100, 'allow', all),
          entry(101, 'allow', all, '::/0'),
        ],
        egress: [entry(100, 'allow', all), entry(101, 'allow', all, '::/0')],
      },
      {
        address: 'aws_network_acl.private',
        vpc: 'aws_vpc.main',
        ingress: [
          entry(90, 'deny', tcp(8081)),
          entry(100, 'allow', tcp(8080, 8082), '10.0.0.0/24'),
          entry(105, 'allow', tcp(80)),
          // Answers, with a hole.
          entry(110, 'deny', tcp(50_000, 50_100)),
          entry(120, 'allow', tcp(1024, 65_535)),
          entry(130, 'allow', icmp(0)),
          entry(140, 'allow', tcp(1024, 65_535), '::/0'),
          entry(150, 'allow', icmp(129, 58), '::/0'),
        ],
        egress: [entry(100, 'allow', all), entry(101, 'allow', all, '::/0')],
      },
      openAcl('far'),
      openAcl('twin'),
    ],
    routeTables: [
      {
        address: 'aws_route_table.public',
        vpc: 'aws_vpc.main',
        routes: [
          route('0.0.0.0/0', gateway),
          route('::/0', gateway),
          route('10.1.0.0/16', peering),
          route('10.9.0.0/16', peering),
        ],
      },
      {
        address: 'aws_route_table.private',
        vpc: 'aws_vpc.main',
        routes: [
          route('0.0.0.0/0', { kind: 'nat-gateway', address: 'aws_nat_gateway.main' }),
          route('::/0', {
            kind: 'egress-only-internet-gateway',
            address: 'aws_egress_only_internet_gateway.main',
          }),
          route('10.1.0.0/16', peering),
          route('2600:1f00:0:200::/56', peering),
          route('192.0.2.0/25', {
            kind: 'gateway-endpoint',
            address: 'aws_vpc_endpoint.s3',
            service: 's3',
          }),
          route('203.0.0.0/8', { kind: 'blackhole', address: 'aws_nat_gateway.gone' }),
          // Longer than the black hole's, and back to the NAT gateway.
          route('203.0.113.0/24', { kind: 'nat-gateway', address: 'aws_nat_gateway.main' }),
        ],
      },
      {
        address: 'aws_route_table.far',
        vpc: 'aws_vpc.far',
        // The answer to the private subnet alone has a way back.
        routes: [
          route('10.0.10.0/24', peering),
          route('2600:1f00:0:100::/56', peering),
          route('::/0', {
            kind: 'egress-only-internet-gateway',
            address: 'aws_egress_only_internet_gateway.far',
          }),
        ],
      },
      {
        address: 'aws_route_table.twin',
        vpc: 'aws_vpc.twin',
        routes: [route('0.0.0.0/0', { kind: 'internet-gateway', address: 'aws_internet_gateway.twin' })],
      },
    ],
    internetGateways: [
      { address: 'aws_internet_gateway.main', vpc: 'aws_vpc.main' },
      { address: 'aws_internet_gateway.twin', vpc: 'aws_vpc.twin' },
    ],
    egressOnlyInternetGateways: [
      { address: 'aws_egress_only_internet_gateway.main', vpc: 'aws_vpc.main' },
      { address: 'aws_egress_only_internet_gateway.far', vpc: 'aws_vpc.far' },
    ],
    natGateways: [
      {
        address: 'aws_nat_gateway.main',
        subnet: 'aws_subnet.public',
        privateAddress: addresses.nat.private,
        publicAddress: addresses.nat.public,
      },
    ],
    peeringConnections: [
      {
        address: 'aws_vpc_peering_connection.far',
        requester: 'aws_vpc.main',
        accepter: 'aws_vpc.far',
        isActive: true,
      },
    ],
    gatewayEndpoints: [
      { address: 'aws_vpc_endpoint.s3', vpc: 'aws_vpc.main', service: 's3', cidrs: ['192.0.2.0/25'] },
    ],
    loadBalancers: [],
    interfaces: [
      endpoint('web', 'public', ['web']),
      endpoint('beside', 'public', ['web']),
      endpoint('bare', 'public', ['web']),
      endpoint('app', 'private', ['app']),
      endpoint('open', 'private', []),
      endpoint('far', 'far', ['far']),
      endpoint('twin', 'twin', ['twin']),
    ],
    unplaced: [],
    unmodelled: [],
    instances: [],
  };
}
