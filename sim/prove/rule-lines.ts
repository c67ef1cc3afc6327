/** The verdict of a list of rules, all of which mean the address at hand, for all traffic at once. */

import type { UnknownCause } from '../vpc/model.ts';
import { ALLOW, type CauseSets, DENY } from './cause-sets.ts';
import type { Line, LineBook } from './lines.ts';
import { AXIS_SIZE, type AxisSpan } from './traffic-axis.ts';

export interface SpanningRule {
  readonly spans: readonly AxisSpan[];
  /** Why the rule perhaps does not match. Empty: it does. */
  readonly causes: readonly UnknownCause[];
}

export interface OrderedRule extends SpanningRule {
  readonly action: 'allow' | 'deny';
}

export interface Books {
  readonly lines: LineBook;
  readonly causes: CauseSets;
}

/** Security groups: any certain rule allows, else any uncertain one leaves open. */
export function lineOfGroups({ lines, causes }: Books, rules: readonly SpanningRule[]): Line {
  const starts = startsOf(rules);
  const verdicts = rules.map((rule) => (rule.causes.length === 0 ? ALLOW : causes.unknown(rule.causes)));
  const values = starts.map((at) =>
    rules.reduce(
      (sum, rule, index) => (covers(rule, at) ? causes.either(sum, verdicts[index] ?? DENY) : sum),
      DENY,
    ),
  );
  return lines.line(starts, values);
}

/** A network ACL: the first certain rule decides, unless an uncertain one before it would decide otherwise. */
export function lineOfAcl({ lines, causes }: Books, rules: readonly OrderedRule[]): Line {
  const starts = startsOf(rules);
  const values = starts.map((at) => {
    const covering = rules.filter((rule) => covers(rule, at));
    const end = covering.findIndex((rule) => rule.causes.length === 0);
    const last = covering[end];
    const action = last?.action ?? 'deny';
    const before = last === undefined ? covering : covering.slice(0, end);
    const open = before.filter((rule) => rule.action !== action).flatMap((rule) => rule.causes);
    if (open.length > 0) return causes.unknown(open);
    return action === 'allow' ? ALLOW : DENY;
  });
  return lines.line(starts, values);
}

function startsOf(rules: readonly SpanningRule[]): readonly number[] {
  const starts = new Set([0]);
  for (const { first, last } of rules.flatMap(({ spans }) => spans)) starts.add(first).add(last + 1);
  return [...starts].filter((start) => start < AXIS_SIZE).sort((one, other) => one - other);
}

function covers({ spans }: SpanningRule, at: number): boolean {
  return spans.some(({ first, last }) => first <= at && at <= last);
}
