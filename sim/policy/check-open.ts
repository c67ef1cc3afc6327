/** The rules of security groups that are for public addresses, whether or not anything reaches them: only those of `open` may be. */

import type { PortRange, SecurityGroupRule, VpcModel } from '../vpc/model.ts';
import type { Violation } from './outcome.ts';
import { type OpenItem, type Policy, rangesFor } from './policy.ts';
import { spanOf, subtract } from './port-ranges.ts';
import { isPublic, outsideBlock, subjectOfGroup } from './subject.ts';

export function checkOpen(policy: Policy, model: VpcModel): readonly Violation[] {
  const { open } = policy;
  if (open === undefined) return [];
  return model.securityGroups.flatMap((group) =>
    group.ingress.flatMap((rule) => {
      if (rule.peer.kind !== 'cidr') return [];
      const block = outsideBlock(rule.peer.cidr);
      if (block === undefined || !isPublic(block)) return [];
      const items = open.filter((item) => item.group.includes(subjectOfGroup(group.address)));
      return undeclaredOf(rule, items).map(({ protocol, ports }) => ({
        problem: 'undeclared-opening' as const,
        from: block.prefix === 0 ? 'internet' : rule.peer.kind === 'cidr' ? rule.peer.cidr : '',
        to: group.address,
        protocol,
        ports,
        family: block.family,
        others: [],
        rule: rule.address,
      }));
    }),
  );
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
