/**
 * Security groups of one network interface, as rules of the machine's own namespace: stateful, allow only, the
 * union of all its groups, judged in that namespace's own connection tracking as AWS tracks by interface.
 */
import type {
  Direction,
  NetworkInterface,
  SecurityGroup,
  SecurityGroupRule,
  VpcModel,
} from '../vpc/model.ts';
import type { Counters } from './counters.ts';
import { describeTraffic, matchAddresses, matchTraffic } from './rule-match.ts';

export function securityGroupRules(
  model: VpcModel,
  networkInterface: NetworkInterface,
  options: { readonly namespace: string; readonly counters: Counters },
): string {
  const groups = model.securityGroups.filter((group) =>
    networkInterface.securityGroups.includes(group.address),
  );
  const chain = (direction: Direction) =>
    groups.flatMap((group) =>
      group[direction].flatMap((rule) => allowLine(model, { rule, group, direction, ...options })),
    );
  const drop = (direction: Direction) =>
    options.counters.statement(
      {
        namespace: options.namespace,
        layer: 'security-group',
        direction,
        verdict: 'deny',
        address: networkInterface.securityGroups.join(' + ') || networkInterface.address,
        text: `default: no ${direction} rule of the security group allows it`,
      },
      'drop',
    );
  // The loopback is the machine's own affair; AWS filters the interface.
  const hook = (direction: Direction, name: string, loopback: string) =>
    [
      `  chain sg_${direction} {`,
      `    type filter hook ${name} priority 0; policy drop;`,
      `    ${loopback} "lo" accept`,
      '    ct state established,related accept',
      ...chain(direction).map((line) => `    ${line}`),
      `    ${drop(direction)}`,
      '  }',
    ].join('\n');
  return [
    'table inet security_group {',
    hook('ingress', 'input', 'iifname'),
    hook('egress', 'output', 'oifname'),
    '}',
    '',
  ].join('\n');
}

interface AllowContext {
  readonly rule: SecurityGroupRule;
  readonly group: SecurityGroup;
  readonly direction: Direction;
  readonly namespace: string;
  readonly counters: Counters;
}

function allowLine(model: VpcModel, context: AllowContext): readonly string[] {
  const { rule, direction } = context;
  const cidrs = peerCidrs(model, rule);
  // A referenced group without interfaces admits nobody.
  if (cidrs.length === 0) return [];
  const peer = matchAddresses(direction === 'ingress' ? 'saddr' : 'daddr', cidrs);
  const preposition = direction === 'ingress' ? 'from' : 'to';
  const statement = context.counters.statement(
    {
      namespace: context.namespace,
      layer: 'security-group',
      direction,
      verdict: 'allow',
      address: rule.address,
      text: `allows ${describeTraffic(rule)} ${preposition} ${describePeer(rule)}`,
    },
    'accept',
  );
  return [`${peer}${matchTraffic(rule)}${statement}`];
}

/** A group as a peer means the private addresses of the interfaces that carry it, never their public ones. */
function peerCidrs(model: VpcModel, rule: SecurityGroupRule): readonly string[] {
  const { peer } = rule;
  if (peer.kind === 'cidr') return [peer.cidr];
  if (peer.kind === 'prefix-list') return peer.cidrs;
  if (peer.kind === 'any') return [];
  return model.instances
    .filter((instance) => instance.networkInterface.securityGroups.includes(peer.address))
    .map((instance) => `${instance.networkInterface.privateAddress}/32`);
}

function describePeer(rule: SecurityGroupRule): string {
  if (rule.peer.kind === 'any') return 'anything';
  return rule.peer.kind === 'cidr' ? rule.peer.cidr : rule.peer.address;
}
