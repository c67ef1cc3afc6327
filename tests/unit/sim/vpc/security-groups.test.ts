import { expect, test } from 'vitest';
import type { SecurityGroup, SecurityGroupRule } from '../../../../sim/vpc/index.ts';
import { modelOf, type Resources, ref, refusalOf } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');
const security_group_id = ref('aws_security_group.one.id');
const two = ref('aws_security_group.two.id');

function group(
  resources: Resources,
  address = 'aws_security_group.one',
  document: object = {},
): SecurityGroup {
  const found = modelOf(resources, document).securityGroups.find(
    (candidate) => candidate.address === address,
  );
  if (found === undefined) throw new Error(`${address} is not in the model`);
  return found;
}

/** `address protocol ports|icmp peer`, as short as it can be told apart. */
function rows(rules: readonly SecurityGroupRule[]): readonly string[] {
  return rules.map(({ address, protocol, ports, icmp, peer }) => {
    const match = ports ? `${ports.from}-${ports.to}` : icmp ? `${icmp.type}/${icmp.code}` : '*';
    const from = peer.kind === 'cidr' ? peer.cidr : 'address' in peer ? peer.address : 'any';
    return `${address.replace('aws_security_group.one.', '')} ${protocol} ${match} ${from}`;
  });
}

test('a group without rules admits nothing, in or out', () => {
  expect(group({})).toEqual({
    address: 'aws_security_group.one',
    place: { file: 'main.tf.json', line: 33 },
    name: 'one',
    vpc: 'aws_vpc.main',
    ingress: [],
    egress: [],
  });
});

test('an inline block with several peers becomes a rule for each', () => {
  const rule = { protocol: 'tcp', from_port: 80, to_port: 81 };
  const one = {
    vpc_id,
    ingress: [
      { ...rule, cidr_blocks: ['10.0.0.0/8', '192.168.0.0/16'], ipv6_cidr_blocks: ['::/0'], self: true },
      { ...rule, to_port: 80, security_groups: [two], description: 'one peer' },
    ],
    egress: { protocol: '-1', from_port: 0, to_port: 0, cidr_blocks: ['0.0.0.0/0'] },
  };
  const { ingress, egress } = group({ aws_security_group: { one } });
  expect(rows(ingress)).toEqual([
    'ingress[0].cidr_blocks[0] 6 80-81 10.0.0.0/8',
    'ingress[0].cidr_blocks[1] 6 80-81 192.168.0.0/16',
    'ingress[0].ipv6_cidr_blocks[0] 6 80-81 ::/0',
    'ingress[0].self 6 80-81 aws_security_group.one',
    'ingress[1] 6 80-80 aws_security_group.two',
  ]);
  expect(ingress.map(({ description }) => description)).toEqual(['', '', '', '', 'one peer']);
  expect(rows(egress)).toEqual(['egress all * 0.0.0.0/0']);
});

test.each<[string, object, string]>([
  ['tcp', { protocol: 'TCP', from_port: 1, to_port: 2 }, '6 1-2'],
  ['tcp by number, ports as text', { protocol: '6', from_port: '0', to_port: '65535' }, '6 0-65535'],
  ['udp', { protocol: 'udp', from_port: 53, to_port: 53 }, '17 53-53'],
  ['all', { protocol: 'all', from_port: 0, to_port: 0 }, 'all *'],
  ['-1 as a number', { protocol: -1, from_port: 0, to_port: 0 }, 'all *'],
  ['icmp type and code', { protocol: 'icmp', from_port: 8, to_port: 0 }, '1 8/0'],
  ['any icmp', { protocol: 'icmp', from_port: -1, to_port: -1 }, '1 -1/-1'],
  ['icmpv6', { protocol: 'icmpv6', from_port: -1, to_port: -1 }, '58 -1/-1'],
  ['esp, whose ports AWS ignores', { protocol: '50', from_port: 1, to_port: 2 }, '50 *'],
])('protocol: %s', (_, rule, expected) => {
  const one = { vpc_id, ingress: [{ ...rule, cidr_blocks: ['0.0.0.0/0'] }] };
  expect(rows(group({ aws_security_group: { one } }).ingress)).toEqual([`ingress[0] ${expected} 0.0.0.0/0`]);
});

