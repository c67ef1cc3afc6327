import { expect, test } from 'vitest';
import { modelOf, type Resources, ref, refusalOf } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');
const security_group_id = ref('aws_security_group.one.id');
const prefix_list_id = ref('aws_ec2_managed_prefix_list.office.id');
const office = { name: 'office', address_family: 'IPv4', max_entries: 4 };
const entry = (cidr: string) => ({ cidr, description: 'an office' });
const rule = { security_group_id, ip_protocol: '-1', prefix_list_id };

function peersOf(resources: Resources, document: object = {}): readonly unknown[] {
  const { securityGroups } = modelOf(resources, document);
  const group = securityGroups.find(({ address }) => address === 'aws_security_group.one');
  return (group?.ingress ?? []).map(({ peer, uncertain }) => {
    if (peer.kind !== 'prefix-list') return peer.kind;
    return [uncertain === undefined ? '' : '!', peer.address, ...peer.cidrs].join(' ').trim();
  });
}

const using = (lists: Resources): Resources => ({
  aws_vpc_security_group_ingress_rule: { r: rule },
  ...lists,
});
const L = 'aws_ec2_managed_prefix_list';

test('own lists have the entries that stand in them or beside them', () => {
  const inline = { [L]: { office: { ...office, entry: [entry('192.0.2.0/25'), entry('198.18.0.0/24')] } } };
  expect(peersOf(using(inline))).toEqual([`${L}.office 192.0.2.0/25 198.18.0.0/24`]);
  const beside = { [L]: { office }, [`${L}_entry`]: { a: { prefix_list_id, cidr: '203.0.113.0/24' } } };
  expect(peersOf(using(beside))).toEqual([`${L}.office 203.0.113.0/24`]);
});

test('an entry that is not known may be anything of the family', () => {
  const unknown = { prefix_list_id, cidr: ref('aws_vpc.main.owner_id') };
  expect(peersOf(using({ [L]: { office }, [`${L}_entry`]: { a: unknown } }))).toEqual([
    `! ${L}.office 0.0.0.0/0`,
  ]);
  const six = { office: { ...office, address_family: 'IPv6' } };
  expect(peersOf(using({ [L]: six, [`${L}_entry`]: { a: unknown } }))).toEqual([`! ${L}.office ::/0`]);
});

test('one route stands for all entries of its list', () => {
  const { routeTables } = modelOf({
    [L]: { office: { ...office, entry: [entry('192.168.0.0/24'), entry('192.168.9.0/24')] } },
    aws_route_table: { own: { vpc_id } },
    aws_route: {
      r: {
        route_table_id: ref('aws_route_table.own.id'),
        destination_prefix_list_id: prefix_list_id,
        gateway_id: ref('aws_internet_gateway.main.id'),
      },
    },
  });
  const table = routeTables.find(({ address }) => address === 'aws_route_table.own');
  expect(table?.routes.map(({ destinations }) => destinations)).toEqual([
    ['10.0.0.0/16'],
    ['192.168.0.0/24', '192.168.9.0/24'],
  ]);
});

const ofAws = (name: string) => ({ data: { aws_ec2_managed_prefix_list: { it: { name } } } });
const named = {
  aws_vpc_security_group_ingress_rule: {
    r: { ...rule, prefix_list_id: ref('data.aws_ec2_managed_prefix_list.it.id') },
  },
};
const IT = 'data.aws_ec2_managed_prefix_list.it';

test("AWS's own lists have stand-ins that are apart, and clear of what the configuration names", () => {
  const cloudfront = ofAws('com.amazonaws.global.cloudfront.origin-facing');
  const [standIn] = peersOf(named, cloudfront);
  expect(standIn).toMatch(/^data\.aws_ec2_managed_prefix_list\.it 198\.1[89]\.\d+\.\d+\/25$/);
  const taken = { ...cloudfront, locals: { other: String(standIn).split(' ')[1] } };
  expect(peersOf(named, taken)).not.toEqual([standIn]);
  const s3 = ofAws('com.amazonaws.eu-west-1.s3');
  expect(peersOf(named, s3)).toEqual([`${IT} 192.0.2.0/25`]);
  const [moved] = peersOf(named, { ...s3, locals: { office: '192.0.2.7' } });
  expect(moved).toMatch(/it 198\.1[89]\./);
});

test('a list of another region, or one found by its tags, is not known', () => {
  expect(peersOf(named, ofAws('com.amazonaws.us-east-1.s3'))).toEqual(['any']);
  expect(
    peersOf(named, {
      data: { aws_ec2_managed_prefix_list: { it: { filter: [{ name: 'x', values: ['y'] }] } } },
    }),
  ).toEqual(['any']);
});

