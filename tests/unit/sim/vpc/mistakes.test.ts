import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readTerraform } from '../../../../sim/terraform/index.ts';
import { buildVpcModel } from '../../../../sim/vpc/index.ts';
import { mistakesOf, modelOf, type Resources, ref, refusalOf } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');

test('mistakes of all kinds are told at once, in the order in which they stand, beside what is not known', () => {
  const resources: Resources = {
    aws_vpc_ipv4_cidr_block_association: { more: { vpc_id, cidr_block: '10.0.128.0/17' } },
    aws_subnet: {
      c: { vpc_id, cidr_block: '10.1.0.0/24' },
      d: { vpc_id, cidr_block: '10.0.2.0/25' },
      e: { vpc_id, cidr_block: '10.0.300.0/24' },
    },
    aws_internet_gateway: { second: { vpc_id } },
    aws_route_table: { own: { vpc_id } },
    aws_route: {
      r: {
        route_table_id: ref('aws_route_table.own.id'),
        destination_cidr_block: '0.0.0.0/0',
        gateway_id: ref('aws_internet_gateway.loose.id'),
      },
    },
    aws_security_group_rule: {
      r: {
        security_group_id: ref('aws_security_group.one.id'),
        type: 'in',
        protocol: 'tcp',
        from_port: 2,
        to_port: 70_000,
        self: true,
      },
    },
    aws_ec2_transit_gateway: { t: {} },
  };
  const loose = { aws_internet_gateway: { ...resources.aws_internet_gateway, loose: {} } };
  expect(mistakesOf({ ...resources, ...loose })).toEqual([
    'aws_subnet.c cidr_block: 10.1.0.0/24 lies outside aws_vpc.main (10.0.0.0/16, 10.0.128.0/17)',
    'aws_subnet.d cidr_block: 10.0.2.0/25 overlaps 10.0.2.0/24 of aws_subnet.b',
    'aws_subnet.e cidr_block: "10.0.300.0/24" is not an IPv4 CIDR block',
    'aws_internet_gateway.second vpc_id: aws_internet_gateway.main is already attached to aws_vpc.main',
    'aws_vpc_ipv4_cidr_block_association.more cidr_block: 10.0.128.0/17 overlaps 10.0.0.0/16 of aws_vpc.main',
    'aws_route.r gateway_id: aws_internet_gateway.loose is attached to no VPC, the route table belongs to aws_vpc.main',
    'aws_security_group_rule.r type: "in" is not a direction',
    'aws_security_group_rule.r to_port: 70000 is not a port',
  ]);
});

const more = (cidr_block: string, primary = '10.0.0.0/16'): Resources => ({
  aws_vpc: { main: { cidr_block: primary }, other: { cidr_block: '10.200.0.0/16' } },
  aws_subnet: {
    a: { vpc_id: ref('aws_vpc.other.id'), cidr_block: '10.200.1.0/24' },
    b: { vpc_id: ref('aws_vpc.other.id'), cidr_block: '10.200.2.0/24' },
  },
  aws_vpc_ipv4_cidr_block_association: { more: { vpc_id, cidr_block } },
});
const MORE = 'INVALID aws_vpc_ipv4_cidr_block_association.more cidr_block';

test.each<[string, Resources, string]>([
  [
    'a loopback VPC',
    { aws_vpc: { lo: { cidr_block: '127.0.0.0/16' } } },
    'INVALID aws_vpc.lo cidr_block: AWS makes no network in 127.0.0.0/16',
  ],
  [
    'a link-local VPC',
    { aws_vpc: { ll: { cidr_block: '169.254.0.0/16' } } },
    'INVALID aws_vpc.ll cidr_block: AWS makes no network in 169.254.0.0/16',
  ],
  [
    'a multicast VPC',
    { aws_vpc: { m: { cidr_block: '230.0.0.0/16' } } },
    'INVALID aws_vpc.m cidr_block: AWS makes no network in 230.0.0.0/16',
  ],
  [
    'a secondary block of another private range',
    more('192.168.0.0/16'),
    `${MORE}: AWS does not associate 192.168.0.0/16 with a VPC of 10.0.0.0/16`,
  ],
  [
    'a private block beside a public one',
    more('10.3.0.0/16', '203.0.112.0/20'),
    `${MORE}: AWS does not associate 10.3.0.0/16 with a VPC of 203.0.112.0/20`,
  ],
  [
    'a block that AWS keeps',
    more('198.19.4.0/24'),
    `${MORE}: AWS does not associate 198.19.4.0/24 with a VPC of 10.0.0.0/16`,
  ],
  [
    'ports beside all protocols in an ACL, as the provider does',
    {
      aws_network_acl: {
        own: {
          vpc_id,
          egress: {
            rule_no: 1,
            action: 'allow',
            protocol: 'all',
            from_port: 1,
            to_port: 1,
            cidr_block: '0.0.0.0/0',
          },
        },
      },
    },
    'INVALID aws_network_acl.own egress.from_port: the provider takes no ports beside all protocols',
  ],
  [
    'ports beside all protocols in a group, as the provider does',
    {
      aws_security_group: {
        one: { vpc_id, ingress: [{ protocol: '-1', from_port: 0, to_port: 65_535, self: true }] },
      },
    },
    'INVALID aws_security_group.one ingress[0].to_port: the provider takes no ports beside all protocols',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});

test('ports beside all protocols say nothing in a rule of its own', () => {
  const ports = { from_port: 1, to_port: 2 };
  const rule = { rule_number: 1, rule_action: 'allow', protocol: '-1', ...ports, cidr_block: '0.0.0.0/0' };
  const { networkAcls, securityGroups } = modelOf({
    aws_network_acl: { own: { vpc_id } },
    aws_network_acl_rule: { r: { network_acl_id: ref('aws_network_acl.own.id'), ...rule } },
    aws_security_group_rule: {
      r: {
        security_group_id: ref('aws_security_group.one.id'),
        type: 'ingress',
        protocol: 'all',
        ...ports,
        self: true,
      },
    },
  });
  const [acl] = networkAcls.flatMap(({ ingress }) => ingress);
  const [group] = securityGroups.flatMap(({ ingress }) => ingress);
  for (const found of [acl, group]) {
    expect(found?.protocol).toBe('all');
    expect(found).not.toHaveProperty('ports');
  }
});

test('mistakes of reading and of building are told together', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-mistakes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'main.tf'),
    `locals { a = local.a }
provider "aws" { region = "eu-west-1" }
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/33" }
resource "aws_vpc" "w" { cidr_block = "10.1.0.0/16" }
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.w.id
  cidr_block = "10.2.0.0/24"
}
`,
  );
  const configuration = await readTerraform(folder, { keepsMistakes: true });
  expect(() => buildVpcModel(configuration)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/local\.a .*\n.*aws_vpc\.v cidr_block .*\n.*aws_subnet\.s cidr_block /),
    }),
  );
  await expect(readTerraform(folder)).rejects.toThrow(/^could not read local\.a /);
});
