/** Rules of a network ACL that an earlier one, or several together, leave nothing of. AWS takes the first that matches. */

import { intersect, subtract } from '../../policy/index.ts';
import { containsCidr, parseCidr } from '../../terraform/index.ts';
import type { NetworkAclRule, PortRange } from '../../vpc/model.ts';
import { type Check, finding, listText } from '../checks.ts';
import { rangeOfRule } from '../rule-match.ts';

export const checkShadowedRules: Check = ({ index }) => {
  const inForce = new Set(index.model.subnets.map(({ networkAcl }) => networkAcl));
  return index.model.networkAcls
    .filter(({ address }) => inForce.has(address))
    .flatMap((acl) =>
      (['ingress', 'egress'] as const).flatMap((direction) =>
        acl[direction].flatMap((rule, position) => {
          const shadows = shadowsOf(rule, acl[direction].slice(0, position));
          if (rule.uncertain !== undefined || shadows.length === 0) return [];
          const numbers = listText(shadows.map(({ number, action }) => `${number} (${action})`));
          const message = `rule ${rule.number} (${rule.action}, ${direction}) of ${acl.address} can never match: ${numbers} before it takes all of its packets`;
          return [finding('rule-never-matches', { address: rule.address, place: rule.place, message })];
        }),
      ),
    );
};

/** The earlier rules that take everything; none where something is left. */
function shadowsOf(rule: NetworkAclRule, earlier: readonly NetworkAclRule[]): readonly NetworkAclRule[] {
  const range = rangeOfRule(rule);
  const wider = earlier.filter((other) => other.uncertain === undefined && isWider(other, rule));
  let left: readonly PortRange[] = [range];
  const used = wider.filter((other) => {
    const taken = other.protocol === 'all' ? range : rangeOfRule(other);
    const isOfUse = intersect(left, [taken]).length > 0;
    left = subtract(left, [taken]);
    return isOfUse;
  });
  return left.length === 0 ? used : [];
}

/** By protocol, addresses and ICMP code; ports and types are added up. */
function isWider(other: NetworkAclRule, rule: NetworkAclRule): boolean {
  const [outer, inner] = [parseCidr(other.cidr), parseCidr(rule.cidr)];
  if (outer === undefined || inner === undefined || !containsCidr(outer, inner)) return false;
  if (other.protocol === 'all') return true;
  if (other.protocol !== rule.protocol) return false;
  const code = other.icmp?.code ?? -1;
  return code < 0 || code === rule.icmp?.code;
}
