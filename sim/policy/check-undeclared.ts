/** Every packet that gets somewhere must be allowed: rows of the proof, less what the entries of `allow` cover. And none may be of `never`. */

import type { Flow } from '../prove/index.ts';
import type { PortRange, VpcModel } from '../vpc/model.ts';
import type { Members } from './members.ts';
import type { OpenQuestion, Violation } from './outcome.ts';
import { namesOutside } from './outside-names.ts';
import { type FlowItem, mayMeet, type Policy, rangesFor } from './policy.ts';
import { intersect, rangesOf, subtract, trafficText } from './port-ranges.ts';

export interface Row extends Flow {
  readonly isByPublicAddress?: true;
}

interface Subjects {
  readonly model: VpcModel;
  readonly rows: readonly Row[];
}

interface Part {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly PortRange[];
}

export function checkUndeclared(policy: Policy, rows: readonly Row[], members: Members) {
  const found: { violations: Violation[]; questions: OpenQuestion[] } = { violations: [], questions: [] };
  const covering = coveringItems(policy.allow, members);
  for (const flow of rows) {
    for (const part of undeclaredParts(flow, covering, members)) {
      if (flow.delivered.kind === 'unknown') found.questions.push(questionOf(flow, part));
      else found.violations.push(violationOf('undeclared-flow', flow, part));
    }
  }
  return found;
}

export function checkForbidden(policy: Policy, { model, rows }: Subjects, members: Members) {
  const found: { violations: Violation[]; questions: OpenQuestion[] } = { violations: [], questions: [] };
  for (const item of policy.never) {
    const [sources, targets] = [meets(item.from, model, members), meets(item.to, model, members)];
    for (const flow of rows.filter(({ family }) => item.family === undefined || item.family === family)) {
      const ports = meetingPorts(item, flow);
      if (ports.length === 0) continue;
      const [from, to] = [sources(flow.from), targets(flow.to)];
      if (from === undefined || to === undefined) continue;
      const part = { from, to, ports };
      if (flow.delivered.kind === 'unknown') found.questions.push({ ...questionOf(flow, part), item });
      else found.violations.push({ ...violationOf('forbidden-flow', flow, part), item });
    }
  }
  return found;
}

type Covering = (from: string, to: string) => readonly FlowItem[];

/** A policy may have as many entries as a network has names: who covers a name is asked once. */
function coveringItems(items: readonly FlowItem[], members: Members): Covering {
  const sources = new Map<string, readonly FlowItem[]>();
  const targets = new Map<string, ReadonlySet<FlowItem>>();
  return (from, to) => {
    const source = sources.get(from) ?? items.filter((item) => members.covers(item.from, from));
    const target = targets.get(to) ?? new Set(items.filter((item) => members.covers(item.to, to)));
    sources.set(from, source);
    targets.set(to, target);
    return source.filter((item) => target.has(item));
  };
}

function undeclaredParts(flow: Flow, covering: Covering, members: Members): readonly Part[] {
  const left = uncovered(flow, covering(flow.from, flow.to));
  if (left.length === 0) return [];
  const whole = [{ from: flow.from, to: flow.to, ports: left }];
  const [froms, tos] = [namesWithin(flow.from, members), namesWithin(flow.to, members)];
  if (froms.length * tos.length <= 1) return whole;
  // A row may speak of a group where an entry speaks of some of its members.
  const parts = froms.flatMap((from) =>
    tos
      .filter((to) => to !== from || froms.length === 1)
      .map((to) => ({ from, to, ports: uncovered(flow, covering(from, to)) })),
  );
  const isSame = parts.every(({ ports }) => JSON.stringify(ports) === JSON.stringify(left));
  return isSame ? whole : parts.filter(({ ports }) => ports.length > 0);
}

function uncovered(flow: Flow, items: readonly FlowItem[]): readonly PortRange[] {
  const inFamily = items.filter(({ family }) => family === undefined || family === flow.family);
  return subtract(
    rangesOf(flow),
    inFamily.flatMap((item) => rangesFor(item.traffic, flow.protocol)),
  );
}

function namesWithin(name: string, members: Members): readonly string[] {
  const found = members.of(name);
  return found.length === 0 ? [name] : found.map(({ endpoint }) => endpoint);
}

function meetingPorts({ traffic }: FlowItem, flow: Flow): readonly PortRange[] {
  const ranges = rangesFor(traffic, flow.protocol);
  if (ranges.length > 0) return intersect(rangesOf(flow), ranges);
  return mayMeet(traffic, flow.protocol) ? rangesOf(flow) : [];
}

/**
 * Of a row's name what the selector names of it: all of it, or its first member that is named. Outside, what holds some of
 * the selector's range is met as well.
 */
function meets(selector: FlowItem['from'], model: VpcModel, members: Members) {
  const outside = new Set(selector.outside.flatMap((name) => namesOutside(model, name)));
  return (name: string): string | undefined => {
    if (members.covers(selector, name) || outside.has(name)) return name;
    const { endpoint } = members.of(name).find((subject) => selector.includes(subject)) ?? {};
    return endpoint;
  };
}

function violationOf(problem: Violation['problem'], flow: Row, part: Part): Violation {
  const { protocol, family, isByPublicAddress } = flow;
  return { problem, protocol, family, others: [], ...part, ...(isByPublicAddress && { isByPublicAddress }) };
}

function questionOf(flow: Row, { from, to, ports }: Part): OpenQuestion {
  const causes = flow.delivered.kind === 'unknown' ? flow.delivered.causes : [];
  const by = flow.isByPublicAddress ? ' by its public address' : '';
  const text = `whether ${from} reaches ${to}${by} on ${trafficText(flow.protocol, ports)}`;
  return { from, to, causes, text };
}
