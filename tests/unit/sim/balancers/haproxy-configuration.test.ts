import { expect, test } from 'vitest';
import { planBalancers } from '../../../../sim/balancers/plan-balancers.ts';
import { readBalancerSettings } from '../../../../sim/balancers/settings.ts';
import { buildVpcModel } from '../../../../sim/vpc/index.ts';
import { configurationOf } from '../terraform/written.ts';
import { BASE, type Resources, ref } from '../vpc/written-vpc.ts';

const subnets = [ref('aws_subnet.a.id'), ref('aws_subnet.b.id')];
const machine = (zone: 'a' | 'b') => ({
  ami: 'x',
  instance_type: 'x',
  subnet_id: ref(`aws_subnet.${zone}.id`),
  vpc_security_group_ids: [ref('aws_security_group.one.id')],
});
const forward = (group: string) => [
  { type: 'forward', target_group_arn: ref(`aws_lb_target_group.${group}.arn`) },
];
const registered = (group: string, target: string) => ({
  target_group_arn: ref(`aws_lb_target_group.${group}.arn`),
  target_id: ref(`aws_instance.${target}.id`),
});

interface Written {
  readonly balancer: object;
  readonly listeners: Readonly<Record<string, object>>;
  readonly groups?: Readonly<Record<string, object>>;
  readonly rules?: Readonly<Record<string, object>>;
}

/** One load balancer with an interface in each zone, and one machine in each, in every group. */
function planned({ balancer, listeners, groups = { web: {} }, rules = {} }: Written) {
  const vpc_id = ref('aws_vpc.main.id');
  const each = (blocks: Readonly<Record<string, object>>, more: object) =>
    Object.fromEntries(Object.entries(blocks).map(([name, block]) => [name, { ...more, ...block }]));
  const resource: Resources = {
    ...BASE,
    aws_instance: { a: machine('a'), b: machine('b') },
    aws_lb: { it: { subnets, security_groups: [ref('aws_security_group.one.id')], ...balancer } },
    aws_lb_listener: each(listeners, { load_balancer_arn: ref('aws_lb.it.arn') }),
    aws_lb_listener_rule: each(rules, { listener_arn: ref('aws_lb_listener.http.arn') }),
    aws_lb_target_group: each(groups, { vpc_id, port: 8080, protocol: 'HTTP' }),
    aws_lb_target_group_attachment: Object.fromEntries(
      Object.keys(groups).flatMap((group) =>
        ['a', 'b'].map((target) => [`${group}_${target}`, registered(group, target)]),
      ),
    ),
  };
  const configuration = configurationOf({ provider: { aws: [{ region: 'eu-west-1' }] }, resource });
  return planBalancers(buildVpcModel(configuration), readBalancerSettings(configuration));
}

/** Of the interface in the first zone. */
function linesOf(written: Written): readonly string[] {
  const [first] = planned(written).processes;
  return (first?.configuration ?? '').split('\n').map((line) => line.trim());
}

const http = { port: 80, protocol: 'HTTP', default_action: forward('web') };
const tcp = { port: 80, protocol: 'TCP', default_action: forward('web') };
const tcpGroup = { web: { protocol: 'TCP' } };
const serversOf = (lines: readonly string[]) =>
  lines.flatMap((line) => /^server (\S+)/.exec(line)?.[1] ?? []);

test.each([
  [
    'an application balancer sends to both zones',
    { balancer: {}, listeners: { http } },
    ['a-0:8080', 'b-0:8080'],
  ],
  [
    'a target group that keeps to its zone, to its own',
    { balancer: {}, listeners: { http }, groups: { web: { load_balancing_cross_zone_enabled: 'false' } } },
    ['a-0:8080'],
  ],
  [
    'a network balancer, to its own',
    { balancer: { load_balancer_type: 'network' }, listeners: { tcp }, groups: tcpGroup },
    ['a-0:8080'],
  ],
  [
    'a network balancer that crosses zones, to both',
    {
      balancer: { load_balancer_type: 'network', enable_cross_zone_load_balancing: true },
      listeners: { tcp },
      groups: tcpGroup,
    },
    ['a-0:8080', 'b-0:8080'],
  ],
])('%s', (_, written, servers) => {
  expect(serversOf(linesOf(written))).toStrictEqual(servers);
});