test('rules of their own are read in all three styles', () => {
  const tcp = { ip_protocol: 'tcp', from_port: 443, to_port: 443, security_group_id };
  const legacy = { protocol: 'tcp', from_port: 22, to_port: 22, security_group_id };
  const { ingress, egress } = group({
    aws_vpc_endpoint: {
      s3: { vpc_id, service_name: 'com.amazonaws.eu-west-1.s3' },
    },
    aws_vpc_security_group_ingress_rule: {
      any: { ...tcp, cidr_ipv4: '0.0.0.0/0' },
      peer: { ...tcp, referenced_security_group_id: two },
      all: { security_group_id, ip_protocol: '-1', cidr_ipv6: '2001:db8::/32' },
    },
    aws_vpc_security_group_egress_rule: {
      s3: { ...tcp, prefix_list_id: ref('aws_vpc_endpoint.s3.prefix_list_id') },
    },
    aws_security_group_rule: {
      many: { ...legacy, type: 'ingress', cidr_blocks: ['10.0.0.0/8', '172.16.0.0/12'] },
      self: { ...legacy, type: 'ingress', self: true },
      source: { ...legacy, type: 'egress', source_security_group_id: two },
    },
  });
  expect(rows(ingress)).toEqual([
    'aws_vpc_security_group_ingress_rule.all all * 2001:db8::/32',
    'aws_vpc_security_group_ingress_rule.any 6 443-443 0.0.0.0/0',
    'aws_vpc_security_group_ingress_rule.peer 6 443-443 aws_security_group.two',
    'aws_security_group_rule.many.cidr_blocks[0] 6 22-22 10.0.0.0/8',
    'aws_security_group_rule.many.cidr_blocks[1] 6 22-22 172.16.0.0/12',
    'aws_security_group_rule.self 6 22-22 aws_security_group.one',
  ]);
  expect(rows(egress)).toEqual([
    'aws_vpc_security_group_egress_rule.s3 6 443-443 aws_vpc_endpoint.s3',
    'aws_security_group_rule.source 6 22-22 aws_security_group.two',
  ]);
  expect(egress[0]?.peer).toEqual({
    kind: 'prefix-list',
    address: 'aws_vpc_endpoint.s3',
    cidrs: ['192.0.2.0/25'],
  });
});

test('a prefix list is found by the name that a data source gives', () => {
  const rule = {
    security_group_id,
    ip_protocol: 'tcp',
    from_port: 443,
    to_port: 443,
    prefix_list_id: ref('data.aws_prefix_list.dynamo.id'),
  };
  const data = { aws_prefix_list: { dynamo: { name: 'com.amazonaws.eu-west-1.dynamodb' } } };
  const { egress } = group({ aws_vpc_security_group_egress_rule: { rule } }, 'aws_security_group.one', {
    data,
  });
  expect(egress[0]?.peer).toMatchObject({
    address: 'data.aws_prefix_list.dynamo',
    cidrs: ['192.0.2.128/25'],
  });
});

test("the default group that nobody adopts keeps AWS's rules", () => {
  const address = 'aws_vpc.main.default_security_group';
  const { ingress, egress, name } = group({}, address);
  expect(name).toBe('default');
  expect(rows(ingress)).toEqual([`${address}.ingress[0] all * ${address}`]);
  expect(rows(egress)).toEqual([`${address}.egress[0] all * 0.0.0.0/0`]);
});

test('the default group that is adopted has what it declares, and nothing else', () => {
  const egress = [{ protocol: 'tcp', from_port: 443, to_port: 443, cidr_blocks: ['0.0.0.0/0'] }];
  const resources = {
    aws_default_security_group: { mine: { vpc_id, egress } },
    aws_vpc_security_group_ingress_rule: {
      peer: {
        security_group_id,
        ip_protocol: '-1',
        referenced_security_group_id: ref('aws_vpc.main.default_security_group_id'),
      },
    },
  };
  const adopted = group(resources, 'aws_default_security_group.mine');
  expect([rows(adopted.ingress), rows(adopted.egress)]).toEqual([
    [],
    ['aws_default_security_group.mine.egress[0] 6 443-443 0.0.0.0/0'],
  ]);
  expect(rows(group(resources).ingress)).toEqual([
    'aws_vpc_security_group_ingress_rule.peer all * aws_default_security_group.mine',
  ]);
  const addresses = modelOf(resources).securityGroups.map(({ address }) => address);
  expect(addresses).not.toContain('aws_vpc.main.default_security_group');
});

test('what is only told to people may be unknown', () => {
  const description = `for ${ref('aws_vpc.main.arn')}`;
  const rule = { security_group_id, ip_protocol: '-1', cidr_ipv4: '0.0.0.0/0', description };
  const { ingress } = group({ aws_vpc_security_group_ingress_rule: { rule } });
  expect(ingress[0]?.description).toBe('');
});

const single = { security_group_id, ip_protocol: 'tcp', from_port: 1, to_port: 1, cidr_ipv4: '0.0.0.0/0' };
const inline = { protocol: 'tcp', from_port: 1, to_port: 1, cidr_blocks: ['0.0.0.0/0'] };
const rule = (changes: object) => ({ aws_vpc_security_group_ingress_rule: { r: { ...single, ...changes } } });
const IN_RULE = 'aws_vpc_security_group_ingress_rule.r';

