import { BlockList } from 'node:net';
import { expect, test } from 'vitest';
import {
  type Configuration,
  cidrOf,
  devConfiguration,
  expression,
  resources,
  sixZoneConfiguration,
} from './configuration.ts';

type Direction = 'ingress' | 'egress';
interface Packet {
  readonly protocol: 'tcp' | 'udp' | 'icmp 3/4' | 'icmp 8/0';
  readonly port?: number;
  readonly peer: string;
}

function rulesOf(configuration: Configuration, kind: string, direction: Direction) {
  return resources(configuration, 'aws_network_acl_rule')
    .map(([name, body]) => ({ name, ...body }) as Record<string, unknown>)
    .filter((rule) => rule.network_acl_id === expression(`aws_network_acl.${kind}.id`))
    .filter((rule) => rule.egress === (direction === 'egress'))
    .sort((one, other) => Number(one.rule_number) - Number(other.rule_number));
}

/** First match in order of number, as AWS judges. @returns the name of the rule, with its action. */
function judge(
  kind: 'public' | 'private',
  direction: Direction,
  { protocol, port = 0, peer }: Packet,
): string {
  const configuration = devConfiguration();
  const [wanted, kindOfIcmp] = protocol.split(' ');
  const match = rulesOf(configuration, kind, direction).find((rule) => {
    const range = new BlockList();
    const [network = '', prefix] = cidrOf(configuration, String(rule.cidr_block)).split('/');
    range.addSubnet(network, Number(prefix));
    if (!range.check(peer)) return false;
    if (rule.protocol === '-1') return true;
    if (rule.protocol !== wanted) return false;
    if (wanted === 'icmp') return kindOfIcmp === `${rule.icmp_type}/${rule.icmp_code}`;
    return Number(rule.from_port) <= port && port <= Number(rule.to_port);
  });
  return match === undefined ? 'denied by default' : `${match.rule_action}: ${match.name}`;
}

const internet = '203.0.113.9';
const [publicA, publicB, privateA, privateB] = [
  '10.0.0.20',
  '10.0.1.20',
  '10.0.10.10',
  '10.0.11.10',
] as const;
const elsewhere = '10.0.200.1';
const tcp = (peer: string, port: number): Packet => ({ protocol: 'tcp', peer, port });

