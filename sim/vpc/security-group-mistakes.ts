/** What AWS refuses about the rules of a group: one that exists already, and a peer that the VPC cannot name. */

import { invalid } from '../terraform/index.ts';
import type { BuildContext } from './build-context.ts';
import type { Direction, PeeringConnection, SecurityGroupRule } from './model.ts';
import type { WrittenRule } from './security-group-rules.ts';
import type { WrittenGroup } from './security-groups.ts';
import { UNKNOWN_VPC } from './vpcs.ts';

export interface RuleChecks {
  readonly context: BuildContext;
  readonly vpcOf: (group: string) => string | undefined;
  readonly peering: readonly PeeringConnection[];
}

/** The rules without repetition: inline ones are a set, and the provider sends each once. */
export function distinctRules(
  group: WrittenGroup,
  direction: Direction,
  checks: RuleChecks,
): readonly SecurityGroupRule[] {
  const seen = new Map<string, WrittenRule>();
  return group.rules[direction].flatMap((written) => {
    const { rule, site } = written;
    refuseForeignPeer(written, group, checks);
    if (rule.uncertain !== undefined) return [rule];
    const key = meaningOf(rule);
    const before = seen.get(key);
    seen.set(key, written);
    if (before === undefined) return [rule];
    if (site === undefined || (written.isInline && before.isInline)) return [];
    const reason = `it says the same as ${before.rule.address}, and AWS refuses a rule that exists`;
    checks.context.problems.add(invalid(site, { reason, nextStep: 'remove one of them' }));
    return [];
  });
}

function meaningOf({ protocol, ports, icmp, peer }: SecurityGroupRule): string {
  const match = `${protocol} ${ports?.from}-${ports?.to} ${icmp?.type}/${icmp?.code}`;
  if (peer.kind === 'cidr') return `${match} ${peer.cidr}`;
  return `${match} ${peer.kind} ${peer.kind === 'any' ? '' : peer.address}`;
}

/** A group of another VPC can be named across a peering connection. */
function refuseForeignPeer(written: WrittenRule, group: WrittenGroup, checks: RuleChecks): void {
  const { peer } = written.rule;
  if (peer.kind !== 'security-group' || written.site === undefined) return;
  const other = checks.vpcOf(peer.address);
  if (other === group.vpc || other === UNKNOWN_VPC || group.vpc === UNKNOWN_VPC) return;
  const ends = [other, group.vpc];
  const isPeered = checks.peering.some(
    ({ requester, accepter }) => ends.includes(requester) && ends.includes(accepter),
  );
  if (isPeered || other === undefined) return;
  const reason = `${peer.address} belongs to ${other}, ${group.address} to ${group.vpc}`;
  const nextStep = 'refer to a group of the same VPC, or peer the two';
  checks.context.problems.add(invalid(written.site, { reason, nextStep }));
}
