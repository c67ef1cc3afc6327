import { expect, test } from 'vitest';
import type { VpcModel } from '../../../../sim/vpc/index.ts';
import { carriedOf, modelOf, type Resources, ref } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');
const security_group_id = ref('aws_security_group.one.id');
const route_table_id = ref('aws_route_table.own.id');
const network_acl_id = ref('aws_network_acl.own.id');
const unknown = ref('aws_vpc.main.owner_id');
const WHY = 'aws_vpc.main.owner_id is known only after apply';

/** Rules of a group, `!` before those that are uncertain. */
function rulesOf({ securityGroups }: VpcModel, address: string): readonly string[] {
  const group = securityGroups.find((candidate) => candidate.address === address);
  return ['ingress' as const, 'egress' as const].flatMap((direction) =>
    (group?.[direction] ?? []).map(({ address: by, protocol, ports, icmp, peer, uncertain }) => {
      const match = ports ? `${ports.from}-${ports.to}` : icmp ? `${icmp.type}/${icmp.code}` : '*';
      const from = peer.kind === 'cidr' ? peer.cidr : 'address' in peer ? peer.address : peer.kind;
      return `${uncertain ? '!' : ''}${direction} ${protocol} ${match} ${from} by ${by}`;
    }),
  );
}

const single = { security_group_id, ip_protocol: 'tcp', from_port: 1, to_port: 1, cidr_ipv4: '10.0.0.0/8' };
const IN = 'aws_vpc_security_group_ingress_rule';

test.each<[string, object, string]>([
  ['port', { to_port: unknown }, `!ingress 6 * 10.0.0.0/8 by ${IN}.r`],
  ['protocol', { ip_protocol: unknown }, `!ingress all * 10.0.0.0/8 by ${IN}.r`],
  ['IPv4 block', { cidr_ipv4: unknown }, `!ingress 6 1-1 0.0.0.0/0 by ${IN}.r`],
  ['IPv6 block', { cidr_ipv4: null, cidr_ipv6: unknown }, `!ingress 6 1-1 ::/0 by ${IN}.r`],
  ['group', { cidr_ipv4: null, referenced_security_group_id: 'sg-1' }, `!ingress 6 1-1 any by ${IN}.r`],
  ['prefix list', { cidr_ipv4: null, prefix_list_id: 'pl-1' }, `!ingress 6 1-1 any by ${IN}.r`],
  ['attribute', { brand_new: 1 }, `!ingress 6 1-1 10.0.0.0/8 by ${IN}.r`],
])('a rule with an unknown %s matches at most what is known, in its group alone', (_, changes, row) => {
  const resources = { [IN]: { r: { ...single, ...changes } } };
  const model = modelOf(resources);
  expect(rulesOf(model, 'aws_security_group.one')).toEqual([row]);
  expect(rulesOf(model, 'aws_security_group.two')).toEqual([]);
  expect(model.unmodelled.map(({ type, address }) => [type, address])).toEqual([[IN, `${IN}.r`]]);
});

test('the cause names field, reason and place', () => {
  const model = modelOf({ [IN]: { r: { ...single, to_port: unknown } } });
  const [rule] = model.securityGroups.find(({ name }) => name === 'one')?.ingress ?? [];
  const place = { file: 'main.tf.json', line: expect.any(Number) };
  const cause = { address: `${IN}.r`, reason: `to_port: ${WHY}`, place };
  expect(rule?.uncertain).toEqual(cause);
  expect(model.unmodelled).toEqual([{ type: IN, touches: `what ${IN}.r matches`, ...cause }]);
});

test('a rule of an unknown group may be one of every group', () => {
  const model = modelOf({ [IN]: { r: { ...single, security_group_id: 'sg-1' } } });
  const row = `!ingress 6 1-1 10.0.0.0/8 by ${IN}.r`;
  for (const name of ['one', 'two']) expect(rulesOf(model, `aws_security_group.${name}`)).toEqual([row]);
  const standard = 'aws_vpc.main.default_security_group';
  expect(rulesOf(model, standard)[0]).toBe(`ingress all * ${standard} by ${standard}.ingress[0]`);
  expect(rulesOf(model, standard)[1]).toBe(row);
});