test.each([
  // Clients and gateways.
  ['public', 'ingress', tcp(internet, 443), 'allow: public_ingress_400'],
  ['public', 'ingress', tcp(internet, 442), 'denied by default'],
  ['public', 'ingress', tcp(internet, 80), 'denied by default'],
  ['public', 'ingress', tcp(internet, 22), 'denied by default'],
  ['public', 'ingress', tcp(internet, 49136), 'denied by default'],
  ['public', 'ingress', { protocol: 'udp', peer: internet, port: 443 }, 'denied by default'],
  ['public', 'ingress', { protocol: 'icmp 3/4', peer: internet }, 'allow: public_ingress_401'],
  ['public', 'ingress', { protocol: 'icmp 8/0', peer: internet }, 'denied by default'],
  ['public', 'egress', tcp(internet, 1024), 'allow: public_egress_400'],
  ['public', 'egress', tcp(internet, 65535), 'allow: public_egress_400'],
  ['public', 'egress', tcp(internet, 1023), 'denied by default'],
  ['public', 'egress', tcp(internet, 443), 'denied by default'],
  // Gateways and engines.
  ['public', 'egress', tcp(privateA, 49136), 'allow: public_egress_100'],
  ['public', 'egress', tcp(privateB, 49136), 'allow: public_egress_101'],
  ['private', 'ingress', tcp(publicA, 49136), 'allow: private_ingress_100'],
  ['private', 'ingress', tcp(publicB, 49136), 'allow: private_ingress_101'],
  ['private', 'egress', tcp(publicA, 1024), 'allow: private_egress_200'],
  ['private', 'egress', tcp(publicB, 65535), 'allow: private_egress_201'],
  ['public', 'ingress', tcp(privateA, 1024), 'allow: public_ingress_200'],
  ['public', 'ingress', tcp(privateB, 65535), 'allow: public_ingress_201'],
  ['public', 'egress', tcp(privateA, 49134), 'deny: public_egress_300'],
  ['public', 'egress', tcp(privateA, 49135), 'deny: public_egress_300'],
  ['public', 'egress', tcp(privateA, 22), 'deny: public_egress_300'],
  ['private', 'ingress', tcp(publicA, 49134), 'deny: private_ingress_300'],
  ['private', 'ingress', tcp(publicA, 49135), 'deny: private_ingress_300'],
  ['private', 'ingress', tcp(publicA, 50000), 'deny: private_ingress_300'],
  ['private', 'egress', tcp(publicA, 443), 'deny: private_egress_300'],
  ['public', 'ingress', tcp(privateA, 443), 'deny: public_ingress_300'],
  ['public', 'egress', tcp(publicB, 443), 'deny: public_egress_300'],
  ['public', 'ingress', tcp(publicB, 443), 'deny: public_ingress_300'],
  // Workers and engines of the other zone.
  ['private', 'egress', tcp(privateB, 49134), 'allow: private_egress_101'],
  ['private', 'ingress', tcp(privateA, 49134), 'allow: private_ingress_102'],
  ['private', 'egress', tcp(privateA, 1024), 'allow: private_egress_202'],
  ['private', 'ingress', tcp(privateB, 65535), 'allow: private_ingress_201'],
  ['private', 'egress', tcp(privateB, 443), 'deny: private_egress_300'],
  ['private', 'ingress', tcp(privateB, 22), 'deny: private_ingress_300'],
  // Workers and S3. An ACL cannot name a prefix list; the route tables know no other way out.
  ['private', 'egress', tcp(internet, 443), 'allow: private_egress_400'],
  ['private', 'ingress', tcp(internet, 1024), 'allow: private_ingress_400'],
  ['private', 'egress', tcp(internet, 80), 'denied by default'],
  ['private', 'egress', tcp(internet, 50000), 'denied by default'],
  ['private', 'ingress', tcp(internet, 443), 'denied by default'],
  ['private', 'ingress', { protocol: 'icmp 3/4', peer: internet }, 'denied by default'],
  // The rest of the VPC.
  ['private', 'ingress', tcp(elsewhere, 49134), 'deny: private_ingress_300'],
  ['public', 'ingress', tcp(elsewhere, 443), 'deny: public_ingress_300'],
] as const)('judges %s %s of %o: %s', (kind, direction, packet, verdict) => {
  expect(judge(kind, direction, packet)).toBe(verdict);
});

test('stands in force in every subnet', () => {
  const acls = resources(devConfiguration(), 'aws_network_acl').map(([name, body]) => [
    name,
    body.subnet_ids,
  ]);
  expect(acls).toEqual([
    ['private', [expression('aws_subnet.private_a.id'), expression('aws_subnet.private_b.id')]],
    ['public', [expression('aws_subnet.public_a.id'), expression('aws_subnet.public_b.id')]],
  ]);
});

test('keeps rules out of the ACLs themselves, where they would fight with the standalone ones', () => {
  for (const [, body] of resources(devConfiguration(), 'aws_network_acl')) {
    expect(Object.keys(body)).toEqual(['subnet_ids', 'tags', 'vpc_id']);
  }
});

test('names each rule after its ACL, direction and number', () => {
  for (const [name, body] of resources(devConfiguration(), 'aws_network_acl_rule')) {
    const [, acl] = /aws_network_acl\.(\w+)\./.exec(String(body.network_acl_id)) ?? [];
    expect(name).toBe(`${acl}_${body.egress ? 'egress' : 'ingress'}_${body.rule_number}`);
  }
});

test('stays within the twenty rules that AWS allows in a direction, in six zones', () => {
  const configuration = sixZoneConfiguration();
  const counts = (['public', 'private'] as const).flatMap((kind) =>
    (['ingress', 'egress'] as const).map((direction) => rulesOf(configuration, kind, direction).length),
  );
  expect(Math.max(...counts)).toBeLessThanOrEqual(20);
  expect(Math.min(...counts)).toBeGreaterThan(0);
});
