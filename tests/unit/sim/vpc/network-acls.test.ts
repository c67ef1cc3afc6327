import { expect, test } from 'vitest';
import type { NetworkAcl } from '../../../../sim/vpc/index.ts';
import { modelOf, type Resources, ref, refusalOf } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');
const subnetA = ref('aws_subnet.a.id');
const subnetB = ref('aws_subnet.b.id');
const network_acl_id = ref('aws_network_acl.own.id');

function aclsOf(resources: Resources): { inForce: object; rows: readonly string[] } {
  const { networkAcls, subnets } = modelOf(resources);
  const inForce = Object.fromEntries(subnets.map(({ address, networkAcl }) => [address, networkAcl]));
  return { inForce, rows: networkAcls.flatMap(rowsOf) };
}

function rowsOf({ address, ingress, egress }: NetworkAcl): readonly string[] {
  const row = (direction: string) => (rule: NetworkAcl['ingress'][number]) => {
    const match = rule.ports
      ? `${rule.ports.from}-${rule.ports.to}`
      : rule.icmp
        ? `${rule.icmp.type}/${rule.icmp.code}`
        : '*';
    return `${address} ${direction} ${rule.number} ${rule.action} ${rule.protocol} ${match} ${rule.cidr} by ${rule.address}`;
  };
  return [...ingress.map(row('in')), ...egress.map(row('out'))];
}

const DEFAULT = 'aws_vpc.main.default_network_acl';

test('subnets without a network ACL have the default one, which allows everything', () => {
  expect(aclsOf({})).toEqual({
    inForce: { 'aws_subnet.a': DEFAULT, 'aws_subnet.b': DEFAULT },
    rows: [
      `${DEFAULT} in 100 allow all * 0.0.0.0/0 by ${DEFAULT}.ingress[0]`,
      `${DEFAULT} out 100 allow all * 0.0.0.0/0 by ${DEFAULT}.egress[0]`,
    ],
  });
});

test('an ACL of its own without rules denies everything in the subnets that it names', () => {
  const own = { vpc_id, subnet_ids: [subnetA] };
  const { inForce, rows } = aclsOf({ aws_network_acl: { own } });
  expect(inForce).toEqual({ 'aws_subnet.a': 'aws_network_acl.own', 'aws_subnet.b': DEFAULT });
  expect(rows.filter((row) => row.startsWith('aws_network_acl.own'))).toEqual([]);
});

test('inline rules are sorted by number, with protocols in every spelling', () => {
  const rule = { action: 'allow', from_port: 0, to_port: 0, cidr_block: '10.0.0.0/8' };
  const ingress = [
    { ...rule, rule_no: 200, protocol: 'tcp', from_port: 1024, to_port: 65_535 },
    { ...rule, rule_no: 100, protocol: '-1', action: 'DENY', cidr_block: '10.9.0.0/16' },
    { ...rule, rule_no: 90, protocol: '17', from_port: 53, to_port: 53 },
    { ...rule, rule_no: '80', protocol: 'icmp', icmp_type: 8, icmp_code: -1 },
    { ...rule, rule_no: 70, protocol: 'icmp' },
    { ...rule, rule_no: 60, protocol: 'all', cidr_block: null, ipv6_cidr_block: '::/0' },
  ];
  const { rows } = aclsOf({ aws_network_acl: { own: { vpc_id, ingress } } });
  const own = 'aws_network_acl.own';
  expect(rows.filter((row) => row.startsWith(own))).toEqual([
    `${own} in 60 allow all * ::/0 by ${own}.ingress[5]`,
    `${own} in 70 allow 1 0/0 10.0.0.0/8 by ${own}.ingress[4]`,
    `${own} in 80 allow 1 8/-1 10.0.0.0/8 by ${own}.ingress[3]`,
    `${own} in 90 allow 17 53-53 10.0.0.0/8 by ${own}.ingress[2]`,
    `${own} in 100 deny all * 10.9.0.0/16 by ${own}.ingress[1]`,
    `${own} in 200 allow 6 1024-65535 10.0.0.0/8 by ${own}.ingress[0]`,
  ]);
});

