/**
 * A network in which everything reaches everything that AWS can carry, so that each fact changes one thing. Two VPCs are
 * peers; `web` is public, `app` and `app2` share a private subnet behind a NAT gateway, `far` lives in the other VPC.
 */

import type {
  NetworkAclRule,
  NetworkInterface,
  Protocol,
  Route,
  RouteTarget,
  SecurityGroupRule,
  Subnet,
  VpcModel,
} from '../../../../sim/vpc/model.ts';

export type Change = (model: VpcModel) => VpcModel;
type Direction = 'ingress' | 'egress';

interface Match {
  readonly protocol?: Protocol;
  readonly ports?: readonly [number, number];
  readonly icmp?: readonly [number, number];
}

export function openNetwork(...changes: readonly Change[]): VpcModel {
  const model: VpcModel = {
    region: 'eu-west-1',
    vpcs: [
      { address: 'vpc.main', cidrs: ['10.0.0.0/16'], ipv6Cidrs: ['2600:1f00::/56'] },
      { address: 'vpc.far', cidrs: ['10.1.0.0/16'], ipv6Cidrs: ['2600:1f00:0:100::/56'] },
    ],
    subnets: [
      subnetNamed('public', { vpc: 'main', cidr: '10.0.0.0/24', ipv6Cidr: '2600:1f00::/64' }),
      subnetNamed('private', { vpc: 'main', cidr: '10.0.10.0/24', ipv6Cidr: '2600:1f00:0:10::/64' }),
      subnetNamed('far', { vpc: 'far', cidr: '10.1.0.0/24', ipv6Cidr: '2600:1f00:0:100::/64' }),
    ],
    securityGroups: ['web', 'app', 'far'].map((name) => ({
      address: `group.${name}`,
      name,
      vpc: name === 'far' ? 'vpc.far' : 'vpc.main',
      ingress: everywhere((cidr) => groupRule(`${name}.in`, { cidr })),
      egress: everywhere((cidr) => groupRule(`${name}.out`, { cidr })),
    })),
    networkAcls: ['public', 'private', 'far'].map((name) => ({
      address: `acl.${name}`,
      vpc: name === 'far' ? 'vpc.far' : 'vpc.main',
      ingress: everywhere((cidr) => aclRule(`${name}.in`, 'allow', { cidr })),
      egress: everywhere((cidr) => aclRule(`${name}.out`, 'allow', { cidr })),
    })),
    routeTables: [
      table('public', [
        route('public.igw', ['0.0.0.0/0', '::/0'], { kind: 'internet-gateway', address: 'igw.main' }),
        route('public.peer', ['10.1.0.0/16', '2600:1f00:0:100::/56'], { kind: 'peering', address: 'peer' }),
      ]),
      table('private', [
        route('private.nat', ['0.0.0.0/0'], { kind: 'nat-gateway', address: 'nat' }),
        route('private.eigw', ['::/0'], { kind: 'egress-only-internet-gateway', address: 'eigw.main' }),
        route('private.peer', ['10.1.0.0/16', '2600:1f00:0:100::/56'], { kind: 'peering', address: 'peer' }),
        route('private.s3', ['192.0.2.0/25'], { kind: 'gateway-endpoint', address: 's3', service: 's3' }),
      ]),
      table('far', [
        route('far.igw', ['0.0.0.0/0', '::/0'], { kind: 'internet-gateway', address: 'igw.far' }),
        route('far.peer', ['10.0.0.0/16', '2600:1f00::/56'], { kind: 'peering', address: 'peer' }),
      ]),
    ],
    internetGateways: [
      { address: 'igw.main', vpc: 'vpc.main' },
      { address: 'igw.far', vpc: 'vpc.far' },
    ],
    egressOnlyInternetGateways: [{ address: 'eigw.main', vpc: 'vpc.main' }],
    natGateways: [
      {
        address: 'nat',
        subnet: 'subnet.public',
        privateAddress: '10.0.0.200',
        publicAddress: '198.51.100.200',
      },
    ],
    peeringConnections: [{ address: 'peer', requester: 'vpc.main', accepter: 'vpc.far', isActive: true }],
    gatewayEndpoints: [{ address: 's3', vpc: 'vpc.main', service: 's3', cidrs: ['192.0.2.0/25'] }],
    loadBalancers: [],
    interfaces: [
      machine('web', {
        subnet: 'public',
        group: 'web',
        addresses: ['10.0.0.10', '2600:1f00::10', '198.51.100.10'],
      }),
      machine('web2', {
        subnet: 'public',
        group: 'web',
        addresses: ['10.0.0.11', '2600:1f00::11', '198.51.100.11'],
      }),
      machine('app', { subnet: 'private', group: 'app', addresses: ['10.0.10.10', '2600:1f00:0:10::10'] }),
      machine('app2', { subnet: 'private', group: 'app', addresses: ['10.0.10.11', '2600:1f00:0:10::11'] }),
      machine('far', {
        subnet: 'far',
        group: 'far',
        addresses: ['10.1.0.10', '2600:1f00:0:100::10', '198.51.100.30'],
      }),
    ],
    unplaced: [],
    unmodelled: [],
    instances: [],
  };
  return changes.reduce((changed, change) => change(changed), model);
}

