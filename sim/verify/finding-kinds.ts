/** Every kind of finding: its severity and what it says, in one table. docs/findings.md has a section for each, by its id. */

import type { Severity } from './report.ts';

export interface FindingKind {
  readonly severity: Severity;
  readonly title: string;
  /** Where it comes from: what AWS drops or lets through, the policy file, or both held against each other. */
  readonly group: 'builtin' | 'policy' | 'differ' | 'advice';
}

const builtin = (title: string): FindingKind => ({ severity: 'error', title, group: 'builtin' });
const policy = (title: string): FindingKind => ({ severity: 'error', title, group: 'policy' });
const warning = (title: string): FindingKind => ({ severity: 'warning', title, group: 'advice' });
const note = (title: string): FindingKind => ({ severity: 'note', title, group: 'advice' });

export const findingKinds = {
  'internet-reaches-admin-port': builtin('The internet reaches SSH or RDP'),
  'internet-reaches-database-port': builtin('The internet reaches the port of a database or cache'),
  'private-subnet-is-public': builtin('A subnet named private has a route to an internet gateway'),
  'answer-dropped': builtin('A packet is delivered and its answer is dropped'),
  'rule-never-matches': builtin('A rule can never match'),
  'route-never-delivers': builtin('A route can never deliver'),

  'undeclared-flow': policy('A packet gets through that the policy does not allow'),
  'declared-flow-broken': policy('A flow that the policy allows does not work'),
  'forbidden-flow': policy('A packet gets through that the policy says never may'),
  'undeclared-opening': policy('A security group has a rule for the internet that the policy does not list'),
  'policy-names-nothing': policy('An entry of the policy names endpoints that do not exist'),

  'differ-disagreement': {
    severity: 'error',
    title: 'Proof and real packets disagree',
    group: 'differ',
  },

  'latent-opening': warning('A rule is open to the world, and nothing reaches it today'),
  'ipv6-wider-than-ipv4': warning('IPv6 lets through what IPv4 does not'),
  'default-security-group-in-use': warning('The default security group is in use'),
  'peer-wider-than-network': warning('A rule admits private addresses that belong to nobody here'),
  'interface-endpoint-admits-vpc': warning('An interface endpoint admits the whole VPC'),
  'zone-without-nat-gateway': warning('A zone has no NAT gateway of its own'),
  'no-public-address': warning('A route to the internet gateway, and no public address'),
  'task-cannot-pull-image': warning('Tasks have no way to the layers of their image'),
  'every-machine-public': warning('Every machine of a VPC has a public address'),

  'default-vpc-in-use': note('The default VPC is in use'),
  'unrestricted-egress': note('A security group lets everything out'),
  'ephemeral-ports-open': note('A network ACL admits a wide range of ports from the world'),
  'subnet-without-way-out': note('A subnet has no way out'),
  'group-without-egress': note('A security group lets nothing out'),
  'security-group-unused': note('No interface carries a security group'),
  'plain-http-from-internet': note('The internet speaks plain HTTP to a machine'),
  'plain-http-behind-load-balancer': note('Plain HTTP between load balancer and targets'),
} as const satisfies Readonly<Record<string, FindingKind>>;

export type FindingId = keyof typeof findingKinds;

export function isFindingId(id: string): id is FindingId {
  return Object.hasOwn(findingKinds, id);
}