test('an unknown direction may be either, an unknown list anybody of its family', () => {
  const rule = { security_group_id, protocol: 'tcp', from_port: 1, to_port: 1 };
  const either = { ...rule, type: unknown, cidr_blocks: ['10.0.0.0/8'] };
  const listed = { ...rule, type: 'ingress', cidr_blocks: unknown };
  const item = { ...rule, type: 'egress', ipv6_cidr_blocks: ['fd00::/8', unknown] };
  const model = modelOf({ aws_security_group_rule: { either, item, listed } });
  const R = 'aws_security_group_rule';
  expect(rulesOf(model, 'aws_security_group.one')).toEqual([
    `!ingress 6 1-1 10.0.0.0/8 by ${R}.either`,
    `!ingress 6 1-1 0.0.0.0/0 by ${R}.listed`,
    `!egress 6 1-1 10.0.0.0/8 by ${R}.either`,
    `egress 6 1-1 fd00::/8 by ${R}.item.ipv6_cidr_blocks[0]`,
    `!egress 6 1-1 ::/0 by ${R}.item.ipv6_cidr_blocks[1]`,
  ]);
});

test('blocks that an unknown value repeats may be any rule', () => {
  const dynamic = { ingress: [{ for_each: unknown, content: { protocol: '-1' } }] };
  const model = modelOf({ aws_security_group: { one: { vpc_id, dynamic } } });
  const [rule, ...others] = rulesOf(model, 'aws_security_group.one');
  expect(rule).toMatch(/^!ingress all \* any /);
  expect(others).toEqual([]);
});

test('rules of which the number is not known may be any, of any group', () => {
  const model = modelOf({ [IN]: { r: { count: unknown, ...single } } });
  expect(rulesOf(model, 'aws_security_group.two')).toEqual([`!ingress all * any by ${IN}.r`]);
  expect(model.unmodelled.map(({ address }) => address)).toEqual([`${IN}.r`]);
});

test('a group of a VPC outside the configuration keeps its rules', () => {
  const outside = { vpc_id: ref('data.aws_vpc.shared.id') };
  const data = { aws_vpc: { shared: { tags: { Name: 'shared' } } } };
  const model = modelOf({ aws_security_group: { far: outside } }, { data });
  expect(model.securityGroups.find(({ address }) => address === 'aws_security_group.far')).toMatchObject({
    vpc: 'unknown',
    ingress: [],
  });
});

const acl = { aws_network_acl: { own: { vpc_id, subnet_ids: [ref('aws_subnet.a.id')] } } };
const aclRule = {
  network_acl_id,
  rule_number: 100,
  rule_action: 'allow',
  protocol: 'tcp',
  from_port: 1,
  to_port: 2,
  cidr_block: '10.0.0.0/8',
};

function aclRows({ networkAcls }: VpcModel, address: string): readonly string[] {
  const found = networkAcls.find((candidate) => candidate.address === address);
  return (found?.ingress ?? []).map(({ number, action, protocol, ports, cidr, uncertain }) =>
    [uncertain ? '!' : '', number, action, protocol, ports ? `${ports.from}-${ports.to}` : '*', cidr]
      .join(' ')
      .trim(),
  );
}

