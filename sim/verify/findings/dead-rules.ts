/**
 * Rules of security groups that no packet ever meets: nobody carries the group that they name, or nothing that they would
 * let pass gets through the rest of the way. One that is open to the world where the internet does not come is not dead
 * but latent: the day somebody adds an address or a route, it is an opening.
 */

import { cidrsOfPeer, isInternetWide, isPublic, outsideBlock } from '../../policy/index.ts';
import type { SecurityGroup, SecurityGroupRule } from '../../vpc/model.ts';
import { type Check, type CheckContext, finding, listText, type Observation } from '../checks.ts';
import { isPeer, isTrafficOf, rangeOfRule } from '../rule-match.ts';
import { adminPorts, databasePorts } from '../well-known-ports.ts';

export const checkDeadRules: Check = (context) => {
  const { index } = context;
  const live = liveRules(context);
  return index.model.securityGroups
    .filter(({ address }) => index.carriers(address).length > 0)
    .flatMap((group) => [
      ...dead(group.ingress, live).flatMap((rule) => tell(context, group, { rule, direction: 'ingress' })),
      ...dead(group.egress, live).flatMap((rule) => tell(context, group, { rule, direction: 'egress' })),
    ]);
};

function dead(rules: readonly SecurityGroupRule[], live: ReadonlySet<SecurityGroupRule>) {
  return rules.filter((rule) => !live.has(rule) && rule.uncertain === undefined);
}

/** Rules that some packet meets which is delivered, or may be. */
function liveRules({ index, flows }: CheckContext): ReadonlySet<SecurityGroupRule> {
  const live = new Set<SecurityGroupRule>();
  const candidates = new Map<string, SecurityGroupRule[]>();
  const rulesOf = (name: string, direction: 'ingress' | 'egress') => {
    const key = `${direction} ${name}`;
    const known = candidates.get(key);
    if (known !== undefined) return known;
    const groups = new Set(index.named(name).flatMap((one) => index.groupsOf(one)));
    const rules = [...groups].flatMap((group) => group[direction]);
    candidates.set(key, rules);
    return rules;
  };
  for (const flow of flows) {
    for (const [own, other, direction] of [
      [flow.to, flow.from, 'ingress'],
      [flow.from, flow.to, 'egress'],
    ] as const) {
      for (const rule of rulesOf(own, direction)) {
        if (live.has(rule) || !isTrafficOf(rule, flow)) continue;
        if (isPeer(index, rule, { name: other, family: flow.family })) live.add(rule);
      }
    }
  }
  return live;
}

interface DeadRule {
  readonly rule: SecurityGroupRule;
  readonly direction: 'ingress' | 'egress';
}

function tell(
  context: CheckContext,
  group: SecurityGroup,
  { rule, direction }: DeadRule,
): readonly Observation[] {
  const { index } = context;
  const carriers = index.carriers(group.address);
  const told = { address: rule.address, place: rule.place };
  if (rule.peer.kind === 'security-group' && index.carriers(rule.peer.address).length === 0) {
    const isOpen =
      index.model.unplaced.length > 0 ||
      index.model.interfaces.some(({ uncertain }) => uncertain?.securityGroups);
    const message = `${ruleText(rule, direction, group)} can never match: no interface carries ${rule.peer.address}`;
    return isOpen ? [] : [finding('rule-never-matches', { ...told, message })];
  }
  if (mayHaveUnseenPeers(context, rule)) return [];
  const isWorld = cidrsOfPeer(rule.peer).some(isInternetWide);
  const exposed = carriers.filter(({ endpoint }) =>
    context.endpoints.some(
      (known) => known.endpoint === endpoint && known.tier !== 'isolated' && known.tier !== 'private',
    ),
  );
  if (direction === 'ingress' && isWorld && exposed.length === 0) {
    const services = servicesOf(rule);
    const message = `${ruleText(rule, direction, group)}${services} is open to the world, and nothing reaches it: latent, until there is a way to ${listText(carriers.map(({ endpoint }) => endpoint))}`;
    return [finding('latent-opening', { ...told, message })];
  }
  const stop = stopOf(context, { rule, direction }, exposed[0]?.endpoint ?? carriers[0]?.endpoint ?? '');
  const why =
    stop ??
    (direction === 'ingress'
      ? 'nothing that it would let in gets as far as here'
      : 'nothing that it lets out arrives anywhere');
  return [
    finding('rule-never-matches', {
      ...told,
      message: `${ruleText(rule, direction, group)} never takes effect: ${why}`,
    }),
  ];
}

/** Beyond what is not modelled there may be others, with any private address. */
function mayHaveUnseenPeers({ index }: CheckContext, { peer }: SecurityGroupRule): boolean {
  const { unmodelled, unplaced } = index.model;
  if (unmodelled.length === 0 && unplaced.length === 0) return false;
  return unplaced.length > 0 || cidrsOfPeer(peer).some((cidr) => !isWhollyPublic(cidr));
}

function isWhollyPublic(cidr: string): boolean {
  const block = outsideBlock(cidr);
  return block !== undefined && isPublic(block) && block.prefix >= 9;
}

/** Which layer stops a packet from the internet that the rule is for. */
function stopOf(context: CheckContext, { rule, direction }: DeadRule, endpoint: string): string | undefined {
  const world = cidrsOfPeer(rule.peer).find(isInternetWide);
  if (direction !== 'ingress' || world === undefined) return undefined;
  const protocol = ({ 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp' } as const)[
    rule.protocol === 'all' ? 6 : rule.protocol
  ];
  if (protocol === undefined) return undefined;
  const family = world.includes(':') ? 6 : 4;
  const trace = context.traces.trace({
    from: 'internet',
    to: endpoint,
    protocol,
    family,
    port: rangeOfRule(rule).from,
  });
  const denied = trace?.denied;
  return (
    denied && `${denied.address} (${denied.layer} ${denied.direction}) drops what it is for: ${denied.text}`
  );
}

function servicesOf(rule: SecurityGroupRule): string {
  const { from, to } = rangeOfRule(rule);
  const isPort = rule.protocol === 'all' || rule.protocol === 6 || rule.protocol === 17;
  const names = [...adminPorts, ...databasePorts].filter(({ port }) => isPort && from <= port && port <= to);
  return names.length === 0 ? '' : ` (${listText(names.map(({ service }) => service))})`;
}

function ruleText(rule: SecurityGroupRule, direction: DeadRule['direction'], group: SecurityGroup): string {
  const what = rule.description === '' ? '' : ` "${rule.description}"`;
  return `the ${direction} rule${what} of ${group.address}`;
}
