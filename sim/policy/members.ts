/**
 * Who the names in a proof's rows are. A bare Terraform address is every member of its group, so that rows and policies
 * may speak of groups and members alike.
 */

import type { Flow } from '../prove/index.ts';
import type { Selector } from './selector.ts';
import { isOutside, type Subject } from './subject.ts';

export interface Members {
  /** The endpoints of that name; empty for what is outside. */
  of(name: string): readonly Subject[];
  /** Whether the selector names all of them. */
  covers(selector: Selector, name: string): boolean;
  /** The endpoints that the selector names. */
  named(selector: Selector): readonly Subject[];
  /** The rows of the proof that speak of both, as themselves or as members of their group. */
  rows(from: Subject | string, to: Subject | string): readonly Flow[];
}

export function indexMembers(subjects: readonly Subject[], flows: readonly Flow[]): Members {
  const byName = new Map<string, Subject[]>();
  for (const subject of subjects) {
    for (const name of new Set([subject.endpoint, subject.address])) append(byName, name, subject);
  }
  const rowsByPair = new Map<string, Flow[]>();
  for (const flow of flows) append(rowsByPair, pairOf(flow.from, flow.to), flow);
  const chosen = new Map<
    Selector,
    { readonly list: readonly Subject[]; readonly names: ReadonlySet<string> }
  >();
  const choose = (selector: Selector) => {
    const known = chosen.get(selector);
    if (known !== undefined) return known;
    const list = subjects.filter((subject) => selector.includes(subject));
    const made = { list, names: new Set(list.map(({ endpoint }) => endpoint)) };
    chosen.set(selector, made);
    return made;
  };
  const of = (name: string) => byName.get(name) ?? [];
  return {
    of,
    named: (selector) => choose(selector).list,
    covers: (selector, name) => {
      const members = of(name);
      if (members.length === 0) return isOutside(name) && selector.includesOutside(name);
      const { names } = choose(selector);
      return members.every(({ endpoint }) => names.has(endpoint));
    },
    rows: (from, to) =>
      namesOf(from).flatMap((left) =>
        namesOf(to).flatMap((right) => rowsByPair.get(pairOf(left, right)) ?? []),
      ),
  };
}

function namesOf(party: Subject | string): readonly string[] {
  return typeof party === 'string' ? [party] : [...new Set([party.endpoint, party.address])];
}

/** A line break is in no Terraform address. */
const pairOf = (from: string, to: string) => `${from}\n${to}`;

function append<Item>(map: Map<string, Item[]>, key: string, item: Item): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}
