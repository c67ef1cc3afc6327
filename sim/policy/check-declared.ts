/**
 * Every entry of `allow` that is not optional must work, between all that it names and for every source port from 1024 on:
 * an entry without `family` in at least one of the two, one with it in that.
 */

import type { Family, Flow } from '../prove/index.ts';
import type { PortRange, UnknownCause, VpcModel } from '../vpc/model.ts';
import type { Members } from './members.ts';
import type { OpenQuestion, Violation } from './outcome.ts';
import { namesOutside } from './outside-names.ts';
import { type AllowItem, type Policy, rangesFor } from './policy.ts';
import { intersect, rangesOf, subtract, trafficText, union } from './port-ranges.ts';
import type { Selector } from './selector.ts';
import { outsideBlock, type Subject } from './subject.ts';

type Party = Subject | string;

export function checkDeclared(policy: Policy, model: VpcModel, members: Members) {
  const found: { violations: Violation[]; questions: OpenQuestion[] } = { violations: [], questions: [] };
  for (const item of policy.allow.filter(({ isOptional }) => !isOptional)) {
    const broken = new Map<string, Violation>();
    for (const from of partiesOf(item.from, model, members)) {
      for (const to of partiesOf(item.to, model, members)) {
        if (nameOf(from) === nameOf(to)) continue;
        for (const protocol of protocolsOf(item)) {
          const result = judgePair(item, { from, to, protocol, members });
          if (result === undefined) continue;
          if ('causes' in result) found.questions.push(result);
          else keep(broken, result);
        }
      }
    }
    found.violations.push(...broken.values());
  }
  return found;
}

/** One entry may name many pairs: those that fail alike are told once. */
function keep(broken: Map<string, Violation>, violation: Violation): void {
  const key = JSON.stringify([violation.protocol, violation.ports, violation.instead]);
  const first = broken.get(key);
  if (first === undefined) broken.set(key, violation);
  else broken.set(key, { ...first, others: [...first.others, `${violation.from} → ${violation.to}`] });
}

function partiesOf(selector: Selector, model: VpcModel, members: Members): readonly Party[] {
  const outside = selector.outside.flatMap((name) => namesOutside(model, name));
  return [...members.named(selector), ...new Set(outside)];
}

const nameOf = (party: Party) => (typeof party === 'string' ? party : party.endpoint);

function protocolsOf({ traffic }: AllowItem): readonly string[] {
  return traffic.protocol === 'all' ? ['tcp', 'udp', 'icmp'] : [traffic.protocol];
}

interface Pair {
  readonly from: Party;
  readonly to: Party;
  readonly protocol: string;
  readonly members: Members;
}

function judgePair(item: AllowItem, pair: Pair): Violation | OpenQuestion | undefined {
  const families: readonly Family[] = item.family === undefined ? [4, 6] : [item.family];
  const results = families
    .filter((family) => fits(pair, family))
    .map((family) => judgeFamily(item, pair, family));
  if (results.includes(undefined)) return undefined;
  return results.find((result) => result !== undefined && 'causes' in result) ?? results[0];
}

/** A range outside belongs to one family. */
function fits({ from, to }: Pair, family: Family): boolean {
  return [from, to].every((party) => {
    const block = typeof party === 'string' ? outsideBlock(party) : undefined;
    return block === undefined || block.family === family;
  });
}

function judgeFamily(item: AllowItem, pair: Pair, family: Family): Violation | OpenQuestion | undefined {
  const { from, to, protocol, members } = pair;
  const rows = members.rows(from, to).filter((row) => row.family === family && isAbout(row, protocol));
  const wanted = rangesFor(item.traffic, protocol);
  const missing = subtract(
    wanted,
    portsWhere(rows, ({ verdict }) => verdict.kind === 'always'),
  );
  if (missing.length === 0) return undefined;
  const unknown = portsWhere(rows, ({ verdict }) => verdict.kind === 'unknown');
  const broken = subtract(missing, unknown);
  const names = { from: nameOf(from), to: nameOf(to) };
  if (broken.length === 0) {
    const text = `whether ${names.from} has a working ${trafficText(protocol, missing)} connection to ${names.to}`;
    return { item, ...names, text, causes: causesOf(rows, missing) };
  }
  const instead = insteadOf(rows, broken);
  return {
    problem: 'declared-flow-broken',
    item,
    ...names,
    protocol,
    ports: broken,
    family,
    instead,
    others: [],
  };
}

/** Of a type of ICMP only code 0 is asked, as of an echo. A number that no rule names stands in the row of the others. */
function isAbout(row: Flow, protocol: string): boolean {
  const isCodeZero = row.codes?.every(({ from }) => from > 0) !== true;
  return isCodeZero && (row.protocol === protocol || (row.protocol === 'other' && /^\d+$/.test(protocol)));
}

function portsWhere(rows: readonly Flow[], holds: (row: Flow) => boolean): readonly PortRange[] {
  return union(rows.filter(holds).flatMap(rangesOf));
}

function insteadOf(rows: readonly Flow[], broken: readonly PortRange[]): NonNullable<Violation['instead']> {
  const met = rows.filter((row) => intersect(rangesOf(row), broken).length > 0);
  if (met.length === 0) return 'dropped';
  return met.some(({ verdict }) => verdict.kind === 'depends') ? 'answer-depends' : 'answer-dropped';
}

function causesOf(rows: readonly Flow[], missing: readonly PortRange[]): readonly UnknownCause[] {
  return rows
    .filter((row) => intersect(rangesOf(row), missing).length > 0)
    .flatMap(({ verdict }) => (verdict.kind === 'unknown' ? verdict.causes : []));
}
