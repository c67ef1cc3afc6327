/** Which rules a packet met, read from the counters before and after it. Pure. */
import type { CounterMeaning } from '../compile/index.ts';

export interface MovedCounter extends CounterMeaning {
  readonly packets: number;
}

export type Counts = Readonly<Record<string, number>>;

/** In the order of the rulesets, with the number of packets that each saw in between. */
export function movedCounters(
  meanings: Readonly<Record<string, CounterMeaning>>,
  counts: { readonly before: Counts; readonly after: Counts },
): readonly MovedCounter[] {
  return Object.entries(meanings).flatMap(([id, meaning]) => {
    const packets = (counts.after[id] ?? 0) - (counts.before[id] ?? 0);
    return packets > 0 ? [{ ...meaning, packets }] : [];
  });
}

/** The refusals among them. */
export function refusals(moved: readonly MovedCounter[]): readonly MovedCounter[] {
  return moved.filter(({ verdict }) => verdict === 'deny');
}
