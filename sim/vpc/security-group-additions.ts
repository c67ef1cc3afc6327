/** Rules that stand beside their group. One of which the group or the direction is not known is, uncertain, wherever it may be. */

import { invalid, placeOf } from '../terraform/index.ts';
import { type OpenBlock, requiredReferenceIn } from './build-context.ts';
import type { Direction, UnknownCause } from './model.ts';
import { noteCause } from './reading.ts';
import {
  anyRule,
  doubted,
  legacyRules,
  type PeerContext,
  SECURITY_GROUP,
  singleRules,
  type WrittenRule,
} from './security-group-rules.ts';
import type { WrittenGroup } from './security-groups.ts';

type Groups = ReadonlyMap<string, WrittenGroup>;
type Read = (group: string) => {
  readonly direction: Direction | undefined;
  readonly rules: readonly WrittenRule[];
};

const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];
const UNKNOWN_DIRECTION = 'whether it is for ingress or egress is not known';

export function addStandaloneRules(groups: Groups, peers: PeerContext): void {
  for (const direction of DIRECTIONS) {
    for (const open of peers.context.resources(`aws_vpc_security_group_${direction}_rule`)) {
      addRules(open, () => ({ direction, rules: singleRules(open, peers) }), { groups, peers });
    }
  }
  for (const open of peers.context.resources('aws_security_group_rule')) {
    addRules(open, (group) => legacyRules({ open, group }, peers), { groups, peers });
  }
  for (const open of peers.context.resources('aws_vpc_security_group_rules_exclusive')) {
    addDoubt(open, { groups, peers });
  }
  addUnexpanded({ groups, peers });
}

const RULE_TYPES: Readonly<Record<string, readonly Direction[]>> = {
  aws_vpc_security_group_ingress_rule: ['ingress'],
  aws_vpc_security_group_egress_rule: ['egress'],
  aws_security_group_rule: DIRECTIONS,
};

/** Any number of rules, of any group. */
function addUnexpanded({ groups, peers }: Options): void {
  for (const [type, directions] of Object.entries(RULE_TYPES)) {
    for (const cause of peers.context.unexpanded(type)) {
      for (const { rules } of groups.values()) {
        for (const direction of directions) rules[direction].push(anyRule(cause.address, cause));
      }
    }
  }
}

interface Options {
  readonly groups: Groups;
  readonly peers: PeerContext;
}

function addRules(open: OpenBlock, read: Read, { groups, peers }: Options): void {
  const { context } = peers;
  const found = groupIn(open, peers);
  if (found.kind === 'unknown') noteCause(context, found.cause, 'any security group', { mayHide: true });
  const address = found.kind === 'known' ? found.value : '';
  const { direction, rules } = read(address);
  const cause = found.kind === 'unknown' ? found.cause : undefined;
  if (cause !== undefined) {
    for (const group of groups.values()) push(group, { direction, rules, cause });
    return;
  }
  const group = groups.get(address);
  if (group === undefined) return;
  if (direction !== undefined && group.inline.has(direction)) {
    const reason = `${address} has its ${direction} rules inline, and the provider would remove this one`;
    const nextStep = 'keep one of the two styles';
    context.problems.add(invalid(open.fields.siteOf('security_group_id'), { reason, nextStep }));
    return;
  }
  push(group, { direction, rules });
}

function groupIn({ fields }: OpenBlock, { context, groupOf }: PeerContext) {
  const reference = { name: 'security_group_id', targets: SECURITY_GROUP };
  return context.problems.attempt(() => groupOf(requiredReferenceIn(context, fields, reference)));
}

function push(
  group: WrittenGroup,
  added: {
    readonly direction: Direction | undefined;
    readonly rules: readonly WrittenRule[];
    readonly cause?: UnknownCause;
  },
): void {
  const { direction, rules, cause } = added;
  for (const one of direction === undefined ? DIRECTIONS : [direction]) {
    const doubt = (rule: WrittenRule) => {
      const reason = cause ?? { address: rule.rule.address, reason: UNKNOWN_DIRECTION };
      return cause === undefined && direction !== undefined ? rule : doubted(rule, reason);
    };
    group.rules[one].push(...rules.map(doubt));
  }
}

/** It removes every rule that it does not name; which those are, their ids say after apply. */
function addDoubt(open: OpenBlock, { groups, peers }: Options): void {
  const found = groupIn(open, peers);
  const { address, fields } = open;
  const cause = { address, reason: 'which rules it removes is not modelled', place: placeOf(fields.site) };
  const group = found.kind === 'known' ? groups.get(found.value) : undefined;
  noteCause(
    peers.context,
    cause,
    group === undefined ? 'any security group' : `every rule of ${group.address}`,
  );
  for (const one of group === undefined ? groups.values() : [group]) {
    for (const direction of DIRECTIONS) {
      one.rules[direction] = one.rules[direction].map((rule) => doubted(rule, cause));
    }
  }
}
