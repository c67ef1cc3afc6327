/**
 * The rules of security groups that are for public addresses, whether or not anything reaches them: only those of `open` may
 * be. A rule that is not wholly known is a question: what it may open is not opened for certain.
 */

import type { PortRange, SecurityGroup, SecurityGroupRule, VpcModel } from '../vpc/model.ts';
import type { OpenQuestion, Violation } from './outcome.ts';
import { cidrsOfPeer } from './peer-blocks.ts';
import { type OpenItem, type Policy, rangesFor } from './policy.ts';
import { spanOf, subtract, trafficText } from './port-ranges.ts';
import { isPublic, outsideBlock, subjectOfGroup } from './subject.ts';

interface Findings {
  readonly violations: readonly Violation[];
  readonly questions: readonly OpenQuestion[];
}

export function checkOpen(policy: Policy, model: VpcModel): Findings {
  const { open } = policy;
  const found: { violations: Violation[]; questions: OpenQuestion[] } = { violations: [], questions: [] };
  if (open === undefined) return found;
  for (const group of model.securityGroups) {
    const items = open.filter((item) => item.group.includes(subjectOfGroup(group.address)));
    for (const rule of group.ingress) {
      const openings = openingsOf(group, rule, items);
      const { uncertain } = rule;
      if (uncertain === undefined) found.violations.push(...openings);
      else found.questions.push(...openings.map((opening) => questionOf(opening, uncertain)));
    }
  }
  return found;
}

function openingsOf(
  group: SecurityGroup,
  rule: SecurityGroupRule,
  items: readonly OpenItem[],
): readonly Violation[] {
  const undeclared = undeclaredOf(rule, items);
  return cidrsOfPeer(rule.peer).flatMap((cidr): readonly Violation[] => {
    const block = outsideBlock(cidr);
    if (block === undefined || !isPublic(block)) return [];
    return undeclared.map(({ protocol, ports }) => ({
      problem: 'undeclared-opening',
      from: block.prefix === 0 ? 'internet' : cidr,
      to: group.address,
      protocol,
      ports,
      family: block.family,
      others: [],
      rule: rule.address,
    }));
  });
}

function questionOf(
  { from, to, protocol, ports, rule }: Violation,
  cause: NonNullable<SecurityGroupRule['uncertain']>,
): OpenQuestion {
  const text = `whether ${rule} of ${to} is for ${from} on ${trafficText(protocol, ports)}`;
  return { from, to, text, causes: [cause] };
}

const NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp' };

function undeclaredOf(
  rule: SecurityGroupRule,
  items: readonly OpenItem[],
): readonly { readonly protocol: string; readonly ports: readonly PortRange[] }[] {
  const protocols =
    rule.protocol === 'all' ? ['tcp', 'udp', 'icmp'] : [NAMES[rule.protocol] ?? String(rule.protocol)];
  return protocols
    .map((protocol) => {
      const span = spanOf(protocol);
      const type = rule.icmp?.type ?? -1;
      const ruled = protocol === 'icmp' ? (type < 0 ? span : { from: type, to: type }) : (rule.ports ?? span);
      const left = subtract(
        [ruled],
        items.flatMap((item) => rangesFor(item.traffic, protocol)),
      );
      return { protocol, ports: left };
    })
    .filter(({ ports }) => ports.length > 0);
}
