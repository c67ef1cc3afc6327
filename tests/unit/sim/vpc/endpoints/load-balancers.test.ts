import { expect, test } from 'vitest';
import type { LoadBalancerListener, LoadBalancerTarget } from '../../../../../sim/vpc/model.ts';
import { modelOf, type Resources, ref, refusalOf } from '../written-vpc.ts';
import { endpointRows } from './endpoint-rows.ts';

const vpc_id = ref('aws_vpc.main.id');
const [a, b] = [ref('aws_subnet.a.id'), ref('aws_subnet.b.id')];
const one = ref('aws_security_group.one.id');
const application = { subnets: [b, a], security_groups: [one] };
const rows = (rest: string) => [`aws_lb.l#0 load-balancer a ${rest}`, `aws_lb.l#1 load-balancer b ${rest}`];
const balancer = (changes: object): Resources => ({ aws_lb: { l: { ...application, ...changes } } });
const network = { load_balancer_type: 'network', security_groups: null };
const unknown = ref('aws_vpc.main.n');

test.each<[string, Resources, readonly string[]]>([
  ['a network’s, alone', balancer({ ...network, subnets: [a] }), rows('unfiltered public').slice(0, 1)],
  ['internet-facing', balancer({}), rows('one public')],
  ['internal', balancer({ internal: true }), rows('one')],
  ['internal or not', balancer({ internal: unknown }), rows('one public?')],
  ['an application’s without groups', balancer({ security_groups: null }), rows('default_group public')],
  ['a network’s without groups', balancer(network), rows('unfiltered public')],
  [
    'groups not known',
    balancer({ ...network, security_groups: ['sg-1'] }),
    rows('unfiltered public groups?'),
  ],
  [
    'subnets by mappings',
    balancer({ subnets: null, subnet_mapping: [{ subnet_id: a }, { subnet_id: b }] }),
    rows('one public'),
  ],
  [
    'a subnet not known',
    balancer({ subnets: [a, 'subnet-1'] }),
    [
      'aws_lb.l#0 load-balancer a one public',
      'unplaced aws_lb.l#1: subnets[1]: it is not a reference to a resource',
    ],
  ],
  [
    'a gateway',
    balancer({ load_balancer_type: 'gateway' }),
    [
      'unplaced aws_lb.l#0: a gateway load balancer is not modelled',
      'unmodelled aws_lb.l: packets that pass aws_lb.l',
    ],
  ],
  [
    'the classic one',
    { aws_elb: { l: application } },
    rows('one public').map((row) => row.replace('aws_lb', 'aws_elb')),
  ],
  [
    'by its other name',
    { aws_alb: { l: application } },
    rows('one public').map((row) => row.replace('aws_lb', 'aws_alb')),
  ],
])('a load balancer has an interface in each subnet: %s', (_, resources, expected) => {
  const short = (row: string) => row.replaceAll('aws_vpc.main.default_security_group', 'default_group');
  expect(endpointRows(resources).map(short)).toEqual(expected);
});

test('a network’s fixed addresses are kept', () => {
  const subnet_mapping = [
    { subnet_id: b, private_ipv4_address: '10.0.2.9' },
    { subnet_id: a, private_ipv4_address: '10.0.1.9' },
  ];
  const { interfaces } = modelOf(balancer({ ...network, internal: true, subnets: null, subnet_mapping }));
  expect(interfaces.map(({ privateAddress }) => privateAddress)).toEqual(['10.0.1.9', '10.0.2.9']);
});

const listener = {
  load_balancer_arn: ref('aws_lb.l.arn'),
  port: 443,
  protocol: 'HTTPS',
  default_action: { type: 'forward', target_group_arn: ref('aws_lb_target_group.t.arn') },
};
const targetGroup = { vpc_id, port: 8080, protocol: 'HTTP', health_check: { path: '/healthz' } };
const machine = { subnet_id: a, vpc_security_group_ids: [one] };
const attached = (target_id: string, changes: object = {}) => ({
  target_group_arn: ref('aws_lb_target_group.t.arn'),
  target_id,
  ...changes,
});

function listeners(resources: Resources): readonly LoadBalancerListener[] {
  const { loadBalancers } = modelOf({
    ...balancer({}),
    aws_lb_target_group: { t: targetGroup },
    aws_lb_listener: { h: listener },
    ...resources,
  });
  return loadBalancers.flatMap((one) => one.listeners);
}

const brief = ({ address, port, interfaces }: LoadBalancerTarget) =>
  `${address} ${port} ${interfaces.join(',')}`;
const targets = (resources: Resources) => listeners(resources).flatMap((one) => one.targets.map(brief));

