/** Network ACLs as chains: stateless, in order, both families in one list. A rule that is uncertain is left out. */
import type { Direction, NetworkAcl, NetworkAclRule } from '../vpc/model.ts';
import type { Counters } from './counters.ts';
import { familyOf, speaksOf } from './families.ts';
import { describeTraffic, matchAddresses, matchTraffic } from './rule-match.ts';

interface ChainOptions {
  readonly chain: string;
  readonly direction: Direction;
  readonly namespace: string;
  readonly counters: Counters;
}

/** A chain that returns for what is allowed and drops the rest. */
export function networkAclChain(acl: NetworkAcl, options: ChainOptions): readonly string[] {
  const { chain, direction, namespace, counters } = options;
  const last = counters.refusal({
    namespace,
    layer: 'network-acl',
    direction,
    verdict: 'deny',
    address: acl.address,
    text: `default: no ${direction} rule of the network ACL allows it`,
  });
  const rules = acl[direction].filter(
    ({ uncertain, protocol, cidr }) => uncertain === undefined && speaksOf(protocol, familyOf(cidr)),
  );
  return [`  chain ${chain} {`, ...rules.map((rule) => ruleLine(rule, options)), `    ${last}`, '  }'];
}

function ruleLine(rule: NetworkAclRule, { direction, namespace, counters }: ChainOptions): string {
  const verb = rule.action === 'allow' ? 'allows' : 'denies';
  const preposition = direction === 'ingress' ? 'from' : 'to';
  const meaning = {
    namespace,
    layer: 'network-acl',
    direction,
    verdict: rule.action,
    address: rule.address,
    text: `rule ${rule.number} ${verb} ${describeTraffic(rule)} ${preposition} ${rule.cidr}`,
  } as const;
  // `return`, never `accept`: an accept here would skip the other subnet's network ACL.
  const statement =
    rule.action === 'allow' ? counters.statement(meaning, 'return') : counters.refusal(meaning);
  return `    ${matchAddresses(direction === 'ingress' ? 'saddr' : 'daddr', [rule.cidr])}${matchTraffic(rule)}${statement}`;
}
