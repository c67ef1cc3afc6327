/** Verdicts as small integers, so that comparing and joining them is cheap: deny, allow, and one for each set of causes. */

import type { UnknownCause } from '../vpc/model.ts';

export const DENY = 0;
export const ALLOW = 1;
const FIRST_SET = 2;

export interface CauseSets {
  /** Of no causes: a mistake of the caller. */
  readonly unknown: (causes: readonly UnknownCause[]) => number;
  /** Both layers must let pass. */
  readonly both: (one: number, other: number) => number;
  /** One of the rules suffices. */
  readonly either: (one: number, other: number) => number;
  /** Of a verdict that is unknown; of the others none. */
  readonly causes: (verdict: number) => readonly UnknownCause[];
}

export function causeSets(): CauseSets {
  const single = new Map<string, { readonly index: number; readonly cause: UnknownCause }>();
  const byKey = new Map<string, number>();
  const sets: { readonly members: readonly number[]; readonly causes: readonly UnknownCause[] }[] = [];
  const all: UnknownCause[] = [];

  function indexOf(cause: UnknownCause): number {
    const key = `${cause.address} ${cause.reason}`;
    const found = single.get(key);
    if (found !== undefined) return found.index;
    single.set(key, { index: all.length, cause });
    return all.push(cause) - 1;
  }

  function ofMembers(members: readonly number[]): number {
    const sorted = [...new Set(members)].sort((one, other) => one - other);
    const key = sorted.join();
    const found = byKey.get(key);
    if (found !== undefined) return found;
    const causes = sorted.flatMap((index) => all[index] ?? []);
    const id = sets.push({ members: sorted, causes }) - 1 + FIRST_SET;
    byKey.set(key, id);
    return id;
  }

  const membersOf = (verdict: number) => sets[verdict - FIRST_SET]?.members ?? [];
  const union = (one: number, other: number) =>
    one === other ? one : ofMembers([...membersOf(one), ...membersOf(other)]);

  return {
    unknown(causes) {
      if (causes.length === 0) throw new TypeError('an unknown verdict has a cause');
      return ofMembers(causes.map(indexOf));
    },
    both(one, other) {
      if (one === DENY || other === DENY) return DENY;
      if (one === ALLOW) return other;
      return other === ALLOW ? one : union(one, other);
    },
    either(one, other) {
      if (one === ALLOW || other === ALLOW) return ALLOW;
      if (one === DENY) return other;
      return other === DENY ? one : union(one, other);
    },
    causes: (verdict) => sets[verdict - FIRST_SET]?.causes ?? [],
  };
}