test('a load balancer knows its interfaces and what it sends where', () => {
  const { loadBalancers } = modelOf({
    ...balancer({ internal: true }),
    aws_lb_target_group: { t: targetGroup },
    aws_lb_listener: { h: listener },
    aws_instance: { m: machine },
    aws_lb_target_group_attachment: { m: attached(ref('aws_instance.m.id')) },
  });
  expect(loadBalancers).toMatchObject([
    {
      address: 'aws_lb.l',
      kind: 'application',
      isInternal: true,
      interfaces: ['lb-l-0', 'lb-l-1'],
      listeners: [
        {
          address: 'aws_lb_listener.h',
          port: 443,
          protocol: 'HTTPS',
          targets: [
            {
              address: 'aws_lb_target_group.t',
              port: 8080,
              protocol: 'HTTP',
              interfaces: ['m-0'],
              preservesClientAddress: false,
              healthCheck: { port: 8080, protocol: 'HTTP', path: '/healthz' },
            },
          ],
        },
      ],
    },
  ]);
});

const scaling = {
  min_size: 2,
  max_size: 2,
  vpc_zone_identifier: [a, b],
  launch_template: { id: ref('aws_launch_template.t.id') },
};
const aws_launch_template = { t: { vpc_security_group_ids: [one] } };

test.each<[string, Resources, readonly string[]]>([
  ['nothing', {}, ['aws_lb_target_group.t 8080 ']],
  [
    'a machine, and another on a port of its own',
    {
      aws_instance: { m: machine, n: machine },
      aws_lb_target_group_attachment: {
        m: attached(ref('aws_instance.m.id')),
        n: attached(ref('aws_instance.n.id'), { port: 9090 }),
      },
    },
    ['aws_lb_target_group.t 8080 m-0', 'aws_lb_target_group.t 9090 n-0'],
  ],
  [
    'an address',
    {
      aws_instance: { m: { ...machine, private_ip: '10.0.1.9' } },
      aws_lb_target_group_attachment: { m: attached('10.0.1.9') },
    },
    ['aws_lb_target_group.t 8080 m-0'],
  ],
  [
    'a group of machines that names it',
    {
      aws_launch_template,
      aws_autoscaling_group: { g: { ...scaling, target_group_arns: [ref('aws_lb_target_group.t.arn')] } },
    },
    ['aws_lb_target_group.t 8080 g-0,g-1'],
  ],
  [
    'a group of machines that is attached',
    {
      aws_launch_template,
      aws_autoscaling_group: { g: scaling },
      aws_autoscaling_attachment: {
        x: {
          autoscaling_group_name: ref('aws_autoscaling_group.g.id'),
          lb_target_group_arn: ref('aws_lb_target_group.t.arn'),
        },
      },
    },
    ['aws_lb_target_group.t 8080 g-0,g-1'],
  ],
  [
    'tasks, on the port of their container',
    {
      aws_ecs_service: {
        s: {
          network_configuration: { subnets: [a], security_groups: [one] },
          load_balancer: {
            target_group_arn: ref('aws_lb_target_group.t.arn'),
            container_name: 's',
            container_port: 3000,
          },
        },
      },
    },
    ['aws_lb_target_group.t 3000 ecs-s-0'],
  ],
])('a target group has what is registered: %s', (_, resources, expected) => {
  expect(targets(resources)).toEqual(expected);
});

test.each<[object, boolean]>([
  [{ protocol: 'TCP' }, true],
  [{ protocol: 'TCP', target_type: 'ip' }, false],
  [{ protocol: 'TLS', target_type: 'ip' }, false],
  [{ protocol: 'UDP', target_type: 'ip' }, true],
  [{ protocol: 'TCP_UDP', target_type: 'ip' }, true],
  [{ protocol: 'TCP', target_type: 'alb' }, true],
  [{ protocol: 'TCP', preserve_client_ip: false }, false],
  [{ protocol: 'TCP', target_type: 'ip', preserve_client_ip: 'true' }, true],
  [{ protocol: 'HTTP' }, false],
])('whether targets see the client’s address: %j', (changes, expected) => {
  const [found] = listeners({ aws_lb_target_group: { t: { ...targetGroup, ...changes } } });
  expect(found?.targets[0]?.preservesClientAddress).toBe(expected);
});

test('a listener that answers by itself sends nowhere, and its rules come by priority', () => {
  const rule = (priority: number, condition: object) => ({
    listener_arn: ref('aws_lb_listener.h.arn'),
    priority,
    condition,
    action: listener.default_action,
  });
  const redirect = {
    type: 'redirect',
    redirect: { port: '443', protocol: 'HTTPS', status_code: 'HTTP_301' },
  };
  const fixed = {
    type: 'fixed-response',
    fixed_response: { content_type: 'text/plain', status_code: '404' },
  };
  const found = listeners({
    aws_lb_listener: {
      h: { ...listener, default_action: fixed },
      plain: { ...listener, port: 80, protocol: 'HTTP', default_action: redirect },
    },
    aws_lb_listener_rule: {
      late: rule(20, { host_header: { values: ['*.example.org'] } }),
      early: rule(10, { path_pattern: { values: ['/api/*'] } }),
    },
  });
  expect(found).toMatchObject([
    {
      port: 80,
      targets: [],
      answer: { kind: 'redirect', status: 301, location: 'https://#{host}:443/#{path}?#{query}' },
    },
    {
      port: 443,
      targets: [],
      answer: { kind: 'fixed-response', status: 404 },
      rules: [
        { priority: 10, paths: ['/api/*'], targets: [{ address: 'aws_lb_target_group.t' }] },
        { priority: 20, hosts: ['*.example.org'], targets: [{ address: 'aws_lb_target_group.t' }] },
      ],
    },
  ]);
});

