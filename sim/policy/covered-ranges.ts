/**
 * The internet is cut at every block that some rule names, so that a proof has a row of the block beside that of `internet`
 * even where both fare alike. People want the second alone, and the first for what it may beside.
 */

import type { PortRange } from '../vpc/model.ts';
import { rangesOf, subtract } from './port-ranges.ts';
import { isPublic, outsideBlock } from './subject.ts';

interface Row {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly family: number;
  readonly codes?: readonly PortRange[];
  readonly ports: readonly PortRange[];
}

/** @param alikeBy What rows must have in common to fare alike, beside their ends, protocol and family. */
export function withoutCovered<One extends Row>(
  rows: readonly One[],
  alikeBy: (row: One) => string,
): readonly One[] {
  const isNarrow = ({ from, to }: One) => widened(from) !== from || widened(to) !== to;
  if (!rows.some(isNarrow)) return rows;
  const keyOf = (row: One, { from, to }: Pick<Row, 'from' | 'to'>) =>
    [from, to, row.protocol, row.family, JSON.stringify(row.codes ?? []), alikeBy(row)].join('\n');
  const wideRows = rows.filter(({ from, to }) => from === 'internet' || to === 'internet');
  const wide = Map.groupBy(wideRows, (row) => keyOf(row, row));
  return rows.flatMap((row) => {
    if (!isNarrow(row)) return [row];
    const covering = wide.get(keyOf(row, { from: widened(row.from), to: widened(row.to) })) ?? [];
    const ports = subtract(rangesOf(row), covering.flatMap(rangesOf));
    return ports.length === 0 ? [] : [{ ...row, ports: row.ports.length === 0 ? row.ports : ports }];
  });
}

function widened(name: string): string {
  const block = outsideBlock(name);
  return block !== undefined && isPublic(block) ? 'internet' : name;
}