test('rules of their own go into their direction, and AWS clears the host bits of their block', () => {
  const rule = { network_acl_id, rule_action: 'allow', protocol: 'tcp', from_port: 443, to_port: 443 };
  const { inForce, rows } = aclsOf({
    aws_network_acl: { own: { vpc_id } },
    aws_network_acl_rule: {
      in: { ...rule, rule_number: 100, cidr_block: '100.68.0.18/18' },
      out: { ...rule, rule_number: 100, egress: true, cidr_block: ref('aws_subnet.a.cidr_block') },
      esp: {
        ...rule,
        rule_number: 110,
        protocol: '50',
        from_port: null,
        to_port: null,
        cidr_block: '0.0.0.0/0',
      },
    },
    aws_network_acl_association: { b: { network_acl_id, subnet_id: subnetB } },
  });
  expect(inForce).toMatchObject({ 'aws_subnet.a': DEFAULT, 'aws_subnet.b': 'aws_network_acl.own' });
  expect(rows.filter((row) => row.startsWith('aws_network_acl.own'))).toEqual([
    'aws_network_acl.own in 100 allow 6 443-443 100.68.0.0/18 by aws_network_acl_rule.in',
    'aws_network_acl.own in 110 allow 50 * 0.0.0.0/0 by aws_network_acl_rule.esp',
    'aws_network_acl.own out 100 allow 6 443-443 10.0.1.0/24 by aws_network_acl_rule.out',
  ]);
});

test('the default ACL that is adopted has what it declares, and stays in force for subnets without another', () => {
  const default_network_acl_id = ref('aws_vpc.main.default_network_acl_id');
  const mine = { default_network_acl_id, tags: { Name: 'unused' } };
  expect(aclsOf({ aws_default_network_acl: { mine } })).toEqual({
    inForce: {
      'aws_subnet.a': 'aws_default_network_acl.mine',
      'aws_subnet.b': 'aws_default_network_acl.mine',
    },
    rows: [],
  });
  const egress = {
    rule_no: 1,
    action: 'allow',
    protocol: '-1',
    from_port: 0,
    to_port: 0,
    cidr_block: '0.0.0.0/0',
  };
  expect(aclsOf({ aws_default_network_acl: { mine: { ...mine, egress } } }).rows).toEqual([
    'aws_default_network_acl.mine out 1 allow all * 0.0.0.0/0 by aws_default_network_acl.mine.egress',
  ]);
});

test("rules added to a default ACL that nobody adopts join AWS's own", () => {
  const rule = {
    network_acl_id: ref('aws_vpc.main.default_network_acl_id'),
    rule_number: 50,
    rule_action: 'deny',
    protocol: 'tcp',
    from_port: 22,
    to_port: 22,
    cidr_block: '0.0.0.0/0',
  };
  const { rows } = aclsOf({ aws_network_acl_rule: { ssh: rule } });
  expect(rows[0]).toBe(`${DEFAULT} in 50 deny 6 22-22 0.0.0.0/0 by aws_network_acl_rule.ssh`);
  expect(rows[1]).toContain('in 100 allow all');
  expect(refusalOf({ aws_network_acl_rule: { ssh: { ...rule, rule_number: 100 } } })).toBe(
    `INVALID aws_network_acl_rule.ssh rule_number: number 100 is already taken by ${DEFAULT}.ingress[0]`,
  );
});

const acl = { aws_network_acl: { own: { vpc_id } } };
const standalone = {
  network_acl_id,
  rule_number: 100,
  rule_action: 'allow',
  protocol: 'tcp',
  from_port: 1,
  to_port: 2,
  cidr_block: '0.0.0.0/0',
};
const rule = (changes: object) => ({ ...acl, aws_network_acl_rule: { r: { ...standalone, ...changes } } });
const inlineRule = {
  rule_no: 1,
  action: 'allow',
  protocol: '-1',
  from_port: 0,
  to_port: 0,
  cidr_block: '10.0.0.0/8',
};
const IN_RULE = 'aws_network_acl_rule.r';

