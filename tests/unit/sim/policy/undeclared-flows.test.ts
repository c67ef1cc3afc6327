/** What gets through must be allowed, and nothing may be what never may: of members, ranges, protocols and families. */
import { expect, test } from 'vitest';
import type { Flow } from '../../../../sim/prove/index.ts';
import type { SecurityGroupRule } from '../../../../sim/vpc/model.ts';
import { group, rule, smallNetwork } from '../verify/small-network.ts';
import { asked, check, flow, never, optional, unknown, violations, withOffice } from './policy-checks.ts';

test.each<[string, string, Flow]>([
  [
    'a Terraform address',
    'from: aws_lb.front, to: "aws_instance.app[\\"a\\"]"',
    flow('aws_lb.front', 'aws_instance.app["a"]'),
  ],
  ['a group for its member', 'from: aws_lb.front, to: "*"', flow('aws_lb.front#1', 'aws_instance.app["a"]')],
  [
    'all members for their group',
    'from: ["aws_lb.front#0", "aws_lb.front#1"], to: "*"',
    flow('aws_lb.front', 'aws_instance.app["a"]'),
  ],
  ['a glob', 'from: "aws_l*", to: "aws_instance.app[*"', flow('aws_lb.front', 'aws_instance.app["b"]')],
  ['a tier', 'from: tier:public, to: tier:private', flow('aws_lb.front', 'aws_instance.app["b"]')],
  ['a kind', 'from: "*", to: kind:database', flow('aws_lb.front', 'aws_db_instance.main')],
  ['a subnet', 'from: "*", to: "subnet:aws_subnet.private[*"', flow('aws_lb.front', 'aws_instance.app["a"]')],
  ['a zone', 'from: "*", to: zone:eu-west-1a', flow('aws_lb.front', 'aws_instance.app["a"]')],
  ['a VPC', 'from: "*", to: vpc:aws_vpc.main', flow('aws_lb.front', 'aws_db_instance.main#0')],
  [
    'a security group',
    'from: "*", to: security-group:aws_security_group.db',
    flow('aws_lb.front', 'aws_db_instance.main'),
  ],
  ['a tag', 'from: "*", to: tag:role=app', flow('aws_lb.front', 'aws_instance.app["b"]')],
  ['all but one', 'from: ["*", "!kind:database"], to: "*"', flow('aws_lb.front', 'aws_instance.app["b"]')],
  ['the internet', 'from: internet, to: aws_lb.front', flow('internet', 'aws_lb.front')],
  [
    'a public range of the internet',
    'from: internet, to: aws_lb.front',
    flow('198.51.100.0/24', 'aws_lb.front'),
  ],
  [
    'a range within a range',
    'from: 198.51.0.0/16, to: aws_lb.front',
    flow('198.51.100.0/24', 'aws_lb.front'),
  ],
])('allows by %s', (_, fields, row) => {
  expect(violations(optional(`${fields}, protocol: tcp, ports: 443`), [row])).toEqual([]);
  expect(violations('allow: []', [row])).toEqual([`undeclared-flow ${row.from} → ${row.to} 443-443`]);
});

test.each<[string, string, Flow, string]>([
  [
    'another endpoint',
    'from: aws_lb.front, to: aws_db_instance.main',
    flow('aws_lb.front', 'aws_instance.app["a"]'),
    '443-443',
  ],
  [
    'an address that only ends alike',
    'from: lb.front, to: "*"',
    flow('aws_lb.front', 'aws_instance.app["a"]'),
    '443-443',
  ],
  [
    'an address that only begins alike',
    'from: aws_lb.fron, to: "*"',
    flow('aws_lb.front', 'aws_instance.app["a"]'),
    '443-443',
  ],
  [
    'a dot that is no wildcard',
    'from: awsxlb.front, to: "*"',
    flow('aws_lb.front', 'aws_instance.app["a"]'),
    '443-443',
  ],
  [
    'another port',
    'from: "*", to: "*", ports: 444',
    flow('aws_lb.front', 'aws_instance.app["a"]'),
    '443-443',
  ],
  [
    'a part of the ports',
    'from: "*", to: "*", ports: "0-442"',
    flow('aws_lb.front', 'aws_instance.app["a"]', { ports: [{ from: 440, to: 450 }] }),
    '443-450',
  ],
  [
    'another family',
    'from: "*", to: "*", family: ipv6',
    flow('aws_lb.front', 'aws_instance.app["a"]'),
    '443-443',
  ],
  [
    'endpoints, where it comes from the internet',
    'from: "*", to: "*"',
    flow('internet', 'aws_lb.front'),
    '443-443',
  ],
  [
    'a range, where it comes from all of the internet',
    'from: 198.51.100.0/24, to: "*"',
    flow('internet', 'aws_lb.front'),
    '443-443',
  ],
  [
    'the internet, where it comes from a private range',
    'from: internet, to: "*"',
    flow('192.168.0.0/16', 'aws_lb.front'),
    '443-443',
  ],
  [
    'what is excepted',
    'from: ["*", "!aws_lb.*"], to: "*"',
    flow('aws_lb.front', 'aws_instance.app["a"]'),
    '443-443',
  ],
])('does not allow by %s', (_, fields, row, ports) => {
  expect(
    violations(optional(`${fields}, protocol: tcp`), [row]).filter((text) => text.startsWith('undeclared')),
  ).toEqual([`undeclared-flow ${row.from} → ${row.to} ${ports}`]);
});

