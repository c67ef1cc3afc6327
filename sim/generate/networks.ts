/** VPCs with their ranges, subnets and gateways, and what connects them. */

import { add, type Draft, type DraftSubnet, type DraftVpc, ref } from './draft.ts';

const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] as const;
const VPCS_MAX = 3;
const SUBNETS_MAX = 3;

export function addNetworks(draft: Draft): readonly DraftVpc[] {
  const { random, features } = draft;
  const count = random.pick([1, 1, 2, 2, VPCS_MAX]);
  const isSameRange = count > 1 && random.chance(0.2);
  if (count > 1) features.add('several VPCs');
  if (isSameRange) features.add('several VPCs of one range');
  const vpcs = Array.from({ length: count }, (_, index) => addVpc(draft, { index, isSameRange }));
  if (!isSameRange) addPeerings(draft, vpcs);
  return vpcs;
}

function addVpc(draft: Draft, { index, isSameRange }: { index: number; isSameRange: boolean }): DraftVpc {
  const { random, features } = draft;
  const name = `v${index}`;
  const number = isSameRange ? 0 : index;
  const hasIpv6 = random.chance(0.5);
  add(
    draft,
    { type: 'aws_vpc', name },
    { cidr_block: `10.${number}.0.0/16`, ...(hasIpv6 && { assign_generated_ipv6_cidr_block: true }) },
  );
  const hasSecond = random.chance(0.25);
  if (hasIpv6) features.add('IPv6');
  const second = `10.${100 + number}.0.0/16`;
  if (hasSecond) addSecondary(draft, { name, cidr_block: second });
  const hasInternetGateway = random.chance(0.8);
  if (hasInternetGateway)
    add(draft, { type: 'aws_internet_gateway', name }, { vpc_id: ref(`aws_vpc.${name}.id`) });
  const hasEgressOnlyGateway = hasIpv6 && random.chance(0.6);
  if (hasEgressOnlyGateway) addEgressOnly(draft, name);
  const vpc: DraftVpc = {
    name,
    cidrs: [`10.${number}.0.0/16`, ...(hasSecond ? [second] : [])],
    hasIpv6,
    hasInternetGateway,
    hasEgressOnlyGateway,
    subnets: addSubnets(draft, { name, number, hasIpv6, hasSecond }),
    natGateways: [],
    groups: [],
    tables: [],
    peers: [],
  };
  addNatGateways(draft, vpc);
  return vpc;
}

function addSecondary(draft: Draft, { name, cidr_block }: { name: string; cidr_block: string }): void {
  draft.features.add('secondary CIDR');
  const vpc_id = ref(`aws_vpc.${name}.id`);
  add(draft, { type: 'aws_vpc_ipv4_cidr_block_association', name: `${name}_more` }, { vpc_id, cidr_block });
}

function addEgressOnly(draft: Draft, name: string): void {
  draft.features.add('egress-only internet gateway');
  add(draft, { type: 'aws_egress_only_internet_gateway', name }, { vpc_id: ref(`aws_vpc.${name}.id`) });
}

function addSubnets(
  draft: Draft,
  vpc: { name: string; number: number; hasIpv6: boolean; hasSecond: boolean },
): DraftVpc['subnets'] {
  const subnet = (index: number) => addSubnet(draft, { vpc, index });
  const others = Array.from({ length: draft.random.integer(0, SUBNETS_MAX - 1) }, (_, index) => index + 1);
  return [subnet(0), ...others.map(subnet)];
}

function addSubnet(
  draft: Draft,
  {
    vpc,
    index,
  }: { vpc: { name: string; number: number; hasIpv6: boolean; hasSecond: boolean }; index: number },
): DraftSubnet {
  const { random, features } = draft;
  const name = `${vpc.name}_s${index}`;
  const isInSecond = vpc.hasSecond && index > 0 && random.chance(0.5);
  const prefix = random.pick([20, 22, 24, 24, 26, 27]);
  const cidr = `10.${isInSecond ? 100 + vpc.number : vpc.number}.${16 * index}.0/${prefix}`;
  const hasIpv6 = vpc.hasIpv6 && random.chance(0.8);
  const zone = random.pick(ZONES);
  const isMapped = random.chance(0.2);
  if (isMapped) features.add('public addresses by subnet');
  add(
    draft,
    { type: 'aws_subnet', name },
    {
      vpc_id: ref(
        isInSecond ? `aws_vpc_ipv4_cidr_block_association.${vpc.name}_more.vpc_id` : `aws_vpc.${vpc.name}.id`,
      ),
      cidr_block: cidr,
      availability_zone: zone,
      ...(hasIpv6 && {
        ipv6_cidr_block: ref(`cidrsubnet(aws_vpc.${vpc.name}.ipv6_cidr_block, 8, ${index})`),
        assign_ipv6_address_on_creation: true,
      }),
      ...(isMapped && { map_public_ip_on_launch: true }),
    },
  );
  return { name, cidr, zone, hasIpv6 };
}

function addNatGateways(draft: Draft, vpc: DraftVpc): void {
  const { random, features } = draft;
  if (!random.chance(0.5)) return;
  // AWS makes a public one only where an internet gateway is attached.
  const isPublic = vpc.hasInternetGateway && random.chance(0.9);
  for (const { name } of random.some(vpc.subnets, random.pick([1, 1, 2]))) {
    features.add(isPublic ? 'NAT gateway' : 'private NAT gateway');
    if (isPublic) add(draft, { type: 'aws_eip', name: `nat_${name}` }, { domain: 'vpc' });
    const kind = isPublic
      ? { allocation_id: ref(`aws_eip.nat_${name}.id`) }
      : { connectivity_type: 'private' };
    add(draft, { type: 'aws_nat_gateway', name }, { subnet_id: ref(`aws_subnet.${name}.id`), ...kind });
    vpc.natGateways.push(name);
  }
}

function addPeerings(draft: Draft, vpcs: readonly DraftVpc[]): void {
  const { random, features } = draft;
  for (const [index, one] of vpcs.entries()) {
    for (const other of vpcs.slice(index + 1)) {
      if (!random.chance(0.75)) continue;
      const connection = `${one.name}_${other.name}`;
      const isAccepted = random.chance(0.9);
      features.add(isAccepted ? 'peering' : 'peering that nobody accepted');
      add(
        draft,
        { type: 'aws_vpc_peering_connection', name: connection },
        {
          vpc_id: ref(`aws_vpc.${one.name}.id`),
          peer_vpc_id: ref(`aws_vpc.${other.name}.id`),
          auto_accept: isAccepted,
        },
      );
      one.peers.push({ connection, isAccepted, vpc: other });
      other.peers.push({ connection, isAccepted, vpc: one });
    }
  }
}