test.each<[string, object, readonly string[]]>([
  ['number: it stands first', { rule_number: unknown }, ['! 0 allow 6 1-2 10.0.0.0/8']],
  [
    'action: it may be both',
    { rule_action: unknown },
    ['! 100 allow 6 1-2 10.0.0.0/8', '! 100 deny 6 1-2 10.0.0.0/8'],
  ],
  ['port', { from_port: unknown }, ['! 100 allow 6 * 10.0.0.0/8']],
  ['protocol', { protocol: unknown }, ['! 100 allow all * 10.0.0.0/8']],
  ['block', { cidr_block: unknown }, ['! 100 allow 6 1-2 0.0.0.0/0']],
  ['attribute', { extra: 1 }, ['! 100 allow 6 1-2 10.0.0.0/8']],
])('an ACL rule with an unknown %s', (_, changes, rows) => {
  const model = modelOf({ ...acl, aws_network_acl_rule: { r: { ...aclRule, ...changes } } });
  expect(aclRows(model, 'aws_network_acl.own')).toEqual(rows);
  expect(aclRows(model, 'aws_vpc.main.default_network_acl')).toEqual(['100 allow all * 0.0.0.0/0']);
});

test('an ACL rule of an unknown ACL may be one of every ACL, certain ones aside', () => {
  const model = modelOf({ ...acl, aws_network_acl_rule: { r: { ...aclRule, network_acl_id: 'acl-1' } } });
  expect(aclRows(model, 'aws_network_acl.own')).toEqual(['! 100 allow 6 1-2 10.0.0.0/8']);
  expect(aclRows(model, 'aws_vpc.main.default_network_acl')).toEqual([
    '100 allow all * 0.0.0.0/0',
    '! 100 allow 6 1-2 10.0.0.0/8',
  ]);
});

/** `subnet: route table, network ACL`, `?` where it is not known. */
function inForce({ subnets }: VpcModel): readonly string[] {
  return subnets.map(({ address, routeTable, networkAcl, uncertain }) => {
    const table = uncertain?.routeTable ? '?' : routeTable;
    return `${address}: ${table}, ${uncertain?.networkAcl ? '?' : networkAcl}`;
  });
}

const TABLE = 'aws_vpc.main.default_route_table';
const ACL = 'aws_vpc.main.default_network_acl';
const own = { aws_route_table: { own: { vpc_id } } };
const subnet_id = ref('aws_subnet.a.id');

test.each<[string, Resources, readonly [string, string]]>([
  [
    'a subnet of an unknown table',
    { ...own, aws_route_table_association: { x: { subnet_id, route_table_id: 'rtb-1' } } },
    [`?, ${ACL}`, `${TABLE}, ${ACL}`],
  ],
  [
    'a table of an unknown subnet, which may be any without one of its own',
    {
      ...own,
      aws_route_table_association: {
        a: { subnet_id, route_table_id },
        x: { subnet_id: 'subnet-1', route_table_id },
      },
    },
    [`aws_route_table.own, ${ACL}`, `?, ${ACL}`],
  ],
  [
    'an unknown main table',
    { aws_main_route_table_association: { x: { vpc_id, route_table_id: unknown } } },
    [`?, ${ACL}`, `?, ${ACL}`],
  ],
  [
    'the main table by name where it is moved',
    {
      ...own,
      aws_main_route_table_association: { m: { vpc_id, route_table_id } },
      aws_route_table_association: {
        a: { subnet_id, route_table_id: ref('aws_vpc.main.main_route_table_id') },
      },
    },
    [`?, ${ACL}`, `aws_route_table.own, ${ACL}`],
  ],
  [
    'an ACL of an unknown subnet',
    {
      aws_network_acl: { own: { vpc_id, subnet_ids: [subnet_id] }, other: { vpc_id, subnet_ids: [unknown] } },
    },
    [`${TABLE}, aws_network_acl.own`, `${TABLE}, ?`],
  ],
  [
    'a subnet of an unknown ACL',
    { aws_network_acl_association: { x: { subnet_id, network_acl_id: 'acl-1' } } },
    [`${TABLE}, ?`, `${TABLE}, ${ACL}`],
  ],
  [
    'a subnet with an attribute that is not modelled',
    { aws_subnet: { a: { vpc_id, cidr_block: '10.0.1.0/24', outpost_arn: 'arn:x' } } },
    ['?, ?', `${TABLE}, ${ACL}`],
  ],
  [
    'a VPC with an attribute that is not modelled',
    { aws_vpc: { main: { cidr_block: '10.0.0.0/16', brand_new: true } } },
    ['?, ?', '?, ?'],
  ],
])('what is in force is unknown: %s', (_, resources, [a, b]) => {
  const model = modelOf(resources);
  expect(inForce(model)).toEqual([`aws_subnet.a: ${a}`, `aws_subnet.b: ${b}`]);
  expect(model.unmodelled.length).toBeGreaterThan(0);
});