test('does not allow udp, icmp, a number or what no rule names by tcp, and all of them by all', () => {
  const rows = ['udp', 'icmp', '50', 'other'].map((protocol) =>
    flow('aws_lb.front', 'aws_db_instance.main', { protocol, ports: [] }),
  );
  expect(violations(optional('from: "*", to: "*", protocol: tcp'), rows)).toHaveLength(4);
  expect(violations(optional('from: "*", to: "*", protocol: 50'), rows)).toHaveLength(3);
  expect(violations(optional('from: "*", to: "*", protocol: all'), rows)).toEqual([]);
});

test('names the members of a row that are not allowed, and no others', () => {
  const row = flow('aws_lb.front', 'aws_db_instance.main');
  expect(violations(optional('from: "aws_lb.front#0", to: "*", protocol: tcp'), [row])).toEqual([
    'undeclared-flow aws_lb.front#1 → aws_db_instance.main#0 443-443',
  ]);
});

test('counts what only arrives as getting through', () => {
  expect(violations('allow: []', [flow('internet', 'aws_lb.front', { verdict: never })])).toHaveLength(1);
});

test('asks, and accuses nobody, where delivery is unknown', () => {
  const { violations: found, questions } = check('allow: []', [
    flow('internet', 'aws_lb.front', { delivered: unknown, verdict: unknown }),
  ]);
  expect(found).toEqual([]);
  expect(questions.map(asked)).toEqual(['whether internet reaches aws_lb.front on tcp/443']);
  expect(questions[0]?.causes).toEqual([{ address: 'data.x.y', reason: 'later' }]);
});

const everything = '{ from: ["*", internet], to: ["*", internet], protocol: all, optional: true }';
const forbid = (fields: string) => `allow: [${everything}]\nnever: [{ ${fields} }]`;
test.each<[string, string, Flow, boolean]>([
  ['the flow itself', 'from: internet, to: aws_lb.front', flow('internet', 'aws_lb.front'), true],
  ['one member of a group', 'from: internet, to: "aws_lb.front#1"', flow('internet', 'aws_lb.front'), true],
  [
    'what only arrives',
    'from: internet, to: aws_lb.front',
    flow('internet', 'aws_lb.front', { verdict: never }),
    true,
  ],
  [
    'a range of the internet',
    'from: internet, to: aws_lb.front',
    flow('198.51.100.0/24', 'aws_lb.front'),
    true,
  ],
  [
    'a range that is told as the internet',
    'from: 203.0.113.0/24, to: aws_lb.front',
    flow('internet', 'aws_lb.front'),
    true,
  ],
  [
    'a number that is told with the others',
    'from: "*", to: "*", protocol: 47',
    flow('aws_lb.front', 'aws_db_instance.main', { protocol: 'other', ports: [] }),
    true,
  ],
  ['another target', 'from: internet, to: kind:database', flow('internet', 'aws_lb.front'), false],
  [
    'another port',
    'from: internet, to: aws_lb.front, protocol: tcp, ports: 22',
    flow('internet', 'aws_lb.front'),
    false,
  ],
  [
    'another family',
    'from: internet, to: aws_lb.front, family: ipv6',
    flow('internet', 'aws_lb.front'),
    false,
  ],
  [
    'a range that a rule singles out',
    'from: 198.51.100.0/25, to: aws_lb.front',
    flow('internet', 'aws_lb.front'),
    false,
  ],
])('forbids, or not: %s', (_, fields, row, isForbidden) => {
  const found = check(forbid(fields), [row], { model: withOffice }).violations.map(({ problem }) => problem);
  expect(found).toEqual(isForbidden ? ['forbidden-flow'] : []);
});

test('asks about a forbidden flow of which delivery is unknown', () => {
  const { violations: found, questions } = check(forbid('from: internet, to: aws_lb.front'), [
    flow('internet', 'aws_lb.front', { delivered: unknown, verdict: unknown }),
  ]);
  expect({ found, names: questions.map(({ item }) => item?.name) }).toEqual({
    found: [],
    names: ['never[0]'],
  });
});