test.each<[string, Resources, string]>([
  ['rule number 0', rule({ rule_number: 0 }), `INVALID ${IN_RULE} rule_number: 0 is not a rule number`],
  [
    'rule number 32767',
    rule({ rule_number: 32_767 }),
    `INVALID ${IN_RULE} rule_number: 32767 is not a rule number`,
  ],
  [
    'an action that is none',
    rule({ rule_action: 'pass' }),
    `INVALID ${IN_RULE} rule_action: "pass" is not an action`,
  ],
  [
    'both families',
    rule({ ipv6_cidr_block: '::/0' }),
    `INVALID ${IN_RULE} ipv6_cidr_block: cidr_block is set as well`,
  ],
  ['no block', rule({ cidr_block: null }), `INVALID ${IN_RULE} cidr_block: it is missing`],
  [
    'a bad block',
    rule({ cidr_block: '10.0.0/8' }),
    `INVALID ${IN_RULE} cidr_block: "10.0.0/8" is not an IPv4 CIDR block`,
  ],
  ['a port above 65535', rule({ to_port: 70_000 }), `INVALID ${IN_RULE} to_port: 70000 is not a port`],
  [
    'ports in the wrong order',
    rule({ from_port: 3 }),
    `INVALID ${IN_RULE} to_port: it is less than from_port 3`,
  ],
  [
    'an ICMP code below -1',
    rule({ protocol: '1', icmp_code: -2 }),
    `INVALID ${IN_RULE} icmp_code: -2 is out of range`,
  ],
  [
    'a number that is taken',
    { ...acl, aws_network_acl_rule: { r: standalone, s: { ...standalone, cidr_block: '10.0.0.0/8' } } },
    'INVALID aws_network_acl_rule.s rule_number: number 100 is already taken by aws_network_acl_rule.r',
  ],
  [
    'inline and standalone rules on one ACL',
    { ...rule({}), aws_network_acl: { own: { vpc_id, egress: [] } } },
    `INVALID ${IN_RULE} network_acl_id: aws_network_acl.own has its rules inline, and the provider would remove this one`,
  ],
  [
    'standalone rules on an adopted default ACL',
    {
      aws_default_network_acl: { d: { default_network_acl_id: ref('aws_vpc.main.default_network_acl_id') } },
      aws_network_acl_rule: { r: { ...standalone, network_acl_id: ref('aws_default_network_acl.d.id') } },
    },
    `INVALID ${IN_RULE} network_acl_id: aws_default_network_acl.d has its rules inline, and the provider would remove this one`,
  ],
  [
    'host bits in an inline block',
    { aws_network_acl: { own: { vpc_id, ingress: [{ ...inlineRule, cidr_block: '10.1.0.0/8' }] } } },
    'INVALID aws_network_acl.own ingress[0].cidr_block: "10.1.0.0/8" has host bits',
  ],
  [
    'a subnet in two ACLs',
    {
      aws_network_acl: {
        own: { vpc_id, subnet_ids: [subnetA] },
        other: { vpc_id, subnet_ids: [subnetB, subnetA] },
      },
    },
    'INVALID aws_network_acl.own subnet_ids[0]: aws_subnet.a is already associated with aws_network_acl.other',
  ],
  [
    'a subnet associated twice',
    {
      aws_network_acl: { own: { vpc_id, subnet_ids: [subnetA] } },
      aws_network_acl_association: { a: { network_acl_id, subnet_id: subnetA } },
    },
    'INVALID aws_network_acl_association.a subnet_id: aws_subnet.a is already associated with aws_network_acl.own',
  ],
  [
    'an ACL of another VPC',
    {
      aws_vpc: { far: { cidr_block: '10.9.0.0/16' } },
      aws_network_acl: { own: { vpc_id: ref('aws_vpc.far.id'), subnet_ids: [subnetA] } },
    },
    'INVALID aws_network_acl.own subnet_ids[0]: aws_subnet.a belongs to aws_vpc.main, aws_network_acl.own to aws_vpc.far',
  ],
  [
    'the default ACL adopted twice',
    {
      aws_default_network_acl: {
        a: { default_network_acl_id: ref('aws_vpc.main.default_network_acl_id') },
        b: { default_network_acl_id: ref('aws_vpc.main.default_network_acl_id') },
      },
    },
    'INVALID aws_default_network_acl.b default_network_acl_id: aws_default_network_acl.a already adopts the default ACL of aws_vpc.main',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});

test('ports beside ICMP, and type and code beside other protocols, say nothing', () => {
  const icmp = { protocol: 'icmp', icmp_type: 8, icmp_code: -1, from_port: 0, to_port: 65_535 };
  const ingress = [
    { ...inlineRule, ...icmp, rule_no: 1 },
    { ...inlineRule, protocol: 'tcp', from_port: 22, to_port: 22, icmp_type: 3, icmp_code: 1, rule_no: 2 },
  ];
  const { networkAcls, unmodelled } = modelOf({ aws_network_acl: { own: { vpc_id, ingress } } });
  const rules = networkAcls.find(({ address }) => address === 'aws_network_acl.own')?.ingress;
  expect(rules?.map(({ protocol, ports, icmp: match }) => ({ protocol, ports, icmp: match }))).toEqual([
    { protocol: 1, ports: undefined, icmp: { type: 8, code: -1 } },
    { protocol: 6, ports: { from: 22, to: 22 }, icmp: undefined },
  ]);
  expect(rules?.some(({ uncertain }) => uncertain !== undefined)).toBe(false);
  expect(unmodelled).toEqual([]);
});
