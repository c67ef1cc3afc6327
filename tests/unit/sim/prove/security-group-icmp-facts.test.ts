/** What security groups do with ICMP, by AWS’s documentation, one changed rule at a time. */

import { test } from 'vitest';
import { check, type Fact } from './facts.ts';
import { group, groupRule } from './open-network.ts';

const icmp8 = groupRule('icmp.8', { protocol: 1, icmp: [8, 0] });
const icmpAny = groupRule('icmp.any', { protocol: 1, icmp: [-1, -1] });

const facts: readonly Fact[] = [
  {
    says: 'echo by type and code',
    changes: [group('web', 'ingress', icmp8)],
    from: 'app',
    to: 'web',
    traffic: 'icmp/8/0',
    is: 'yes',
  },
  {
    says: 'another type is another thing',
    changes: [group('web', 'ingress', icmp8)],
    from: 'app',
    to: 'web',
    traffic: 'icmp/9/0',
    is: 'no',
    by: 'group.web',
  },
  {
    says: 'another code too',
    changes: [group('web', 'ingress', icmp8)],
    from: 'app',
    to: 'web',
    traffic: 'icmp/8/1',
    is: 'no',
    by: 'group.web',
  },
  {
    says: 'every type',
    changes: [group('web', 'ingress', icmpAny)],
    from: 'app',
    to: 'web',
    traffic: 'icmp/13/0',
    is: 'yes',
  },
  {
    says: 'every code of a type',
    changes: [group('web', 'ingress', groupRule('icmp.3', { protocol: 1, icmp: [3, -1] }))],
    from: 'app',
    to: 'web',
    traffic: 'icmp/3/4',
    is: 'yes',
  },
  {
    says: 'ICMP is not TCP',
    changes: [group('web', 'ingress', icmpAny)],
    from: 'app',
    to: 'web',
    traffic: 'tcp/8',
    is: 'no',
    by: 'group.web',
  },
  {
    says: 'ICMP of IPv4 is not ICMPv6',
    changes: [group('web', 'ingress', { ...icmpAny, peer: { kind: 'cidr', cidr: '::/0' } })],
    from: 'app',
    to: 'web',
    traffic: 'icmp/128/0',
    family: 6,
    is: 'no',
    by: 'group.web',
  },
  {
    says: 'ICMPv6 is protocol 58',
    changes: [group('web', 'ingress', groupRule('v6', { protocol: 58, cidr: '::/0' }))],
    from: 'app',
    to: 'web',
    traffic: 'icmp/128/0',
    family: 6,
    is: 'yes',
  },
];

test.each(facts)('$says: $from to $to, $traffic: $is', (fact) => {
  check(fact);
});