test.each<[string, Resources, string]>([
  [
    'its block',
    { aws_subnet: { c: { vpc_id, cidr_block: unknown } } },
    `aws_subnet.c: cidr_block: ${WHY} [everything in aws_subnet.c]`,
  ],
  [
    'its VPC',
    { aws_subnet: { c: { vpc_id: 'vpc-1', cidr_block: '10.9.0.0/24' } } },
    'aws_subnet.c: vpc_id: it is not a reference to a resource [everything in aws_subnet.c]',
  ],
  [
    'whether it has IPv4',
    { aws_subnet: { c: { vpc_id, ipv6_native: true, ipv6_cidr_block: '2600:1f00::/64' } } },
    'aws_subnet.c: ipv6_native: a subnet without IPv4 is not modelled [everything in aws_subnet.c]',
  ],
])('a subnet is not placed without %s', (_, resources, line) => {
  expect(modelOf(resources).subnets.map(({ address }) => address)).toEqual(['aws_subnet.a', 'aws_subnet.b']);
  expect(carriedOf(resources)).toContain(line);
});

test('nothing is placed in a VPC whose block a pool decides on', () => {
  const main = { ipv4_ipam_pool_id: 'ipam-pool-1', ipv4_netmask_length: 16 };
  const model = modelOf({ aws_vpc: { main } });
  expect([model.vpcs[0]?.cidrs, model.subnets]).toEqual([[], []]);
  expect(model.unmodelled.map(({ touches }) => touches)).toEqual([
    'whatever lies in aws_vpc.main',
    'everything in aws_subnet.a',
    'everything in aws_subnet.b',
  ]);
});

test('public addresses that are not known are so of their subnet alone', () => {
  const a = { vpc_id, cidr_block: '10.0.1.0/24', map_public_ip_on_launch: unknown };
  expect(carriedOf({ aws_subnet: { a } })).toEqual([
    `aws_subnet.a: map_public_ip_on_launch: ${WHY} [public addresses in aws_subnet.a]`,
  ]);
  expect(inForce(modelOf({ aws_subnet: { a } }))).toEqual([
    `aws_subnet.a: ${TABLE}, ${ACL}`,
    `aws_subnet.b: ${TABLE}, ${ACL}`,
  ]);
});

test('what is only told to people, or in no use, may be anything', () => {
  const tags = { Name: ref('bcrypt("x")') };
  const c = { vpc_id, cidr_block: '10.0.3.0/24', tags };
  const model = modelOf(
    { aws_subnet: { c } },
    { data: { aws_vpc: { it: { default: ref('bcrypt("x")') } } } },
  );
  expect(model.subnets.find(({ address }) => address === 'aws_subnet.c')?.name).toBe('c');
  expect(model.unmodelled).toEqual([]);
});

test('a zone bears on no packet: one that is not known is the first', () => {
  const c = { vpc_id, cidr_block: '10.0.3.0/24', availability_zone: unknown };
  const d = { vpc_id, cidr_block: '10.0.4.0/24', availability_zone_id: 'euw1-az3' };
  const model = modelOf({ aws_subnet: { c, d } });
  expect(model.subnets.map(({ availabilityZone }) => availabilityZone)).toEqual([
    'eu-west-1a',
    'eu-west-1b',
    'eu-west-1a',
    'eu-west-1c',
  ]);
  expect(model.unmodelled).toEqual([]);
});