test('blocks of a list may be used where a list cannot stand', () => {
  const cidr_block = `\${data.aws_ec2_managed_prefix_list.it.entries[0].cidr}`;
  const aclRule = { rule_no: 1, action: 'allow', protocol: '-1', from_port: 0, to_port: 0, cidr_block };
  const aws_network_acl = { own: { vpc_id, ingress: [aclRule] } };
  const { networkAcls } = modelOf({ aws_network_acl }, ofAws('com.amazonaws.eu-west-1.s3'));
  expect(networkAcls[0]?.ingress[0]?.cidr).toBe('192.0.2.0/25');
});

test.each<[string, Resources, string]>([
  [
    'entries in both styles',
    {
      [L]: { office: { ...office, entry: [entry('10.0.0.0/8')] } },
      [`${L}_entry`]: { a: { prefix_list_id, cidr: '10.9.0.0/16' } },
    },
    `INVALID ${L}_entry.a prefix_list_id: ${L}.office has its entries inline, and the provider would remove this one`,
  ],
  [
    'more entries than it may have',
    { [L]: { office: { ...office, max_entries: 1, entry: [entry('10.0.0.0/8'), entry('192.168.0.0/16')] } } },
    `INVALID ${L}.office max_entries: it has 2 entries`,
  ],
  [
    'an entry twice',
    { [L]: { office: { ...office, entry: [entry('10.0.0.0/8'), entry('10.0.0.0/8')] } } },
    `INVALID ${L}.office entry[1].cidr: ${L}.office has 10.0.0.0/8 already`,
  ],
  [
    'an entry of the other family',
    { [L]: { office: { ...office, entry: [entry('::/0')] } } },
    `INVALID ${L}.office entry[0].cidr: "::/0" is not an IPv4 CIDR block`,
  ],
  [
    'what is no list',
    { aws_vpc_security_group_ingress_rule: { r: { ...rule, prefix_list_id: ref('aws_vpc.main.id') } } },
    'INVALID aws_vpc_security_group_ingress_rule.r prefix_list_id: aws_vpc.main.id is not a prefix list that is known',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});

const list = (name: string, ...cidrs: readonly string[]) => ({
  name,
  address_family: 'IPv4',
  max_entries: 5,
  entry: cidrs.map(entry),
});
const gateway_id = ref('aws_internet_gateway.main.id');
const byList = (name: string, target: object) => ({
  destination_prefix_list_id: ref(`aws_ec2_managed_prefix_list.${name}.id`),
  ...target,
});

function routesOf(route: readonly object[], lists: object): readonly string[] {
  const { routeTables } = modelOf({ aws_route_table: { own: { vpc_id, route } }, [L]: lists } as Resources);
  const table = routeTables.find(({ address }) => address === 'aws_route_table.own');
  return (table?.routes ?? []).slice(1).map(({ destinations, target, uncertain }) => {
    const to = 'address' in target ? target.address : target.kind;
    return `${uncertain ? '? ' : ''}${destinations} ${to}`;
  });
}

test('a route that names its block comes before a route by a list that holds it', () => {
  const lists = { l: list('l', '192.0.2.0/24', '203.0.113.0/24') };
  const named = { cidr_block: '203.0.113.0/24', transit_gateway_id: 'tgw-1' };
  expect(routesOf([byList('l', { gateway_id }), named], lists)).toEqual([
    '203.0.113.0/24 unmodelled',
    '192.0.2.0/24,203.0.113.0/24 aws_internet_gateway.main',
  ]);
});

test('of two lists that hold one block AWS chooses, unless both lead to the same', () => {
  const lists = {
    l: list('l', '192.0.2.0/24', '203.0.113.0/24'),
    m: list('m', '203.0.113.0/24', '10.9.0.0/16'),
  };
  const elsewhere = { transit_gateway_id: 'tgw-1' };
  expect(routesOf([byList('l', { gateway_id }), byList('m', elsewhere)], lists)).toEqual([
    '192.0.2.0/24,203.0.113.0/24 aws_internet_gateway.main',
    '10.9.0.0/16 unmodelled',
    '? 203.0.113.0/24 unmodelled',
  ]);
  expect(routesOf([byList('l', { gateway_id }), byList('m', { gateway_id })], lists)).toEqual([
    '192.0.2.0/24,203.0.113.0/24 aws_internet_gateway.main',
    '203.0.113.0/24,10.9.0.0/16 aws_internet_gateway.main',
  ]);
});

test('one list routed twice is refused', () => {
  const route = [byList('l', { gateway_id }), byList('l', { transit_gateway_id: 'tgw-1' })];
  const resources = { aws_route_table: { own: { vpc_id, route } }, [L]: { l: list('l', '192.0.2.0/24') } };
  expect(refusalOf(resources as Resources)).toContain(
    'aws_route_table.own already routes 192.0.2.0/24 by aws_route_table.own.route[0]',
  );
});