test.each<[string, Resources, string]>([
  [
    'a block with host bits',
    rule({ cidr_ipv4: '10.0.0.1/8' }),
    `INVALID ${IN_RULE} cidr_ipv4: "10.0.0.1/8" has host bits`,
  ],
  [
    'a block with a line break, in one line',
    rule({ cidr_ipv4: '10.0.0.0/8\nx' }),
    `INVALID ${IN_RULE} cidr_ipv4: "10.0.0.0/8\nx" is not an IPv4 CIDR block`,
  ],
  [
    'no block',
    rule({ cidr_ipv4: '10.0.0.0/99' }),
    `INVALID ${IN_RULE} cidr_ipv4: "10.0.0.0/99" is not an IPv4 CIDR block`,
  ],
  [
    'IPv6 for IPv4',
    rule({ cidr_ipv4: '::/0' }),
    `INVALID ${IN_RULE} cidr_ipv4: "::/0" is not an IPv4 CIDR block`,
  ],
  ['a port above 65535', rule({ to_port: 65_536 }), `INVALID ${IN_RULE} to_port: 65536 is not a port`],
  ['a port that is not whole', rule({ from_port: 0.5 }), `INVALID ${IN_RULE} from_port: 0.5 is not a port`],
  [
    'ports in the wrong order',
    rule({ from_port: 2 }),
    `INVALID ${IN_RULE} to_port: it is less than from_port 2`,
  ],
  ['no ports', rule({ from_port: null }), `INVALID ${IN_RULE} from_port: it is missing`],
  [
    'a protocol that nobody knows',
    rule({ ip_protocol: 'tpc' }),
    `INVALID ${IN_RULE} ip_protocol: "tpc" is not a protocol that is known`,
  ],
  [
    'a protocol number above 255',
    rule({ ip_protocol: '256' }),
    `INVALID ${IN_RULE} ip_protocol: "256" is not a protocol that is known`,
  ],
  [
    'an ICMP type above 255',
    rule({ ip_protocol: 'icmp', from_port: 256 }),
    `INVALID ${IN_RULE} from_port: 256 is out of range`,
  ],
  ['no peer', rule({ cidr_ipv4: null }), `INVALID ${IN_RULE}: the rule names no peer`],
  ['two peers', rule({ cidr_ipv6: '::/0' }), `INVALID ${IN_RULE} cidr_ipv6: the rule names a peer already`],
  [
    "a group's ARN for its id",
    rule({ security_group_id: ref('aws_security_group.one.arn') }),
    `INVALID ${IN_RULE} security_group_id: aws_security_group.one.arn does not identify an aws_security_group of this configuration`,
  ],
  [
    'another kind of resource',
    rule({ security_group_id: ref('aws_vpc.main.id') }),
    `INVALID ${IN_RULE} security_group_id: aws_vpc.main.id does not identify an aws_security_group of this configuration`,
  ],
  [
    'the same rule twice',
    { aws_vpc_security_group_ingress_rule: { r: single, s: { ...single, description: 'again' } } },
    'INVALID aws_vpc_security_group_ingress_rule.s cidr_ipv4: it says the same as aws_vpc_security_group_ingress_rule.r, and AWS refuses a rule that exists',
  ],
  [
    'inline and standalone rules on one group',
    { ...rule({}), aws_security_group: { one: { vpc_id, ingress: [inline] } } },
    `INVALID ${IN_RULE} security_group_id: aws_security_group.one has its ingress rules inline, and the provider would remove this one`,
  ],
  [
    'an empty inline list beside standalone rules',
    { ...rule({}), aws_security_group: { one: { vpc_id, ingress: [] } } },
    `INVALID ${IN_RULE} security_group_id: aws_security_group.one has its ingress rules inline, and the provider would remove this one`,
  ],
  [
    'a direction that is none',
    { aws_security_group_rule: { r: { ...inline, type: 'in', security_group_id } } },
    'INVALID aws_security_group_rule.r type: "in" is not a direction',
  ],
  [
    'an inline block without peer',
    { aws_security_group: { one: { vpc_id, egress: [{ ...inline, cidr_blocks: [] }] } } },
    'INVALID aws_security_group.one egress[0]: the rule names no peer',
  ],
  [
    'an inline item that is no block',
    { aws_security_group: { one: { vpc_id, ingress: [{ ...inline, cidr_blocks: ['0.0.0.0/0', 'x'] }] } } },
    'INVALID aws_security_group.one ingress[0].cidr_blocks[1]: "x" is not an IPv4 CIDR block',
  ],
  [
    'a group of another VPC as peer',
    {
      ...rule({ cidr_ipv4: null, referenced_security_group_id: ref('aws_security_group.far.id') }),
      aws_vpc: { far: { cidr_block: '10.9.0.0/16' } },
      aws_security_group: { far: { vpc_id: ref('aws_vpc.far.id') } },
    },
    `INVALID ${IN_RULE} referenced_security_group_id: aws_security_group.far belongs to aws_vpc.far, aws_security_group.one to aws_vpc.main`,
  ],
  [
    'the default group adopted twice',
    { aws_default_security_group: { a: { vpc_id }, b: { vpc_id } } },
    'INVALID aws_default_security_group.b vpc_id: aws_default_security_group.a already adopts the default group of aws_vpc.main',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});
