/** Random small networks on which every layer decides something, built from what is drawn. */

import fc from 'fast-check';
import { formatCidr, parseCidr } from '../../../../sim/terraform/index.ts';
import type {
  NetworkAclRule,
  NetworkInterface,
  Route,
  RouteTarget,
  SecurityGroupRule,
  Subnet,
  UnknownCause,
  VpcModel,
} from '../../../../sim/vpc/model.ts';
import {
  type Drawn,
  PEERS,
  type PeerDraw,
  SUBNETS_EACH,
  sound,
  VPC_BASES,
  VPC_IPV6,
  VPC_RANGES,
  wild,
} from './random-draw.ts';

/** Half of them sound. */
export const randomModel: fc.Arbitrary<VpcModel> = fc.oneof(sound, wild).map(build);

function build(draw: Drawn): VpcModel {
  const subnets = draw.vpcs * SUBNETS_EACH;
  const vpcOf = (subnet: number) => `aws_vpc.v${Math.floor((subnet % subnets) / SUBNETS_EACH)}`;
  return {
    region: 'eu-west-1',
    vpcs: range(draw.vpcs).map((index) => ({
      address: `aws_vpc.v${index}`,
      cidrs: [VPC_RANGES[index] ?? ''],
      ipv6Cidrs: [canonical(`${VPC_IPV6[index]}/56`)],
    })),
    subnets: range(subnets).map((index) => buildSubnet(index, draw.subnetDoubts[index])),
    securityGroups: range(subnets).map((index) => ({
      address: `aws_security_group.g${index}`,
      name: `g${index}`,
      vpc: vpcOf(index),
      ...buildGroup(index, draw, subnets),
    })),
    networkAcls: range(subnets).map((index) => ({
      address: `aws_network_acl.n${index}`,
      vpc: vpcOf(index),
      ...buildAcl(index, draw.acls[index]),
    })),
    routeTables: range(subnets).map((index) => ({
      address: `aws_route_table.t${index}`,
      vpc: vpcOf(index),
      routes: buildRoutes(index, draw),
    })),
    internetGateways: range(draw.vpcs)
      .filter((index) => draw.internetGateways[index])
      .map((index) => ({ address: `aws_internet_gateway.i${index}`, vpc: `aws_vpc.v${index}` })),
    egressOnlyInternetGateways: range(draw.vpcs).map((index) => ({
      address: `aws_egress_only_internet_gateway.e${index}`,
      vpc: `aws_vpc.v${index}`,
    })),
    natGateways: draw.natGateways.map(({ subnet, isPublic }, index) => ({
      address: `aws_nat_gateway.w${index}`,
      subnet: `aws_subnet.s${subnet % subnets}`,
      privateAddress: `${subnetBase(subnet % subnets)}.${200 + index}`,
      ...(isPublic && { publicAddress: `198.51.100.${200 + index}` }),
    })),
    peeringConnections: draw.peerings
      .map((index) => ({
        address: `aws_vpc_peering_connection.p${index}`,
        requester: `aws_vpc.v${PEERS[index]?.[0]}`,
        accepter: `aws_vpc.v${PEERS[index]?.[1]}`,
        isActive: draw.isPeeringActive,
      }))
      .filter(({ accepter }) => Number(accepter.slice(-1)) < draw.vpcs),
    gatewayEndpoints: draw.endpoints.map(({ vpc, cidrs }, index) => ({
      address: `aws_vpc_endpoint.x${index}`,
      vpc: `aws_vpc.v${vpc % draw.vpcs}`,
      service: 's3',
      cidrs,
    })),
    loadBalancers: [],
    interfaces: draw.interfaces.map((one, index) =>
      buildInterface(one, { index, subnets, before: draw.interfaces.slice(0, index) }),
    ),
    unplaced: [],
    unmodelled: [],
    instances: [],
  };
}

function buildSubnet(index: number, doubts: Drawn['subnetDoubts'][number] | undefined): Subnet {
  const vpc = Math.floor(index / SUBNETS_EACH);
  return {
    address: `aws_subnet.s${index}`,
    name: `s${index}`,
    vpc: `aws_vpc.v${vpc}`,
    availabilityZone: 'eu-west-1a',
    cidr: `${subnetBase(index)}.0/24`,
    ipv6Cidr: canonical(`${subnetIpv6(index)}::/64`),
    networkAcl: `aws_network_acl.n${index}`,
    routeTable: `aws_route_table.t${index}`,
    uncertain: {
      ...(doubts?.acl && { networkAcl: doubts.acl }),
      ...(doubts?.table && { routeTable: doubts.table }),
    },
  };
}

