/** A network of which nothing is to be said, to which a test adds what it is about. Every rule has a line of its own. */
import { prove } from '../../../../sim/prove/index.ts';
import { judgedTraces } from '../../../../sim/verify/judged-traces.ts';
import type { Report } from '../../../../sim/verify/report.ts';
import { type VerifyInput, verify } from '../../../../sim/verify/verify.ts';
import type {
  NetworkAclRule,
  NetworkInterface,
  Place,
  Route,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  VpcModel,
} from '../../../../sim/vpc/model.ts';

const vpc = 'aws_vpc.main';
const world = { kind: 'cidr', cidr: '0.0.0.0/0' } as const;

export const at = (line: number): Place => ({ file: 'main.tf', line });

export function rule(
  address: string,
  peer: string | SecurityGroupRule['peer'],
  {
    port,
    protocol = 6,
    line = 1,
    ...rest
  }: {
    port?: number | [number, number];
    protocol?: SecurityGroupRule['protocol'];
    line?: number;
  } & Partial<SecurityGroupRule> = {},
): SecurityGroupRule {
  const [from, to] = [port ?? []].flat();
  return {
    address,
    place: at(line),
    description: '',
    protocol,
    ...(from !== undefined && { ports: { from, to: to ?? from } }),
    peer:
      typeof peer !== 'string'
        ? peer
        : peer.startsWith('aws_')
          ? { kind: 'security-group', address: peer }
          : { kind: 'cidr', cidr: peer },
    ...rest,
  };
}

export function group(
  name: string,
  { ingress = [], egress = [], ...rest }: Partial<SecurityGroup> = {},
): SecurityGroup {
  return { address: `aws_security_group.${name}`, place: at(50), name, vpc, ingress, egress, ...rest };
}

export function aclRule(
  number: number,
  action: 'allow' | 'deny',
  fields: Partial<NetworkAclRule> = {},
): NetworkAclRule {
  return {
    address: `aws_network_acl_rule.r${number}`,
    place: at(number),
    number,
    action,
    protocol: 'all',
    cidr: '0.0.0.0/0',
    ...fields,
  };
}

export function subnet(name: string, cidr: string, fields: Partial<Subnet> = {}): Subnet {
  return {
    address: `aws_subnet.${name}`,
    place: at(20),
    name,
    vpc,
    availabilityZone: 'eu-west-1a',
    cidr,
    networkAcl: 'aws_default_network_acl.main',
    routeTable: name === 'edge' ? 'aws_route_table.edge' : 'aws_route_table.inner',
    ...fields,
  };
}

export function host(
  name: string,
  privateAddress: string,
  { group: own = name, ...fields }: { group?: string } & Partial<NetworkInterface> = {},
): NetworkInterface {
  return {
    id: name,
    endpoint: `aws_instance.${name}`,
    address: `aws_instance.${name}`,
    place: at(70),
    kind: 'instance',
    subnet: privateAddress.startsWith('10.0.0.') ? 'aws_subnet.edge' : 'aws_subnet.inner',
    privateAddress,
    securityGroups: [`aws_security_group.${own}`],
    ...fields,
  };
}

export const toInternet: Route = {
  address: 'aws_route.internet',
  place: at(30),
  destinations: ['0.0.0.0/0'],
  target: { kind: 'internet-gateway', address: 'aws_internet_gateway.main' },
};

/** A web machine that the internet reaches on 443, and one behind it on 8080, which fetches its updates through the NAT gateway. */
export function smallNetwork(changes: Partial<VpcModel> = {}): VpcModel {
  const web = 'aws_security_group.web';
  const app = 'aws_security_group.app';
  return {
    region: 'eu-west-1',
    vpcs: [{ address: vpc, place: at(10), cidrs: ['10.0.0.0/16'], ipv6Cidrs: [] }],
    subnets: [subnet('edge', '10.0.0.0/24'), subnet('inner', '10.0.10.0/24')],
    securityGroups: [
      group('web', {
        ingress: [rule('aws_vpc_security_group_ingress_rule.https', '0.0.0.0/0', { port: 443, line: 51 })],
        egress: [rule('aws_vpc_security_group_egress_rule.app', app, { port: 8080, line: 52 })],
      }),
      group('app', {
        ingress: [rule('aws_vpc_security_group_ingress_rule.app', web, { port: 8080, line: 53 })],
        egress: [rule('aws_vpc_security_group_egress_rule.updates', world, { port: 443, line: 54 })],
      }),
    ],
    networkAcls: [
      {
        address: 'aws_default_network_acl.main',
        vpc,
        ingress: [aclRule(100, 'allow')],
        egress: [aclRule(100, 'allow')],
      },
    ],
    routeTables: [
      { address: 'aws_route_table.edge', vpc, routes: [toInternet] },
      {
        address: 'aws_route_table.inner',
        vpc,
        routes: [
          {
            address: 'aws_route.nat',
            place: at(31),
            destinations: ['0.0.0.0/0'],
            target: { kind: 'nat-gateway', address: 'aws_nat_gateway.main' },
          },
        ],
      },
    ],
    internetGateways: [{ address: 'aws_internet_gateway.main', vpc }],
    egressOnlyInternetGateways: [],
    natGateways: [
      {
        address: 'aws_nat_gateway.main',
        place: at(32),
        subnet: 'aws_subnet.edge',
        privateAddress: '10.0.0.200',
        publicAddress: '198.51.100.200',
      },
    ],
    peeringConnections: [],
    gatewayEndpoints: [],
    loadBalancers: [],
    interfaces: [host('web', '10.0.0.10', { publicAddress: '198.51.100.10' }), host('app', '10.0.10.10')],
    unplaced: [],
    unmodelled: [],
    instances: [],
    ...changes,
  };
}

/** The groups of the small network with the rules of one changed. */
export function withGroup(
  name: string,
  change: (group: SecurityGroup) => Partial<SecurityGroup>,
): Partial<VpcModel> {
  return {
    securityGroups: smallNetwork().securityGroups.map((one) =>
      one.name === name ? { ...one, ...change(one) } : one,
    ),
  };
}

export function verified(model: VpcModel, more: Partial<VerifyInput> = {}): Report {
  return verify({ input: 'main.tf', model, proof: prove(model), traces: judgedTraces(model), ...more });
}

/** `id address`, of the findings of an id. */
export function found(report: Report, id: string) {
  return report.findings
    .filter((one) => one.id === id)
    .map(({ severity, address, file, line, message }) => ({
      severity,
      address,
      place: file === null ? null : `${file}:${line}`,
      message,
    }));
}
