/** Rows for every pair of names: by the bare name of a group where all its members fare alike, else member by member. */

import type { VpcModel } from '../vpc/model.ts';
import { isSentToPublicly, pathsByPublicAddress } from './by-public-address.ts';
import { type Row, rowsOf } from './flow-rows.ts';
import type { InterfaceClass } from './interface-classes.ts';
import { type OutsideRange, outsideRanges } from './internet-ranges.ts';
import { joinLines, type Line } from './lines.ts';
import { pathBetween } from './network-paths.ts';
import type { Outcomes } from './outcomes.ts';
import { type PathOut, pathIn, pathOut } from './outside-paths.ts';
import { groupNameOf } from './parties.ts';
import type { Flow, Proof } from './proof.ts';
import type { ProvenNetwork } from './proven-network.ts';
import { otherProtocols } from './traffic-axis.ts';
import type { Family } from './verdict.ts';

interface Member {
  readonly name: string;
  readonly class: InterfaceClass;
}

/** Those who share a name: one endpoint, or a group's. */
interface Named {
  readonly name: string;
  readonly members: readonly Member[];
}

interface Pair {
  readonly from: string;
  readonly to: string;
  readonly line: Line;
}

const FAMILIES = [4, 6] as const;
/** In a line of agreement: members differ here. No row is made of it. */
const DIFFERS = -1;

export function flowsOf(model: VpcModel, net: ProvenNetwork, outcomes: Outcomes): Omit<Proof, 'unknown'> {
  const named = namedMembers(model, net);
  const rows = rowBook(model, outcomes);
  const { flows, add, addAlike } = flowBook(rows, outcomes);
  const ranges = outsideRanges(model, net.tree);
  const between = betweenClasses(net, (from, to, family) =>
    outcomes.of(pathBetween(net, { from, to, family }), family),
  );
  for (const range of ranges) {
    const lines = new Map(
      net.classes.all.map((to) => [to, outcomes.of(pathIn(net, range, to), range.family)]),
    );
    for (const to of named) {
      const pairs = to.members.map((member) => ({
        from: range.name,
        to: member.name,
        line: lines.get(member.class) ?? outcomes.nothing,
      }));
      addAlike({ from: range.name, to: to.name, family: range.family }, pairs);
    }
  }
  for (const from of named) {
    for (const to of named) {
      for (const family of FAMILIES) addBetween({ from, to, family }, { between, add, addAlike });
    }
    for (const { to, family, pairs } of outward(net, outcomes, { from, ranges })) {
      addAlike({ from: from.name, to, family }, pairs);
    }
  }
  return { flows, byPublicAddress: publicFlows(net, outcomes, { named, rows }) };
}

function publicFlows(
  net: ProvenNetwork,
  outcomes: Outcomes,
  { named, rows }: { readonly named: readonly Named[]; readonly rows: (line: Line) => readonly Row[] },
): readonly Flow[] {
  const { flows, add, addAlike } = flowBook(rows, outcomes);
  const path = pathsByPublicAddress(net);
  const between = betweenClasses(net, (from, to) => outcomes.of(path(from, to), 4));
  const reached = named.filter(({ members }) => members.some((one) => isSentToPublicly(one.class)));
  for (const from of named) {
    for (const to of reached) addBetween({ from, to, family: 4 }, { between, add, addAlike });
  }
  return flows;
}

function flowBook(rows: (line: Line) => readonly Row[], outcomes: Outcomes) {
  const flows: Flow[] = [];
  const agree = agreement(outcomes);
  const add: Adding['add'] = (from, to, { family, line }) => {
    for (const row of rows(line)) flows.push({ from, to, family, ...row });
  };
  const addAlike: Adding['addAlike'] = ({ from, to, family }, pairs) => {
    const common = agree.common(pairs.map(({ line }) => line));
    add(from, to, { family, line: common });
    if (!common.values.includes(DIFFERS)) return;
    for (const pair of pairs) add(pair.from, pair.to, { family, line: agree.where(common, pair.line) });
  };
  return { flows, add, addAlike };
}

interface Adding {
  readonly between: (from: InterfaceClass, to: InterfaceClass, family: Family) => Line;
  readonly add: (from: string, to: string, part: { readonly family: Family; readonly line: Line }) => void;
  readonly addAlike: (ends: { from: string; to: string; family: Family }, pairs: readonly Pair[]) => void;
}