test('finds rules for public addresses that open does not list, whether or not anything reaches them', () => {
  const model = smallNetwork({
    securityGroups: [
      group('web', {
        ingress: [
          rule('r.https', '0.0.0.0/0', { port: [443, 444] }),
          rule('r.office', '198.51.100.0/24', { port: 22 }),
          rule('r.inner', '10.0.0.0/8', { port: 9 }),
        ],
      }),
      group('db', { ingress: [rule('r.v6', '::/0', { port: 5432 })] }),
    ],
  });
  const opened = (list: string) =>
    check(`allow: []\nopen: ${list}`, [], { model }).violations.map(({ problem, rule: address, ports }) => [
      problem,
      address,
      ports[0]?.from,
    ]);
  expect(opened('[]')).toEqual([
    ['undeclared-opening', 'r.https', 443],
    ['undeclared-opening', 'r.office', 22],
    ['undeclared-opening', 'r.v6', 5432],
  ]);
  expect(
    opened(
      '[{ group: aws_security_group.web, protocol: tcp, ports: [22, 443] }, { group: "*.db", protocol: all }]',
    ),
  ).toEqual([['undeclared-opening', 'r.https', 444]]);
  expect(check('allow: []', [], { model }).violations).toEqual([]);
});

const byList = (...cidrs: string[]) =>
  ({ kind: 'prefix-list', address: 'aws_ec2_managed_prefix_list.own', cidrs }) as const;

test('finds a public block in a prefix list as it finds it in a rule, and none in a private list', () => {
  const model = smallNetwork({
    securityGroups: [
      group('web', {
        ingress: [
          rule('r.listed', byList('10.0.0.0/8', '0.0.0.0/0', '::/0'), { port: 22 }),
          rule('r.inner', byList('10.0.0.0/8', '192.168.0.0/16'), { port: 23 }),
        ],
      }),
    ],
  });
  const opened = (list: string) =>
    check(`allow: []\nopen: ${list}`, [], { model }).violations.map(
      ({ rule: address, from, family, ports }) => [address, from, family, ports[0]?.from],
    );
  expect(opened('[]')).toEqual([
    ['r.listed', 'internet', 4, 22],
    ['r.listed', 'internet', 6, 22],
  ]);
  expect(opened('[{ group: aws_security_group.web, protocol: tcp, ports: 22 }]')).toEqual([]);
});

test.each<[string, SecurityGroupRule['peer'], readonly string[]]>([
  ['nobody knows for whom', { kind: 'any' }, ['internet', 'internet']],
  ['is perhaps for everybody', { kind: 'cidr', cidr: '0.0.0.0/0' }, ['internet']],
  ['is perhaps for a range', byList('198.51.100.0/24'), ['198.51.100.0/24']],
  ['is for private addresses at most', { kind: 'cidr', cidr: '10.0.0.0/8' }, []],
])('asks of a rule that %s whether it is an opening, and accuses nobody', (_, peer, froms) => {
  const uncertain = { address: 'data.x.y', reason: 'known after apply' };
  const model = smallNetwork({
    securityGroups: [group('web', { ingress: [rule('r.maybe', peer, { port: 22, uncertain })] })],
  });
  const { violations: found, questions } = check('allow: []\nopen: []', [], { model });
  expect(found).toEqual([]);
  expect(questions).toEqual(
    froms.map((from) => ({
      from,
      to: 'aws_security_group.web',
      text: `whether r.maybe of aws_security_group.web is for ${from} on tcp/22`,
      causes: [uncertain],
    })),
  );
  const declared = 'open: [{ group: aws_security_group.web, protocol: tcp, ports: 22 }]';
  expect(check(`allow: []\n${declared}`, [], { model }).questions).toEqual([]);
});

test.each([
  ['allow', 'allow: [{ from: internet, to: aws_lb.frnt, protocol: tcp }]', 1],
  ['never', 'allow: []\nnever: [{ from: internet, to: aws_lb.frnt }]', 1],
  ['open', 'allow: []\nopen: [{ group: aws_security_group.wbe, protocol: tcp }]', 1],
  ['a list', 'allow: []\nnever: [{ from: internet, to: [aws_lb.frnt, "*"] }]', 1],
  ['an exception', 'allow: []\nnever: [{ from: internet, to: ["*", "!aws_lb.frnt"] }]', 1],
  ['a range of private addresses', 'allow: []\nnever: [{ from: 10.0.1.0/24, to: "*" }]', 1],
  [
    'a list of names that there are',
    'allow: []\nnever: [{ from: [internet, 203.0.113.0/24], to: ["*", "!kind:instance"] }]',
    0,
  ],
  ['an optional entry', optional('from: internet, to: aws_lb.frnt, protocol: tcp'), 0],
])('finds a name that nobody has: in %s', (_, policy, count) => {
  const found = check(policy, [], { model: smallNetwork({ securityGroups: [] }) }).violations.filter(
    ({ problem }) => problem === 'policy-names-nothing',
  );
  expect(found).toHaveLength(count);
});

test('asks of an endpoint without a place, and takes its name for known', () => {
  const cause = { address: 'x', reason: 'y' };
  const model = smallNetwork({
    unplaced: [{ endpoint: 'aws_instance.lost', address: 'aws_instance.lost', kind: 'instance', cause }],
  });
  const { violations: found, questions } = check(
    'allow: [{ from: aws_instance.lost, to: internet, protocol: tcp }]',
    [],
    { model },
  );
  expect({ found, questions: questions.map(asked) }).toEqual({
    found: [],
    questions: ['everything from and to aws_instance.lost'],
  });
});
