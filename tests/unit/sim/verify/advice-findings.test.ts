/** Warnings and notes: what is worth a look, and never changes the exit code. */
import {
  acl,
  appIngress,
  balancer,
  base,
  type Case,
  dualStack,
  ingress,
  innerRoutes,
  interfaces,
  listOf,
  task,
  testFindings,
  webAt,
} from './finding-cases.ts';
import { group, host, rule, subnet, withGroup } from './small-network.ts';

const logsEndpoint = interfaces(
  host('ep', '10.0.10.40', {
    group: 'app',
    kind: 'interface-endpoint',
    address: 'aws_vpc_endpoint.logs',
    endpoint: 'aws_vpc_endpoint.logs#0',
  }),
);

const cases: readonly Case[] = [
  {
    id: 'latent-opening',
    what: 'SSH for the world where the internet does not come',
    changes: appIngress(['r.ssh', '0.0.0.0/0', { port: 22, line: 66 }]),
    without: appIngress(['r.ssh', '0.0.0.0/0', { port: 8080, line: 66 }]),
    address: 'r.ssh',
    place: 'main.tf:66',
    message:
      /\(SSH\) is open to the world, and nothing reaches it: latent, until there is a way to aws_instance\.app/,
  },
  {
    id: 'latent-opening',
    what: 'SSH for a prefix list that holds the world, where the internet does not come',
    changes: appIngress(['r.ssh', listOf('10.0.0.0/16', '0.0.0.0/0'), { port: 22, line: 66 }]),
    without: appIngress(['r.ssh', listOf('10.0.0.0/16'), { port: 8080, line: 66 }]),
    address: 'r.ssh',
    place: 'main.tf:66',
    message: /\(SSH\) is open to the world, and nothing reaches it: latent/,
  },
  {
    id: 'peer-wider-than-network',
    what: 'a range around the VPC in a prefix list',
    changes: appIngress(['r.wide', listOf('10.0.0.0/15'), { port: 8080, line: 67 }]),
    without: appIngress(['r.wide', listOf('10.0.0.0/16'), { port: 8080, line: 67 }]),
    address: 'r.wide',
    place: 'main.tf:67',
    message: /10\.0\.0\.0\/15 is wider than aws_vpc\.main/,
  },
  {
    id: 'interface-endpoint-admits-vpc',
    what: 'an endpoint for a prefix list that holds the VPC',
    changes: { ...appIngress(['r.vpc', listOf('10.0.0.0/16'), { port: 443, line: 68 }]), ...logsEndpoint },
    without: { ...appIngress(['r.vpc', listOf('10.0.0.0/24'), { port: 443, line: 68 }]), ...logsEndpoint },
    address: 'r.vpc',
    place: 'main.tf:68',
    message: /all of aws_vpc\.main \(aws_ec2_managed_prefix_list\.own\) may speak to aws_vpc_endpoint\.logs/,
  },
  {
    id: 'no-public-address',
    what: 'a machine that may send to a prefix list with the world in it',
    changes: {
      ...withGroup('web', () => ({ egress: [rule('r.out', listOf('0.0.0.0/0'), { protocol: 'all' })] })),
      interfaces: [webAt(), host('app', '10.0.10.10')],
    },
    without: {
      ...withGroup('web', () => ({ egress: [rule('r.out', listOf('10.0.0.0/16'), { protocol: 'all' })] })),
      interfaces: [webAt(), host('app', '10.0.10.10')],
    },
    address: 'aws_instance.web',
    place: 'main.tf:70',
    message: /and it has no public address/,
  },
  {
    id: 'unrestricted-egress',
    what: 'everything out to a prefix list with the world in it',
    changes: withGroup('app', () => ({
      egress: [rule('r.out', listOf('0.0.0.0/0'), { protocol: 'all', line: 69 })],
    })),
    without: withGroup('app', () => ({
      egress: [rule('r.out', listOf('10.0.0.0/16'), { protocol: 'all', line: 69 })],
    })),
    address: 'r.out',
    place: 'main.tf:69',
    message: /aws_security_group\.app lets everything out to everywhere/,
  },
  {
    id: 'ipv6-wider-than-ipv4',
    what: 'the world in IPv6 and an office in IPv4',
    changes: {
      ...dualStack('::/0'),
      ...withGroup('web', (web) => ({
        ingress: [
          rule('r.v4', '203.0.113.0/24', { port: 443 }),
          rule('r.v6', '::/0', { port: 443 }),
          ...web.ingress.slice(1),
        ],
      })),
    },
    without: dualStack('::/0'),
    address: 'aws_instance.web',
    place: 'main.tf:70',
    message: /over IPv6 and not over IPv4 by internet on tcp 443/,
  },
  {
    id: 'default-security-group-in-use',
    what: 'a machine in the default group',
    changes: {
      ...interfaces(host('extra', '10.0.10.30', { group: 'default' })),
      securityGroups: [
        ...base.securityGroups,
        group('default', { ingress: [rule('r.self', 'aws_security_group.default', { protocol: 'all' })] }),
      ],
    },
    without: { securityGroups: [...base.securityGroups, group('default')] },
    address: 'aws_security_group.default',
    place: 'main.tf:50',
    message: /aws_instance\.extra in aws_security_group\.default.*reach each other on everything/,
  },
  {
    id: 'peer-wider-than-network',
    what: 'a range around the VPC',
    changes: appIngress(['r.wide', '10.0.0.0/15', { port: 8080, line: 67 }]),
    without: appIngress(['r.wide', '10.0.0.0/16', { port: 8080, line: 67 }]),
    address: 'r.wide',
    place: 'main.tf:67',
    message:
      /10\.0\.0\.0\/15 is wider than aws_vpc\.main \(10\.0\.0\.0\/16\): it also admits 10\.1\.0\.0\/16, which belongs to nobody here/,
  },
  {
    id: 'interface-endpoint-admits-vpc',
    what: 'an endpoint for all of the VPC',
    changes: {
      ...appIngress(['r.vpc', '10.0.0.0/16', { port: 443, line: 68 }]),
      ...interfaces(
        host('ep', '10.0.10.40', {
          group: 'app',
          kind: 'interface-endpoint',
          address: 'aws_vpc_endpoint.logs',
          endpoint: 'aws_vpc_endpoint.logs#0',
        }),
      ),
    },
    without: {
      ...appIngress(['r.vpc', '10.0.0.0/24', { port: 443, line: 68 }]),
      ...interfaces(
        host('ep', '10.0.10.40', {
          group: 'app',
          kind: 'interface-endpoint',
          address: 'aws_vpc_endpoint.logs',
          endpoint: 'aws_vpc_endpoint.logs#0',
        }),
      ),
    },
    address: 'r.vpc',
    place: 'main.tf:68',
    message: /all of aws_vpc\.main \(10\.0\.0\.0\/16\) may speak to aws_vpc_endpoint\.logs/,
  },
  {
    id: 'zone-without-nat-gateway',
    what: 'a machine in another zone than the gateway',
    changes: {
      subnets: [
        subnet('edge', '10.0.0.0/24'),
        subnet('inner', '10.0.10.0/24', { availabilityZone: 'eu-west-1b' }),
      ],
    },
    without: {},
    address: 'aws_nat_gateway.main',
    place: 'main.tf:32',
    message: /NAT gateways in eu-west-1a, and none in eu-west-1b/,
  },
  {
    id: 'no-public-address',
    what: 'a machine in front of the gateway without an address',
    changes: {
      ...withGroup('web', () => ({ egress: [rule('r.out', '0.0.0.0/0', { protocol: 'all' })] })),
      interfaces: [webAt(), host('app', '10.0.10.10')],
    },
    without: {
      ...withGroup('web', () => ({ egress: [rule('r.out', '0.0.0.0/0', { protocol: 'all' })] })),
      interfaces: [webAt('198.51.100.10'), host('app', '10.0.10.10')],
    },
    address: 'aws_instance.web',
    place: 'main.tf:70',
    message:
      /aws_route_table\.edge sends it to the internet gateway \(aws_route\.internet\), and it has no public address/,
  },
  {
    id: 'task-cannot-pull-image',
    what: 'a task without a way to S3',
    changes: {
      ...withGroup('app', () => ({ egress: [rule('r.db', 'aws_security_group.web', { port: 5432 })] })),
      ...interfaces(task),
    },
    without: interfaces(task),
    address: 'aws_ecs_service.api',
    place: 'main.tf:70',
    message: /reaches neither S3 nor the internet on tcp\/443/,
  },
  {
    id: 'every-machine-public',
    what: 'two machines, both public',
    changes: {
      interfaces: [webAt('198.51.100.10'), host('app', '10.0.0.11', { publicAddress: '198.51.100.11' })],
    },
    without: {},
    address: 'aws_vpc.main',
    place: 'main.tf:10',
    message: /every machine of aws_vpc\.main stands in a public subnet/,
  },
  {
    id: 'default-vpc-in-use',
    what: 'machines in the default VPC',
    changes: JSON.parse(JSON.stringify(base).replaceAll('aws_vpc.main', 'aws_default_vpc.main')),
    without: {},
    address: 'aws_default_vpc.main',
    place: 'main.tf:10',
    message: /stand in the account's default VPC/,
  },
  {
    id: 'unrestricted-egress',
    what: 'everything out to everywhere',
    changes: withGroup('app', () => ({
      egress: [rule('r.out', '0.0.0.0/0', { protocol: 'all', line: 69 })],
    })),
    without: {},
    address: 'r.out',
    place: 'main.tf:69',
    message:
      /aws_security_group\.app lets everything out to everywhere, and it arrives from aws_instance\.app/,
  },
  {
    id: 'ephemeral-ports-open',
    what: 'ports of answers, from the world',
    changes: acl(
      'ingress',
      [100, 'allow', { protocol: 6, ports: { from: 1024, to: 65_535 } }],
      [110, 'allow', { protocol: 6, ports: { from: 443, to: 443 } }],
    ),
    without: acl('ingress', [
      100,
      'allow',
      { protocol: 6, ports: { from: 1024, to: 65_535 }, cidr: '10.0.0.0/16' },
    ]),
    address: 'aws_network_acl_rule.r100',
    place: 'main.tf:100',
    message: /rule 100 of aws_default_network_acl\.main admits ports 1024 to 65535 from 0\.0\.0\.0\/0/,
  },
  {
    id: 'subnet-without-way-out',
    what: 'a table that leads nowhere',
    changes: innerRoutes(),
    without: {},
    address: 'aws_subnet.inner',
    place: 'main.tf:20',
    message: /the table aws_route_table\.inner leads nowhere but to its own VPC/,
  },
  {
    id: 'group-without-egress',
    what: 'a machine that begins nothing',
    changes: withGroup('app', () => ({ egress: [] })),
    without: {},
    address: 'aws_security_group.app',
    place: 'main.tf:50',
    message: /aws_security_group\.app has no egress rule.*aws_instance\.app can answer/,
  },
  {
    id: 'security-group-unused',
    what: 'a group that nobody carries',
    changes: { securityGroups: [...base.securityGroups, group('left')] },
    without: {},
    address: 'aws_security_group.left',
    place: 'main.tf:50',
    message: /^no interface carries aws_security_group\.left$/,
  },
  {
    id: 'plain-http-from-internet',
    what: 'a web server without TLS',
    changes: ingress(['r.http', '0.0.0.0/0', { port: 80 }]),
    without: balancer('redirect', 'HTTPS'),
    address: 'aws_instance.web',
    place: 'main.tf:70',
    message: /tcp\/80/,
  },
  {
    id: 'plain-http-behind-load-balancer',
    what: 'a balancer that ends TLS',
    changes: balancer('redirect', 'HTTP'),
    without: balancer('redirect', 'HTTPS'),
    address: 'aws_lb_listener.https',
    place: 'main.tf:80',
    message: /aws_lb\.main ends TLS at aws_lb_listener\.https and speaks HTTP to aws_lb_target_group\.app/,
  },
];

testFindings('advice', cases);