function buildGroup(index: number, draw: Drawn, groups: number) {
  const rules = (list: Drawn['groups'][number]['ingress'], direction: string): readonly SecurityGroupRule[] =>
    list.map(({ match: found, peer: who, doubt: cause }, number) => ({
      address: `aws_security_group_rule.g${index}_${direction}_${number}`,
      description: '',
      ...found,
      ...buildPeer(who, cause, groups),
    }));
  const group = draw.groups[index];
  const open = (direction: string) =>
    ['0.0.0.0/0', '::/0'].map(
      (cidr, number): SecurityGroupRule => ({
        address: `aws_security_group_rule.g${index}_${direction}_open_${number}`,
        description: '',
        protocol: 'all',
        peer: { kind: 'cidr', cidr },
      }),
    );
  return {
    ingress: [...rules(group?.ingress ?? [], 'in'), ...(group?.isOpen[0] ? open('in') : [])],
    egress: [...rules(group?.egress ?? [], 'out'), ...(group?.isOpen[1] ? open('out') : [])],
  };
}

function buildPeer(
  who: PeerDraw,
  cause: UnknownCause | undefined,
  groups: number,
): Pick<SecurityGroupRule, 'peer' | 'uncertain'> {
  const doubted = cause === undefined ? {} : { uncertain: cause };
  if (who === 'any') {
    return {
      peer: { kind: 'any' },
      uncertain: cause ?? { address: 'var.peer', reason: 'known after apply' },
    };
  }
  if ('block' in who) return { peer: { kind: 'cidr', cidr: who.block }, ...doubted };
  if ('list' in who) return { peer: { kind: 'prefix-list', address: 'pl', cidrs: who.list }, ...doubted };
  return {
    peer: { kind: 'security-group', address: `aws_security_group.g${who.group % groups}` },
    ...doubted,
  };
}

function buildAcl(index: number, draw: Drawn['acls'][number] | undefined) {
  const rules = (list: Drawn['acls'][number]['ingress'], direction: string, isOpen: boolean) => [
    ...list.map(
      ({ match: found, block: cidr, action, doubt: cause }, number): NetworkAclRule => ({
        address: `aws_network_acl_rule.n${index}_${direction}_${number}`,
        number: 100 + number,
        action,
        ...found,
        cidr,
        ...(cause && { uncertain: cause }),
      }),
    ),
    ...(isOpen ? openRules(index, direction) : []),
  ];
  return {
    ingress: rules(draw?.ingress ?? [], 'in', draw?.isOpen[0] ?? true),
    egress: rules(draw?.egress ?? [], 'out', draw?.isOpen[1] ?? true),
  };
}

function openRules(index: number, direction: string): readonly NetworkAclRule[] {
  return ['0.0.0.0/0', '::/0'].map((cidr, number) => ({
    address: `aws_network_acl_rule.n${index}_${direction}_open_${number}`,
    number: 1000 + number,
    action: 'allow',
    protocol: 'all',
    cidr,
  }));
}

function buildRoutes(index: number, draw: Drawn): readonly Route[] {
  const found = draw.tables[index];
  if (found === undefined) return [];
  const written = found.routes.map(
    ({ blocks, target: where, doubt: cause }, number): Route => ({
      address: `aws_route.t${index}_${number}`,
      ...buildWhere(where, { blocks, index, draw }),
      ...(cause && { uncertain: cause }),
    }),
  );
  const usual: Drawn['tables'][number]['default4']['kind'] = holdsNat(index, draw) ? 'internet' : 'nat';
  const isSound = found.isSound && draw.natGateways.length > 0 && found.default4.index < 2;
  const defaults = [
    { cidr: '0.0.0.0/0', where: isSound ? { kind: usual, index: 0 } : found.default4 },
    { cidr: '::/0', where: found.default6 },
  ].map(
    ({ cidr, where }, number): Route => ({
      address: `aws_route.t${index}_default_${number}`,
      destinations: [cidr],
      target: buildTarget(where, index, draw),
    }),
  );
  return [
    ...written,
    ...defaults,
    ...(found.hasPeers ? peerRoutes(index, draw) : []),
    ...endpointRoutes(index, draw),
  ];
}

function peerRoutes(index: number, draw: Drawn): readonly Route[] {
  const vpc = Math.floor(index / SUBNETS_EACH);
  return draw.peerings.flatMap((number): readonly Route[] => {
    const ends = PEERS[number] ?? [];
    const far = ends.find((end) => end !== vpc);
    if (far === undefined || !ends.some((end) => end === vpc)) return [];
    const peering: RouteTarget = { kind: 'peering', address: `aws_vpc_peering_connection.p${number}` };
    const isByNat = draw.tables[index]?.arePeersByNat === true && !holdsNat(index, draw);
    const ranges = [VPC_RANGES[far] ?? '', canonical(`${VPC_IPV6[far]}/56`)];
    return ranges.map((cidr, family) => ({
      address: `aws_route.t${index}_peer_${number}_${family}`,
      destinations: [cidr],
      target: isByNat && family === 0 ? buildTarget({ kind: 'nat', index: number }, index, draw) : peering,
    }));
  });
}

function holdsNat(subnet: number, draw: Drawn): boolean {
  return draw.natGateways.some((nat) => nat.subnet % (draw.vpcs * SUBNETS_EACH) === subnet);
}

