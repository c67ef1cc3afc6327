/** Sets of ports as sorted, disjoint, inclusive ranges. ICMP types are sets of the same kind; a protocol without either has one member. */

import type { PortRange } from '../vpc/model.ts';

const SPANS: Readonly<Record<string, PortRange>> = {
  tcp: { from: 0, to: 65_535 },
  udp: { from: 0, to: 65_535 },
  icmp: { from: 0, to: 255 },
};

/** Everything that a protocol's packets can be told apart by. */
export function spanOf(protocol: string): PortRange {
  return SPANS[protocol] ?? { from: 0, to: 0 };
}

/** What a row of the proof speaks of; where the protocol has no ports, its one member. */
export function rangesOf(flow: { readonly protocol: string; readonly ports: readonly PortRange[] }) {
  return flow.ports.length > 0 ? flow.ports : [spanOf(flow.protocol)];
}

/** Sorted, disjoint and not adjacent. */
export function union(ranges: readonly PortRange[]): PortRange[] {
  const merged: PortRange[] = [];
  for (const range of ranges.toSorted((left, right) => left.from - right.from)) {
    const last = merged.at(-1);
    if (last !== undefined && range.from <= last.to + 1) {
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    } else merged.push(range);
  }
  return merged;
}

export function intersect(left: readonly PortRange[], right: readonly PortRange[]): PortRange[] {
  return union(
    left.flatMap((one) =>
      right.flatMap((other) => {
        const both = { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) };
        return both.from <= both.to ? [both] : [];
      }),
    ),
  );
}

export function subtract(ranges: readonly PortRange[], taken: readonly PortRange[]): PortRange[] {
  return taken.reduce<PortRange[]>(
    (left, { from, to }) =>
      left.flatMap((range) => {
        if (to < range.from || range.to < from) return [range];
        const parts = [
          { from: range.from, to: from - 1 },
          { from: to + 1, to: range.to },
        ];
        return parts.filter((part) => part.from <= part.to);
      }),
    union(ranges),
  );
}

/** `443, 8000-8010`; `all` for the protocol's whole span. */
export function portsText(ranges: readonly PortRange[], protocol: string): string {
  const span = spanOf(protocol);
  const [only] = ranges;
  if (ranges.length === 1 && only?.from === span.from && only.to === span.to) return 'all';
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}

/** `tcp/443`, `udp`, `icmp/8`, `protocol 50`, `other protocols`. */
export function trafficText(protocol: string, ranges: readonly PortRange[]): string {
  if (protocol === 'other') return 'other protocols';
  if (!Object.hasOwn(SPANS, protocol)) return `protocol ${protocol}`;
  const ports = portsText(ranges, protocol);
  return ports === 'all' ? protocol : `${protocol}/${ports}`;
}
