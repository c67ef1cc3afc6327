/**
 * A network of any size as Terraform JSON, in the shape that real ones have: tiers in three zones, groups that refer to
 * each other, network ACLs with ephemeral ranges, an internet gateway and NAT gateways.
 */

export interface GrownOptions {
  readonly interfaces: number;
  readonly securityGroups: number;
}

const ZONES = ['a', 'b', 'c'] as const;
const TIERS = ['public', 'app', 'data'] as const;
/** Services that listen: spread over the groups, so that rules differ. */
const FIRST_PORT = 8_000;

type Blocks = Record<string, Record<string, unknown>>;

export function grownNetwork({ interfaces, securityGroups }: GrownOptions): string {
  const resource: Record<string, Blocks> = {
    aws_vpc: { main: { cidr_block: '10.0.0.0/16' } },
    aws_internet_gateway: { main: { vpc_id: ref('aws_vpc.main.id') } },
    aws_subnet: {},
    aws_eip: {},
    aws_nat_gateway: {},
    aws_route_table: {},
    aws_route_table_association: {},
    aws_network_acl: {},
    aws_security_group: {},
    aws_vpc_security_group_ingress_rule: {},
    aws_vpc_security_group_egress_rule: {},
    aws_instance: {},
  };
  addSubnets(resource);
  addAcls(resource);
  addGroups(resource, securityGroups);
  addInstances(resource, { interfaces, securityGroups });
  return JSON.stringify({ provider: { aws: [{ region: 'eu-west-1' }] }, resource });
}

function ref(expression: string): string {
  return `\${${expression}}`;
}

function addSubnets(resource: Record<string, Blocks>): void {
  for (const [tierIndex, tier] of TIERS.entries()) {
    for (const [zoneIndex, zone] of ZONES.entries()) {
      const name = `${tier}_${zone}`;
      add(resource, 'aws_subnet', name, {
        vpc_id: ref('aws_vpc.main.id'),
        availability_zone: `eu-west-1${zone}`,
        cidr_block: `10.0.${tierIndex * 64 + zoneIndex * 16}.0/20`,
        map_public_ip_on_launch: tier === 'public',
      });
      const target =
        tier === 'public'
          ? { gateway_id: ref('aws_internet_gateway.main.id') }
          : { nat_gateway_id: ref(`aws_nat_gateway.${zone}.id`) };
      add(resource, 'aws_route_table', name, {
        vpc_id: ref('aws_vpc.main.id'),
        route: tier === 'data' ? [] : [{ cidr_block: '0.0.0.0/0', ...target }],
      });
      add(resource, 'aws_route_table_association', name, {
        subnet_id: ref(`aws_subnet.${name}.id`),
        route_table_id: ref(`aws_route_table.${name}.id`),
      });
    }
  }
  for (const zone of ZONES) {
    add(resource, 'aws_eip', zone, { domain: 'vpc' });
    add(resource, 'aws_nat_gateway', zone, {
      allocation_id: ref(`aws_eip.${zone}.id`),
      subnet_id: ref(`aws_subnet.public_${zone}.id`),
    });
  }
}

function addAcls(resource: Record<string, Blocks>): void {
  const rule = (rule_no: number, from_port: number, to_port: number, cidr_block: string) => ({
    rule_no,
    action: 'allow',
    protocol: 'tcp',
    from_port,
    to_port,
    cidr_block,
  });
  for (const tier of TIERS) {
    const open = [
      rule(100, 443, 443, '0.0.0.0/0'),
      rule(110, 1_024, 65_535, '0.0.0.0/0'),
      rule(120, 0, 65_535, '10.0.0.0/16'),
    ];
    add(resource, 'aws_network_acl', tier, {
      vpc_id: ref('aws_vpc.main.id'),
      subnet_ids: ZONES.map((zone) => ref(`aws_subnet.${tier}_${zone}.id`)),
      ingress: open,
      egress: open,
    });
  }
}

function addGroups(resource: Record<string, Blocks>, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const name = `g${index}`;
    add(resource, 'aws_security_group', name, { name, vpc_id: ref('aws_vpc.main.id') });
    const group = { security_group_id: ref(`aws_security_group.${name}.id`), ip_protocol: 'tcp' };
    const port = FIRST_PORT + (index % 40);
    const next = ref(`aws_security_group.g${(index + 1) % count}.id`);
    const source = index % 10 === 0 ? { cidr_ipv4: '0.0.0.0/0', from_port: 443, to_port: 443 } : undefined;
    add(resource, 'aws_vpc_security_group_ingress_rule', name, {
      ...group,
      ...(source ?? { referenced_security_group_id: next, from_port: port, to_port: port }),
    });
    add(resource, 'aws_vpc_security_group_egress_rule', `${name}_next`, {
      ...group,
      referenced_security_group_id: next,
      from_port: FIRST_PORT,
      to_port: FIRST_PORT + 40,
    });
    add(resource, 'aws_vpc_security_group_egress_rule', `${name}_out`, {
      ...group,
      cidr_ipv4: '0.0.0.0/0',
      from_port: 443,
      to_port: 443,
    });
  }
}

function addInstances(resource: Record<string, Blocks>, { interfaces, securityGroups }: GrownOptions): void {
  for (let index = 0; index < interfaces; index += 1) {
    const tier = TIERS[index % TIERS.length] ?? 'app';
    const zone = ZONES[Math.floor(index / TIERS.length) % ZONES.length] ?? 'a';
    const groups = [index % securityGroups, (index * 7) % securityGroups];
    add(resource, 'aws_instance', `i${index}`, {
      ami: 'ami-0',
      instance_type: 't4g.small',
      subnet_id: ref(`aws_subnet.${tier}_${zone}.id`),
      vpc_security_group_ids: [...new Set(groups)].map((group) => ref(`aws_security_group.g${group}.id`)),
    });
  }
}

function add(
  resource: Record<string, Blocks>,
  type: string,
  name: string,
  body: Record<string, unknown>,
): void {
  const blocks = resource[type];
  if (blocks === undefined) throw new TypeError(`${type} has no place`);
  blocks[name] = body;
}
