/** What peering connections do, by AWS’s documentation, one change at a time. */

import { test } from 'vitest';
import { check, type Fact } from './facts.ts';
import { acl, aclFirst, aclRule, addRoute, put, route, routes, unknownFrom } from './open-network.ts';

const peer = { kind: 'peering', address: 'peer' } as const;
const s3 = { kind: 'gateway-endpoint', address: 's3', service: 's3' } as const;
const transit = { kind: 'unmodelled', cause: unknownFrom('tgw') } as const;
const peering = (patch: Partial<{ isActive: boolean; accepter: string }>) =>
  put({
    peeringConnections: [
      { address: 'peer', requester: 'vpc.main', accepter: 'vpc.far', isActive: true, ...patch },
    ],
  });

const facts: readonly Fact[] = [
  { says: 'peering carries', from: 'app', to: 'far', traffic: 'tcp/443', is: 'yes' },
  { says: 'in IPv6 as well', from: 'app', to: 'far', traffic: 'tcp/443', family: 6, is: 'yes' },
  {
    says: 'not while it is inactive',
    changes: [peering({ isActive: false })],
    from: 'app',
    to: 'far',
    traffic: 'tcp/443',
    is: 'no',
    by: 'peer',
  },
  {
    says: 'not without a route there',
    changes: [routes('private')],
    from: 'app',
    to: 'far',
    traffic: 'tcp/443',
    is: 'no',
    by: 'table.private',
  },
  {
    says: 'and the answer not without a route back',
    changes: [routes('far')],
    from: 'app',
    to: 'far',
    traffic: 'tcp/443',
    is: 'one-way',
    by: 'table.far',
  },
  {
    says: 'an answer routed elsewhere is lost',
    changes: [
      routes('far', route('elsewhere', ['10.0.0.0/16'], { kind: 'internet-gateway', address: 'igw.far' })),
    ],
    from: 'app',
    to: 'far',
    traffic: 'tcp/443',
    is: 'one-way',
    by: 'igw.far',
  },
  {
    says: 'an answer’s route that is not known leaves the answer open',
    changes: [routes('far', route('tgw', ['10.0.0.0/16'], transit))],
    from: 'app',
    to: 'far',
    traffic: 'tcp/443',
    is: 'delivered, answer unknown',
    by: 'tgw',
  },
  {
    says: 'and what would come after it is not judged',
    changes: [routes('far', route('tgw', ['10.0.0.0/16'], transit)), acl('private', 'ingress')],
    from: 'app',
    to: 'far',
    traffic: 'tcp/443',
    is: 'delivered, answer unknown',
    by: 'tgw',
  },
  {
    says: 'not to a VPC that is not its end',
    changes: [
      put({
        vpcs: [
          { address: 'vpc.main', cidrs: ['10.0.0.0/16'], ipv6Cidrs: [] },
          { address: 'vpc.far', cidrs: ['10.1.0.0/16'], ipv6Cidrs: [] },
          { address: 'vpc.third', cidrs: ['10.2.0.0/16'], ipv6Cidrs: [] },
        ],
      }),
      peering({ accepter: 'vpc.third' }),
    ],
    from: 'app',
    to: 'far',
    traffic: 'tcp/443',
    is: 'no',
    by: 'peer',
  },
  {
    says: 'not for the far VPC’s way to the internet',
    changes: [routes('private', route('default', ['0.0.0.0/0'], peer))],
    from: 'app',
    to: 'internet',
    traffic: 'tcp/443',
    is: 'no',
    by: 'peer',
  },
  {
    says: 'the far ACL judges',
    changes: [aclFirst('far', 'ingress', aclRule('deny', 'deny', { cidr: '10.0.10.0/24' }))],
    from: 'app',
    to: 'far',
    traffic: 'tcp/443',
    is: 'no',
    by: 'deny',
  },

  {
    says: 'an endpoint of another VPC takes nothing',
    changes: [addRoute('far', route('wrong', ['192.0.2.0/25'], s3))],
    from: 'far',
    to: 's3',
    traffic: 'tcp/443',
    is: 'no',
    by: 's3',
  },

  {
    says: 'the resolver of another VPC is nobody',
    from: 'app',
    to: '10.1.0.2',
    traffic: 'udp/53',
    is: 'no',
    by: 'peer',
    isBeyondProof: true,
  },
];

test.each(facts)('$says: $from to $to, $traffic: $is', (fact) => {
  check(fact);
});