test('weighted and authenticated actions send to every group that they name', () => {
  const default_action = [
    { type: 'authenticate-oidc', order: 1, authenticate_oidc: {} },
    {
      type: 'forward',
      order: 2,
      forward: {
        target_group: [
          { arn: ref('aws_lb_target_group.t.arn'), weight: 1 },
          { arn: ref('aws_lb_target_group.u.arn'), weight: 9 },
        ],
      },
    },
  ];
  expect(
    targets({
      aws_lb_target_group: { t: targetGroup, u: { ...targetGroup, port: 9000 } },
      aws_lb_listener: { h: { ...listener, default_action } },
    }),
  ).toEqual(['aws_lb_target_group.t 8080 ', 'aws_lb_target_group.u 9000 ']);
});

test('the classic one sends to its machines', () => {
  const { loadBalancers } = modelOf({
    aws_instance: { m: machine, n: machine },
    aws_elb: {
      l: {
        ...application,
        instances: [ref('aws_instance.m.id')],
        listener: { lb_port: 80, lb_protocol: 'http', instance_port: 8000, instance_protocol: 'http' },
        health_check: { target: 'HTTP:8001/up' },
      },
    },
    aws_elb_attachment: { n: { elb: ref('aws_elb.l.id'), instance: ref('aws_instance.n.id') } },
  });
  expect(loadBalancers).toMatchObject([
    {
      kind: 'application',
      listeners: [
        {
          address: 'aws_elb.l.listener[0]',
          port: 80,
          protocol: 'HTTP',
          targets: [
            {
              port: 8000,
              interfaces: ['m-0', 'n-0'],
              healthCheck: { port: 8001, protocol: 'HTTP', path: '/up' },
            },
          ],
        },
      ],
    },
  ]);
});

test('targets that are not of this configuration are listed', () => {
  const found = endpointRows(
    {
      aws_instance: { m: machine },
      aws_lb_target_group: { t: targetGroup },
      aws_lb_target_group_attachment: { x: attached(ref('data.aws_instance.other.id')) },
      aws_autoscaling_attachment: {
        y: { autoscaling_group_name: ref('data.aws_autoscaling_group.other.id') },
      },
    },
    { data: { aws_instance: { other: {} }, aws_autoscaling_group: { other: {} } } },
  );
  expect(found.filter((row) => row.startsWith('unmodelled'))).toEqual([
    'unmodelled aws_autoscaling_attachment.y: which load balancers send to aws_autoscaling_attachment.y',
    "unmodelled aws_lb_target_group_attachment.x: what aws_lb_target_group_attachment.x adds to a load balancer's targets",
  ]);
});

test.each<[string, Resources, string]>([
  [
    'an application’s in one subnet',
    balancer({ subnets: [a] }),
    'INVALID aws_lb.l subnets: it has aws_subnet.a alone, and AWS asks for subnets in two zones',
  ],
  [
    'two subnets of one zone',
    {
      aws_subnet: { c: { vpc_id, cidr_block: '10.0.3.0/24', availability_zone: 'eu-west-1a' } },
      ...balancer({ subnets: [a, ref('aws_subnet.c.id')] }),
    },
    'INVALID aws_lb.l subnets: aws_subnet.a and aws_subnet.c are both in eu-west-1a, and AWS takes one subnet a zone',
  ],
  ['no subnet', balancer({ subnets: [] }), 'INVALID aws_lb.l subnets: it has no subnet'],
  [
    'a type that is none',
    balancer({ load_balancer_type: 'quantum' }),
    'INVALID aws_lb.l load_balancer_type: "quantum" is not a type of load balancer',
  ],
  [
    'a port out of range',
    { ...balancer({}), aws_lb_target_group: { t: { ...targetGroup, port: 65_536 } } },
    'INVALID aws_lb_target_group.t port: 65536 is not a port',
  ],
  [
    'a target’s port out of range',
    {
      aws_instance: { m: machine },
      aws_lb_target_group: { t: targetGroup },
      aws_lb_target_group_attachment: { x: attached(ref('aws_instance.m.id'), { port: 0 }) },
    },
    'INVALID aws_lb_target_group_attachment.x port: 0 is not a port',
  ],
  [
    'a listener’s port out of range',
    {
      ...balancer({}),
      aws_lb_target_group: { t: targetGroup },
      aws_lb_listener: { h: { ...listener, port: 70_000 } },
    },
    'INVALID aws_lb_listener.h port: 70000 is not a port',
  ],
  [
    'an elastic address in two mappings',
    {
      aws_eip: { e: {} },
      ...balancer({
        ...network,
        subnets: null,
        subnet_mapping: [
          { subnet_id: a, allocation_id: ref('aws_eip.e.id') },
          { subnet_id: b, allocation_id: ref('aws_eip.e.id') },
        ],
      }),
    },
    'INVALID aws_lb.l subnet_mapping[1].allocation_id: aws_lb.l#0 has aws_eip.e already',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});