test.each([
  [{}, 'timeout client 60s'],
  [{ idle_timeout: 300 }, 'timeout client 300s'],
  [{ load_balancer_type: 'network' }, 'timeout client 350s'],
])('ends idle connections as AWS does: %o', (balancer, line) => {
  const listeners = 'load_balancer_type' in balancer ? { tcp } : { http };
  expect(linesOf({ balancer, listeners, groups: 'tcp' in listeners ? tcpGroup : { web: {} } })).toContain(
    line,
  );
});

test.each([
  [
    'the group’s own statuses',
    { health_check: { matcher: '200-299,302', path: '/up' } },
    'http-check expect status 200-299,302',
  ],
  ['AWS’s default', {}, 'http-check expect status 200'],
  ['its path, whatever is in it', { health_check: { path: '/"a b#$' } }, 'uri "/\\x22a b\\x23\\x24" ver'],
  ['another port', { health_check: { port: '9000' } }, 'check port 9000 no-check-ssl'],
  [
    'TLS to the target',
    { protocol: 'HTTPS', health_check: { protocol: 'HTTPS' } },
    'ssl verify none check port 8080 check-ssl verify none',
  ],
])('checks health by %s', (_, group, line) => {
  expect(linesOf({ balancer: {}, listeners: { http }, groups: { web: group } }).join('\n')).toContain(line);
});

test('draws among weighted groups, and sends nothing to one of weight 0', () => {
  const target = (group: string, weight: number) => ({
    arn: ref(`aws_lb_target_group.${group}.arn`),
    weight,
  });
  const action = [
    { type: 'forward', forward: { target_group: [target('blue', 3), target('green', 1), target('old', 0)] } },
  ];
  const lines = linesOf({
    balancer: {},
    listeners: { http: { ...http, default_action: action } },
    groups: { blue: {}, green: {}, old: {} },
  });
  expect(lines.filter((line) => line.startsWith('use_backend'))).toStrictEqual([
    'use_backend aws_lb_target_group.blue:0 if { var(txn.rule) -m int 0 } { rand(4) lt 3 }',
    'use_backend aws_lb_target_group.green:1 if { var(txn.rule) -m int 0 }',
  ]);
});

test('writes patterns and texts so that they end no line and no word', () => {
  const rule = {
    priority: 1,
    condition: [{ path_pattern: { values: ["/it's/?\nglobal *", '/b"'] } }],
    action: [
      {
        type: 'fixed-response',
        fixed_response: { content_type: 'text/plain', status_code: '200', message_body: '"\n    bind *:1' },
      },
    ],
  };
  const [first] = planned({ balancer: {}, listeners: { http }, rules: { rule } }).processes;
  const { configuration = '' } = first ?? {};
  expect(configuration).toContain(
    "{ path -m reg '^\\x2fit\\x27s\\x2f.\\x0aglobal\\x20.*$' '^\\x2fb\\x22$' }",
  );
  expect(configuration).toContain('string "\\x22\\x0a    bind \\x2a:1"');
  expect(configuration.match(/^ *bind/gm)).toHaveLength(1);
});

test('lists by name what is not run, and runs the rest', () => {
  const { processes, notSimulated } = planned({
    balancer: { load_balancer_type: 'network' },
    listeners: {
      tcp,
      dns: { ...tcp, port: 53, protocol: 'TCP_UDP' },
      udp: { ...tcp, port: 514, protocol: 'UDP' },
    },
    groups: tcpGroup,
  });
  expect(processes.map(({ id, ports }) => [id, ports])).toStrictEqual([
    ['lb-it-0', [53, 80]],
    ['lb-it-1', [53, 80]],
  ]);
  expect(notSimulated.map(({ address, text }) => `${address}: ${text.split(':')[0]}`)).toStrictEqual([
    'aws_lb_listener.dns: its UDP half is not run',
    'aws_lb_listener.udp: it is not run',
    'aws_lb_target_group.web: its targets see the balancer’s address, not the client’s',
  ]);
});

test('needs neither HAProxy nor a certificate where nothing listens', () => {
  expect(planned({ balancer: {}, listeners: {} })).toStrictEqual({ processes: [], notSimulated: [] });
});