function addBetween(
  { from, to, family }: { readonly from: Named; readonly to: Named; readonly family: Family },
  { between, add, addAlike }: Adding,
): void {
  const [one] = from.members;
  const [other] = to.members;
  if (from.members.length === 1 && to.members.length === 1 && one && other) {
    if (one !== other) add(from.name, to.name, { family, line: between(one.class, other.class, family) });
    return;
  }
  const pairs = from.members.flatMap((source) =>
    to.members
      .filter((target) => target !== source)
      .map((target) => ({
        from: source.name,
        to: target.name,
        line: between(source.class, target.class, family),
      })),
  );
  addAlike({ from: from.name, to: to.name, family }, pairs);
}

interface Outward {
  readonly to: string;
  readonly family: Family;
  readonly pairs: readonly Pair[];
}

/** Towards ranges by their names, and towards gateway endpoints by theirs where all their ranges fare alike. */
function outward(
  net: ProvenNetwork,
  outcomes: Outcomes,
  { from, ranges }: { readonly from: Named; readonly ranges: readonly OutsideRange[] },
): readonly Outward[] {
  const found: Outward[] = [];
  const paths = new Map<InterfaceClass, readonly (PathOut | undefined)[]>();
  for (const { class: one } of from.members) {
    if (!paths.has(one))
      paths.set(
        one,
        ranges.map((range) => pathOut(net, one, range)),
      );
  }
  const pairTo = (member: Member, index: number, to: string, endpoint: string | undefined): Pair => {
    const path = paths.get(member.class)?.[index];
    const family = ranges[index]?.family ?? 4;
    const isThere = path !== undefined && path.endpoint === endpoint;
    return { from: member.name, to, line: outcomes.of(isThere ? path : undefined, family) };
  };
  for (const [index, { name, family }] of ranges.entries()) {
    found.push({
      to: name,
      family,
      pairs: from.members.map((member) => pairTo(member, index, name, undefined)),
    });
  }
  const endpoints = new Set([...paths.values()].flat().flatMap((path) => path?.endpoint ?? []));
  for (const endpoint of endpoints) {
    for (const family of FAMILIES) {
      const of = [...ranges.entries()].filter(
        ([, range]) => range.family === family && range.services.includes(endpoint),
      );
      const pairs = from.members.flatMap((member) =>
        of.map(([index, range]) => pairTo(member, index, range.name, endpoint)),
      );
      if (pairs.length > 0) found.push({ to: endpoint, family, pairs });
    }
  }
  return found;
}

function namedMembers(model: VpcModel, { classes }: ProvenNetwork): readonly Named[] {
  const apart = new Set(model.unplaced.map(({ endpoint }) => groupNameOf(endpoint)));
  const named = new Map<string, { name: string; members: Member[] }>();
  for (const [index, { endpoint }] of model.interfaces.entries()) {
    const found = classes.all[classes.indexes[index] ?? -1];
    if (found === undefined) throw new TypeError('every interface has a class');
    const group = groupNameOf(endpoint);
    const name = apart.has(group) ? endpoint : group;
    const entry = named.get(name) ?? { name, members: [] };
    entry.members.push({ name: endpoint, class: found });
    named.set(name, entry);
  }
  return [...named.values()];
}

/** Each worked out once. */
function betweenClasses(net: ProvenNetwork, lineOf: Adding['between']): Adding['between'] {
  const size = net.classes.all.length;
  const known = { 4: new Array<Line | undefined>(size * size), 6: new Array<Line | undefined>(size * size) };
  return (from, to, family) => {
    const at = from.index * size + to.index;
    const found = known[family][at] ?? lineOf(from, to, family);
    known[family][at] = found;
    return found;
  };
}

function rowBook(model: VpcModel, outcomes: Outcomes): (line: Line) => readonly Row[] {
  const rules = [...model.securityGroups, ...model.networkAcls].flatMap(({ ingress, egress }) => [
    ...ingress,
    ...egress,
  ]);
  const others = otherProtocols(rules);
  const known = new Map<Line, readonly Row[]>();
  return (line) => {
    if (line === outcomes.nothing) return [];
    const found = known.get(line) ?? rowsOf(line, outcomes, others);
    known.set(line, found);
    return found;
  };
}

function agreement({ lines, nothing }: Outcomes) {
  const join = (one: number, other: number) => (one === other ? one : DIFFERS);
  return {
    common(all: readonly Line[]): Line {
      const [first = nothing, ...rest] = new Set(all);
      return rest.reduce((one, other) => joinLines(lines, { one, other }, join), first);
    },
    /** The line where members differ, nothing elsewhere. */
    where: (common: Line, line: Line): Line =>
      joinLines(lines, { one: common, other: line }, (one, other) => (one === DIFFERS ? other : 0)),
  };
}
