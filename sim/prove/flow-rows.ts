/** An outcome line in rows: protocol by protocol, ports that fare alike together. */

import type { PortRange } from '../vpc/model.ts';
import { type Line, pieces, valueAt } from './lines.ts';
import type { Outcomes } from './outcomes.ts';
import { joinRanges } from './port-ranges.ts';
import type { Flow } from './proof.ts';
import { type AxisSpan, ICMP_AXIS, pointOfProtocol, TCP_AXIS, UDP_AXIS } from './traffic-axis.ts';

/** A row without its ends. */
export type Row = Omit<Flow, 'from' | 'to' | 'family'>;

const CODES = 256;

/** Values of at most 0 make no row. */
export function rowsOf(
  line: Line,
  outcomes: Outcomes,
  { named, rest }: { readonly named: readonly number[]; readonly rest: number | undefined },
): readonly Row[] {
  return [
    ...portRows(line, outcomes, { protocol: 'tcp', axis: TCP_AXIS }),
    ...portRows(line, outcomes, { protocol: 'udp', axis: UDP_AXIS }),
    ...icmpRows(line, outcomes),
    ...named.flatMap((number) => pointRow(line, outcomes, { protocol: String(number), number })),
    ...(rest === undefined ? [] : pointRow(line, outcomes, { protocol: 'other', number: rest })),
  ];
}

function portRows(
  line: Line,
  outcomes: Outcomes,
  { protocol, axis }: { readonly protocol: string; readonly axis: AxisSpan },
): readonly Row[] {
  return [...rangesByOutcome(line, axis)].map(([value, ports]) => ({
    protocol,
    ports,
    ...outcomes.outcome(value),
  }));
}

function icmpRows(line: Line, outcomes: Outcomes): readonly Row[] {
  return [...rangesByOutcome(line, ICMP_AXIS)].flatMap(([value, ranges]) =>
    [...typesByCodes(ranges)].map(([, { types, codes }]) => ({
      protocol: 'icmp',
      ports: joinRanges(types),
      ...(codes !== undefined && { codes }),
      ...outcomes.outcome(value),
    })),
  );
}

function pointRow(
  line: Line,
  outcomes: Outcomes,
  { protocol, number }: { readonly protocol: string; readonly number: number },
): readonly Row[] {
  const value = valueAt(line, pointOfProtocol(number).first);
  return value <= 0 ? [] : [{ protocol, ports: [], ...outcomes.outcome(value) }];
}

function rangesByOutcome(line: Line, axis: AxisSpan): ReadonlyMap<number, readonly PortRange[]> {
  const found = new Map<number, PortRange[]>();
  for (const { first, last, value } of pieces(line, axis)) {
    if (value <= 0) continue;
    const ranges = found.get(value) ?? [];
    ranges.push({ from: first - axis.first, to: last - axis.first });
    found.set(value, ranges);
  }
  return found;
}

/** Runs of type and code as types, with the codes where they are not all. */
function typesByCodes(
  ranges: readonly PortRange[],
): ReadonlyMap<string, { readonly types: PortRange[]; readonly codes: readonly PortRange[] | undefined }> {
  const codesOf = new Map<number, PortRange[]>();
  for (const { from, to } of ranges) {
    for (let type = Math.floor(from / CODES); type * CODES <= to; type += 1) {
      const codes = codesOf.get(type) ?? [];
      codes.push({
        from: Math.max(from - type * CODES, 0),
        to: Math.min(to - type * CODES, CODES - 1),
      });
      codesOf.set(type, codes);
    }
  }
  const groups = new Map<string, { types: PortRange[]; codes: readonly PortRange[] | undefined }>();
  for (const [type, found] of codesOf) {
    const codes = joinRanges(found);
    const key = JSON.stringify(codes);
    const isAll = codes.length === 1 && codes[0]?.from === 0 && codes[0].to === CODES - 1;
    const group = groups.get(key) ?? { types: [], codes: isAll ? undefined : codes };
    group.types.push({ from: type, to: type });
    groups.set(key, group);
  }
  return groups;
}
