/**
 * Security groups of one network interface, as rules of the machine's own namespace: stateful, allow only, the
 * union of all its groups, judged in that namespace's own connection tracking as AWS tracks by interface. A rule that is
 * uncertain is left out.
 */
import type { Direction, SecurityGroup, SecurityGroupRule } from '../vpc/model.ts';
import { type Counters, countedMark } from './counters.ts';
import { families, familyOf, nft, ofFamily, speaksOf } from './families.ts';
import type { GroupMembers } from './group-members.ts';
import { describeTraffic, matchAddresses, matchTraffic } from './rule-match.ts';
import type { PlacedInterface, PlacedVpc } from './topology.ts';
import type { TrackedPeers } from './tracked-peers.ts';
import { trackedAnswers, untrackedLines } from './untracked-flows.ts';

export interface SecurityGroupContext {
  readonly groups: ReadonlyMap<string, SecurityGroup>;
  readonly members: GroupMembers;
  readonly vpc: PlacedVpc;
  readonly tracked: TrackedPeers;
  readonly counters: Counters;
}

const hooks = {
  ingress: { name: 'input', loopback: 'iifname "lo" accept' },
  egress: { name: 'output', loopback: 'oifname "lo" accept' },
} as const;

export function securityGroupRules(placed: PlacedInterface, context: SecurityGroupContext): string {
  const groups = placed.networkInterface.securityGroups.flatMap(
    (address) => context.groups.get(address) ?? [],
  );
  const certain = (direction: Direction) =>
    groups.flatMap((group) => group[direction]).filter(({ uncertain }) => uncertain === undefined);
  const rules = { ingress: certain('ingress'), egress: certain('egress') };
  return [
    'table inet security_group {',
    ...referencedSets([...rules.ingress, ...rules.egress], context.members),
    ...hook('ingress', { placed, rules, ...context }),
    ...hook('egress', { placed, rules, ...context }),
    '}',
    '',
  ].join('\n');
}

/** A referenced group without interfaces admits nobody: neither a set nor a rule. */
function referencedSets(rules: readonly SecurityGroupRule[], members: GroupMembers): readonly string[] {
  const referenced = new Set(
    rules.flatMap(({ peer }) => (peer.kind === 'security-group' ? [peer.address] : [])),
  );
  return [...referenced].flatMap((group) =>
    families.flatMap((family) => {
      const addresses = members.of(group, family);
      return addresses.length === 0
        ? []
        : [
            `  set ${members.setName(group, family)} { type ${nft[family].addressType}; elements = { ${addresses.join(', ')} } }`,
          ];
    }),
  );
}

interface InterfaceContext extends SecurityGroupContext {
  readonly placed: PlacedInterface;
  readonly rules: Readonly<Record<Direction, readonly SecurityGroupRule[]>>;
}

function hook(direction: Direction, context: InterfaceContext): readonly string[] {
  const { vpc, rules } = context;
  return [
    `  chain sg_${direction} {`,
    `    type filter hook ${hooks[direction].name} priority 0; policy drop;`,
    // The loopback and the link's own multicast are the machine's affair; AWS filters the interface.
    `    ${hooks[direction].loopback}`,
    '    ip6 daddr ff00::/8 accept',
    ...trackedAnswers.map((line) => `    ${line}`),
    ...(direction === 'egress' ? [`    ip daddr { ${vpc.unfiltered.join(', ')} } accept`] : []),
    ...untrackedLines(direction, context).map((line) => `    ${line}`),
    ...rules[direction].flatMap((rule) => allowLines(rule, direction, context)).map((line) => `    ${line}`),
    `    ct status confirmed meta mark set ${countedMark}`,
    `    ${lastLine(direction, context)}`,
    '  }',
  ];
}

/** AWS filters nothing on an interface without a group, as some load balancers have. */
function lastLine(direction: Direction, { placed, counters }: InterfaceContext): string {
  const { networkInterface, namespace } = placed;
  const { securityGroups } = networkInterface;
  const meaning = { namespace, layer: 'security-group', direction } as const;
  if (securityGroups.length === 0) {
    return counters.statement(
      {
        ...meaning,
        verdict: 'allow',
        address: networkInterface.address,
        text: 'default: the interface has no security group',
      },
      'accept',
    );
  }
  return counters.refusal({
    ...meaning,
    verdict: 'deny',
    address: securityGroups.join(' + '),
    text: `default: no ${direction} rule of the security group allows it`,
  });
}

function allowLines(
  rule: SecurityGroupRule,
  direction: Direction,
  context: InterfaceContext,
): readonly string[] {
  const preposition = direction === 'ingress' ? 'from' : 'to';
  return peerConditions(rule, direction, context.members).map((condition) => {
    const statement = context.counters.statement(
      {
        namespace: context.placed.namespace,
        layer: 'security-group',
        direction,
        verdict: 'allow',
        address: rule.address,
        text: `allows ${describeTraffic(rule)} ${preposition} ${describePeer(rule)}`,
      },
      'accept',
    );
    return `${condition}${matchTraffic(rule)}${statement}`;
  });
}

/** One condition a family in which the rule can match at all. */
function peerConditions(
  { peer, protocol }: SecurityGroupRule,
  direction: Direction,
  members: GroupMembers,
): readonly string[] {
  const field = direction === 'ingress' ? 'saddr' : 'daddr';
  const spoken = families.filter((family) => speaksOf(protocol, family));
  switch (peer.kind) {
    case 'any':
      return [];
    case 'cidr':
      return spoken.includes(familyOf(peer.cidr)) ? [matchAddresses(field, [peer.cidr])] : [];
    case 'prefix-list':
      return spoken
        .map((family) => ofFamily(family, peer.cidrs))
        .filter((cidrs) => cidrs.length > 0)
        .map((cidrs) => matchAddresses(field, cidrs));
    case 'security-group':
      return spoken
        .filter((family) => members.of(peer.address, family).length > 0)
        .map((family) => `${nft[family].header} ${field} @${members.setName(peer.address, family)} `);
  }
}

function describePeer({ peer }: SecurityGroupRule): string {
  if (peer.kind === 'any') return 'anything';
  return peer.kind === 'cidr' ? peer.cidr : peer.address;
}
