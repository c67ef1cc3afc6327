/** Rows of what an interface of ours sends to the public address of another: by which way, from whom, and what is not listed. */

import { expect, test } from 'vitest';
import { prove } from '../../../../sim/prove/index.ts';
import {
  acl,
  aclRule,
  at,
  type Change,
  group,
  groupRule,
  openNetwork,
  put,
  routes,
  unknownFrom,
  withoutPublicAddress,
} from './open-network.ts';

const quiet = ['web', 'app', 'far'].flatMap((name) => [group(name, 'ingress'), group(name, 'egress')]);
const tcp = (port: number, cidr = '0.0.0.0/0') =>
  groupRule(`tcp.${port}`, { protocol: 6, ports: [port, port], cidr });
const webToWeb: readonly Change[] = [
  group('web', 'egress', tcp(22, '128.0.0.0/1')),
  group('web', 'ingress', tcp(22, '128.0.0.0/1')),
];
const appToWeb: readonly Change[] = [
  group('app', 'egress', tcp(22, '128.0.0.0/1')),
  group('web', 'ingress', tcp(22, '198.51.100.200/32')),
];
const webToFar: readonly Change[] = [
  group('web', 'egress', tcp(22, '198.51.100.30/32')),
  group('far', 'ingress', tcp(22, '128.0.0.0/1')),
];
const noGateway = put({ natGateways: [] });
const highPorts = aclRule('high', 'allow', { protocol: 6, ports: [32_768, 65_535] });

interface Case {
  readonly says: string;
  readonly changes: readonly Change[];
  readonly rows: readonly string[];
}

const both = ['web -> web2 22: always/always', 'web2 -> web 22: always/always'];

test.each<Case>([
  { says: 'neighbours by the internet gateway', changes: webToWeb, rows: both },
  {
    says: 'none to or from a machine without a public address',
    changes: [...webToWeb, withoutPublicAddress('web2')],
    rows: [],
  },
  { says: 'none without a route', changes: [...webToWeb, routes('public')], rows: [] },
  {
    says: 'none without an internet gateway',
    changes: [...webToWeb, put({ internetGateways: [] })],
    rows: [],
  },
  {
    says: 'another VPC by both internet gateways',
    changes: webToFar,
    rows: ['web -> far 22: always/always', 'web2 -> far 22: always/always'],
  },
  {
    says: 'none into a VPC without an internet gateway',
    changes: [...webToFar, put({ internetGateways: [{ address: 'igw.main', vpc: 'vpc.main' }] })],
    rows: [],
  },
  {
    says: 'none from another source than the rule’s',
    changes: [...webToWeb, group('web', 'ingress', tcp(22, '198.51.100.10/32'))],
    rows: ['web -> web2 22: always/always'],
  },
  {
    says: 'none by a rule for a group',
    changes: [
      group('web', 'egress', tcp(22, '128.0.0.0/1')),
      group('web', 'ingress', groupRule('own', { protocol: 6, ports: [22, 22], group: 'web' })),
    ],
    rows: [],
  },
  {
    says: 'from the address of the NAT gateway',
    changes: appToWeb,
    rows: ['app', 'app2'].flatMap((from) =>
      ['web', 'web2'].map((to) => `${from} -> ${to} 22: always/always`),
    ),
  },
  { says: 'none without the NAT gateway', changes: [...appToWeb, noGateway], rows: [] },
  {
    says: 'one-way where the subnet’s own ACL drops the answers',
    changes: [
      ...webToWeb,
      acl('public', 'egress', aclRule('out', 'allow', { protocol: 6, ports: [22, 22] })),
    ],
    rows: ['web -> web2 22: always/never', 'web2 -> web 22: always/never'],
  },
  {
    says: 'from some source ports where that ACL lets some answers back',
    changes: [
      ...webToWeb,
      acl('public', 'ingress', aclRule('in', 'allow', { protocol: 6, ports: [22, 22] }), highPorts),
    ],
    rows: ['web -> web2 22: always/depends', 'web2 -> web 22: always/depends'],
  },
  {
    says: 'of the NAT gateway’s ports, which AWS chooses, whether answers come back is unknown',
    changes: [
      ...appToWeb,
      acl('public', 'ingress', aclRule('in', 'allow', { protocol: 6, ports: [22, 22] }), highPorts),
    ],
    rows: ['app', 'app2'].flatMap((from) =>
      ['web', 'web2'].map((to) => `${from} -> ${to} 22: always/unknown`),
    ),
  },
  {
    says: 'unknown to and from one of which the public address is not known',
    changes: [...webToWeb, at('web2', { uncertain: { publicAddress: unknownFrom('eip') } })],
    rows: ['web -> web2 22: unknown/unknown', 'web2 -> web 22: unknown/unknown'],
  },
  {
    says: 'by the bare name of a group whose members fare alike',
    changes: [
      ...webToWeb,
      at('web', { endpoint: 'asg#0', address: 'asg' }),
      at('web2', { endpoint: 'asg#1', address: 'asg' }),
    ],
    rows: ['asg -> asg 22: always/always'],
  },
])('$says', ({ changes, rows }) => {
  const { byPublicAddress } = prove(openNetwork(...quiet, ...changes));
  const told = byPublicAddress.map(({ from, to, ports, delivered, verdict }) => {
    const list = ports.map((one) => (one.from === one.to ? one.from : `${one.from}-${one.to}`));
    return `${from} -> ${to} ${list}: ${delivered.kind}/${verdict.kind}`;
  });
  expect(told).toEqual(rows);
});

test('what is open about it is listed as about the public address', () => {
  const doubt = at('web2', { uncertain: { publicAddress: unknownFrom('eip') } });
  const changes = [
    group('web', 'egress'),
    group('app', 'egress', tcp(22)),
    group('web', 'ingress', tcp(22, '198.51.100.200/32')),
  ];
  expect(prove(openNetwork(...quiet, ...changes, doubt)).unknown).toEqual([
    {
      ...unknownFrom('eip'),
      touches: 'app -> web2 (public address) tcp/22, app2 -> web2 (public address) tcp/22',
    },
  ]);
});