function endpointRoutes(index: number, draw: Drawn): readonly Route[] {
  const vpc = Math.floor(index / SUBNETS_EACH);
  return [...draw.endpoints.entries()]
    .filter(([, endpoint]) => draw.tables[index]?.hasEndpoint && endpoint.vpc % draw.vpcs === vpc)
    .map(([number, { cidrs }]) => ({
      address: `aws_vpc_endpoint.x${number}`,
      destinations: cidrs,
      target: { kind: 'gateway-endpoint', address: `aws_vpc_endpoint.x${number}`, service: 's3' },
    }));
}

/** An endpoint's route has its service's ranges, most times. */
function buildWhere(
  where: Drawn['tables'][number]['default4'],
  { blocks, index, draw }: { blocks: readonly string[]; index: number; draw: Drawn },
): Pick<Route, 'destinations' | 'target'> {
  const endpoint = draw.endpoints[where.index % Math.max(1, draw.endpoints.length)];
  const isService = where.kind === 'endpoint' && endpoint !== undefined && blocks.length === 1;
  return { destinations: isService ? endpoint.cidrs : blocks, target: buildTarget(where, index, draw) };
}

function buildTarget(
  { kind, index }: Drawn['tables'][number]['default4'],
  subnet: number,
  draw: Drawn,
): RouteTarget {
  const vpc = Math.floor(subnet / SUBNETS_EACH);
  if (kind === 'internet') return { kind: 'internet-gateway', address: `aws_internet_gateway.i${vpc}` };
  if (kind === 'egress-only') {
    return { kind: 'egress-only-internet-gateway', address: `aws_egress_only_internet_gateway.e${vpc}` };
  }
  if (kind === 'nat') {
    const subnets = draw.vpcs * SUBNETS_EACH;
    const near = [...draw.natGateways.keys()].filter(
      (number) => Math.floor(((draw.natGateways[number]?.subnet ?? 0) % subnets) / SUBNETS_EACH) === vpc,
    );
    const chosen = near[index % Math.max(1, near.length)] ?? 0;
    return draw.natGateways.length === 0
      ? { kind: 'blackhole', address: 'aws_nat_gateway.gone' }
      : { kind: 'nat-gateway', address: `aws_nat_gateway.w${chosen}` };
  }
  if (kind === 'peering') return { kind: 'peering', address: `aws_vpc_peering_connection.p${index % 2}` };
  if (kind === 'endpoint' && draw.endpoints.length > 0) {
    const address = `aws_vpc_endpoint.x${index % draw.endpoints.length}`;
    return { kind: 'gateway-endpoint', address, service: 's3' };
  }
  if (kind === 'else') {
    const address = `aws_ec2_transit_gateway.t${index}`;
    return { kind: 'unmodelled', cause: { address, reason: 'transit gateways are not modelled' } };
  }
  return { kind: 'blackhole', address: 'aws_network_interface.gone' };
}

function buildInterface(
  { subnet, groups, isPublic, hasIpv6, isMember, groupsDoubt, publicDoubt }: Drawn['interfaces'][number],
  {
    index,
    subnets,
    before,
  }: { index: number; subnets: number; before: readonly { readonly subnet: number }[] },
): NetworkInterface {
  const place = subnet % subnets;
  const rank = before.filter((one) => one.subnet % subnets === place).length;
  const vpc = Math.floor(place / SUBNETS_EACH);
  const address = isMember ? 'aws_autoscaling_group.m' : `aws_instance.a${index}`;
  return {
    id: `a${index}`,
    endpoint: isMember ? `${address}#${index}` : address,
    address,
    kind: isMember ? 'autoscaling-member' : 'instance',
    subnet: `aws_subnet.s${place}`,
    // By its rank in the subnet, so that VPCs with one range have the same addresses.
    privateAddress: `${subnetBase(place)}.${10 + rank}`,
    ...(hasIpv6 && {
      ipv6Address: canonical(`${subnetIpv6(place)}::${(16 + index).toString(16)}/128`).replace('/128', ''),
    }),
    ...(isPublic && { publicAddress: `198.51.100.${10 + index}` }),
    securityGroups: groups.map((group) => `aws_security_group.g${vpc * SUBNETS_EACH + group}`),
    uncertain: {
      ...(groupsDoubt && { securityGroups: groupsDoubt }),
      ...(publicDoubt && { publicAddress: publicDoubt }),
    },
  };
}

function subnetBase(index: number): string {
  return `${VPC_BASES[Math.floor(index / SUBNETS_EACH)]}.${index % SUBNETS_EACH}`;
}

function subnetIpv6(index: number): string {
  const vpc = Math.floor(index / SUBNETS_EACH);
  const head = (VPC_IPV6[vpc] ?? '').split(':');
  const low = (Number.parseInt(head[3] ?? '0', 16) + (index % SUBNETS_EACH)).toString(16);
  return [...head.slice(0, 3), low].join(':');
}

function canonical(text: string): string {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new TypeError(`${text} is not a CIDR block`);
  return formatCidr(cidr);
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index);
}