/** The rules of a group's side, instead of the open ones. */
export function group(name: string, direction: Direction, ...rules: readonly SecurityGroupRule[]): Change {
  return (model) => ({
    ...model,
    securityGroups: model.securityGroups.map((one) =>
      one.address === `group.${name}` ? { ...one, [direction]: rules } : one,
    ),
  });
}

/** The rules of an ACL's side, in order, instead of the open ones. */
export function acl(name: string, direction: Direction, ...rules: readonly NetworkAclRule[]): Change {
  return (model) => ({
    ...model,
    networkAcls: model.networkAcls.map((one) =>
      one.address === `acl.${name}` ? { ...one, [direction]: rules } : one,
    ),
  });
}

/** Rules before the open ones. */
export function aclFirst(name: string, direction: Direction, ...rules: readonly NetworkAclRule[]): Change {
  return (model) => ({
    ...model,
    networkAcls: model.networkAcls.map((one) =>
      one.address === `acl.${name}` ? { ...one, [direction]: [...rules, ...one[direction]] } : one,
    ),
  });
}

export function routes(name: string, ...list: readonly Route[]): Change {
  return (model) => ({
    ...model,
    routeTables: model.routeTables.map((one) =>
      one.address === `table.${name}` ? { ...one, routes: list } : one,
    ),
  });
}

/** Beside those that are there. */
export function addRoute(name: string, ...list: readonly Route[]): Change {
  return (model) => ({
    ...model,
    routeTables: model.routeTables.map((one) =>
      one.address === `table.${name}` ? { ...one, routes: [...one.routes, ...list] } : one,
    ),
  });
}

export function at(id: string, patch: Partial<NetworkInterface>): Change {
  return (model) => ({
    ...model,
    interfaces: model.interfaces.map((one) => (one.id === id ? { ...one, ...patch } : one)),
  });
}

export function withoutPublicAddress(id: string): Change {
  return (model) => ({
    ...model,
    interfaces: model.interfaces.map((one) => {
      const { publicAddress, ...rest } = one;
      return one.id === id && publicAddress !== undefined ? rest : one;
    }),
  });
}

export function subnet(name: string, patch: Partial<Subnet>): Change {
  return (model) => ({
    ...model,
    subnets: model.subnets.map((one) => (one.address === `subnet.${name}` ? { ...one, ...patch } : one)),
  });
}

export function put(patch: Partial<VpcModel>): Change {
  return (model) => ({ ...model, ...patch });
}

export function unknownFrom(address: string) {
  return { address, reason: 'known after apply' };
}

export function groupRule(
  address: string,
  { cidr, group: of, ...match }: Match & { readonly cidr?: string; readonly group?: string },
  extra: Partial<SecurityGroupRule> = {},
): SecurityGroupRule {
  const peer =
    of === undefined
      ? ({ kind: 'cidr', cidr: cidr ?? '0.0.0.0/0' } as const)
      : ({ kind: 'security-group', address: `group.${of}` } as const);
  return { address, description: '', ...matchOf(match), peer, ...extra };
}

export function aclRule(
  address: string,
  action: 'allow' | 'deny',
  { cidr = '0.0.0.0/0', ...match }: Match & { readonly cidr?: string },
  extra: Partial<NetworkAclRule> = {},
): NetworkAclRule {
  return { address, number: 100, action, ...matchOf(match), cidr, ...extra };
}

export function route(
  address: string,
  destinations: readonly string[],
  target: RouteTarget,
  extra: Partial<Route> = {},
): Route {
  return { address, destinations, target, ...extra };
}

function matchOf({ protocol = 'all', ports, icmp }: Match) {
  return {
    protocol,
    ...(ports && { ports: { from: ports[0], to: ports[1] } }),
    ...(icmp && { icmp: { type: icmp[0], code: icmp[1] } }),
  };
}

function everywhere<T>(make: (cidr: string) => T): readonly T[] {
  return ['0.0.0.0/0', '::/0'].map(make);
}

function table(name: string, list: readonly Route[]): VpcModel['routeTables'][number] {
  return { address: `table.${name}`, vpc: name === 'far' ? 'vpc.far' : 'vpc.main', routes: list };
}

function subnetNamed(
  name: string,
  { vpc, ...rest }: { vpc: string; cidr: string; ipv6Cidr: string },
): Subnet {
  return {
    address: `subnet.${name}`,
    name,
    vpc: `vpc.${vpc}`,
    availabilityZone: 'eu-west-1a',
    networkAcl: `acl.${name}`,
    routeTable: `table.${name}`,
    ...rest,
  };
}

function machine(
  id: string,
  { subnet: of, group: carried, addresses }: { subnet: string; group: string; addresses: readonly string[] },
): NetworkInterface {
  const [privateAddress = '', ipv6Address = '', publicAddress] = addresses;
  return {
    id,
    endpoint: id,
    address: id,
    kind: 'instance',
    subnet: `subnet.${of}`,
    privateAddress,
    ipv6Address,
    ...(publicAddress !== undefined && { publicAddress }),
    securityGroups: [`group.${carried}`],
  };
}
