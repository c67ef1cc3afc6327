/** What NAT gateways do, by AWS’s documentation, one change at a time. */

import { test } from 'vitest';
import { check, type Fact } from './facts.ts';
import {
  acl,
  aclRule,
  addRoute,
  group,
  groupRule,
  put,
  route,
  routes,
  withoutPublicAddress,
} from './open-network.ts';

const igw = { kind: 'internet-gateway', address: 'igw.main' } as const;
const nat = { kind: 'nat-gateway', address: 'nat' } as const;
const ephemeral = (ports: readonly [number, number]) => aclRule('ephemeral', 'allow', { protocol: 6, ports });
const farByNat = routes('private', route('nat', ['10.1.0.0/16'], nat));
const gateways = (patch: { readonly publicAddress?: string; readonly subnet?: string }) =>
  put({ natGateways: [{ address: 'nat', subnet: 'subnet.public', privateAddress: '10.0.0.200', ...patch }] });

const facts: readonly Fact[] = [
  {
    says: 'an answer by a NAT gateway is lost',
    changes: [routes('public', route('nat', ['0.0.0.0/0'], nat))],
    from: 'internet',
    to: 'web',
    traffic: 'tcp/443',
    is: 'one-way',
    by: 'nat',
  },
  { says: 'a NAT gateway carries TCP', from: 'app', to: 'internet', traffic: 'tcp/443', is: 'yes' },
  { says: 'and nothing else', from: 'app', to: 'internet', traffic: '47', is: 'no', by: 'nat' },
  {
    says: 'no IPv6',
    changes: [routes('private', route('nat', ['::/0'], nat))],
    from: 'app',
    to: 'internet',
    traffic: 'tcp/443',
    family: 6,
    is: 'no',
    by: 'nat',
  },
  {
    says: 'not without a public address of its own',
    changes: [gateways({})],
    from: 'app',
    to: 'internet',
    traffic: 'tcp/443',
    is: 'no',
    by: 'igw.main',
  },
  {
    says: 'not by another NAT gateway',
    changes: [routes('public', route('again', ['0.0.0.0/0'], nat))],
    from: 'app',
    to: 'internet',
    traffic: 'tcp/443',
    is: 'no',
    by: 'nat',
  },
  {
    says: 'a NAT gateway takes nothing from outside',
    from: 'internet',
    to: '198.51.100.200',
    traffic: 'tcp/443',
    is: 'no',
    by: 'nat',
    isBeyondProof: true,
  },
  {
    says: 'the sender’s own port counts from there: out of the NAT gateway’s subnet',
    changes: [acl('public', 'egress', ephemeral([0, 49_999]))],
    from: 'app',
    to: 'internet',
    traffic: 'tcp/443',
    sourcePort: 50_000,
    is: 'one-way',
    by: 'acl.public',
  },
  {
    says: 'in one subnet with it no ACL stands between',
    changes: [
      acl('private', 'egress'),
      acl('private', 'ingress'),
      gateways({ publicAddress: '198.51.100.200', subnet: 'subnet.private' }),
      addRoute('private', route('nowhere', ['198.51.0.0/16'], igw)),
    ],
    from: 'app',
    to: 'internet',
    traffic: 'tcp/443',
    is: 'no',
    by: 'nat',
  },
  {
    says: 'a machine beside it meets the list only as the NAT gateway leaves',
    changes: [
      withoutPublicAddress('web'),
      acl('public', 'egress', aclRule('to.far', 'allow', { cidr: '10.1.0.0/16' })),
      routes('public', route('peer', ['10.1.0.0/16'], { kind: 'peering', address: 'peer' })),
    ],
    from: 'web',
    to: 'far',
    traffic: 'tcp/443',
    is: 'yes',
  },
  {
    says: 'by peering it shows its private address',
    changes: [farByNat, group('far', 'ingress', groupRule('nat.only', { cidr: '10.0.0.200/32' }))],
    from: 'app',
    to: 'far',
    traffic: 'tcp/443',
    is: 'yes',
  },
  {
    says: 'and not the sender’s',
    changes: [farByNat, group('far', 'ingress', groupRule('app.only', { cidr: '10.0.10.10/32' }))],
    from: 'app',
    to: 'far',
    traffic: 'tcp/443',
    is: 'no',
    by: 'group.far',
  },
  {
    says: 'an answer from a peer finds it by route',
    changes: [farByNat, routes('far')],
    from: 'app',
    to: 'far',
    traffic: 'tcp/443',
    is: 'one-way',
    by: 'table.far',
  },
  {
    says: 'an answer from a peer goes to a port that AWS chose',
    changes: [farByNat, acl('far', 'egress', ephemeral([32_768, 65_535]))],
    from: 'app',
    to: 'far',
    traffic: 'tcp/443',
    is: 'delivered, answer unknown',
    by: 'ephemeral',
  },

  {
    says: 'behind a NAT gateway its public address is seen',
    changes: [group('web', 'ingress', groupRule('nat.only', { cidr: '198.51.100.200/32' }))],
    from: 'app',
    to: '198.51.100.10',
    traffic: 'tcp/443',
    is: 'yes',
  },
];

test.each(facts)('$says: $from to $to, $traffic: $is', (fact) => {
  check(fact);
});
