/** Sorted, disjoint ranges of ports from answers along a line of ports. */

import type { PortRange } from '../vpc/model.ts';

/** The convention of the whole proof: verdicts speak of these source ports. */
export const SOURCE_PORTS: PortRange = { from: 1024, to: 65_535 };
export const PORT_MAX = 65_535;

/** Adjacent and overlapping ones become one. */
export function joinRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const joined: PortRange[] = [];
  for (const range of [...ranges].sort((one, other) => one.from - other.from)) {
    const last = joined.at(-1);
    if (last !== undefined && range.from <= last.to + 1) {
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    } else {
      joined.push(range);
    }
  }
  return joined;
}

/** The ranges that begin at each of the starts within the bounds. */
export function cutAt(bounds: PortRange, starts: Iterable<number>): readonly PortRange[] {
  const inner = [...new Set(starts)].filter((port) => port > bounds.from && port <= bounds.to);
  const sorted = [bounds.from, ...inner.sort((one, other) => one - other)];
  return sorted.map((from, index) => ({ from, to: (sorted[index + 1] ?? bounds.to + 1) - 1 }));
}
