/** The rows of `reach` as people read them: one line for a pair, all its traffic together, and what is wrong with it. */

import { isOutside, rangesOf, trafficText, union, withoutCovered } from '../../policy/index.ts';
import type { PortRange } from '../../vpc/model.ts';
import type { Reach } from '../report.ts';

export interface ReachLine {
  readonly from: string;
  readonly to: string;
  /** `tcp/443, icmp/8`. */
  readonly traffic: string;
  /** `answers are dropped`, `IPv6`; empty where all is well. */
  readonly remark: string;
}

export type Region = 'from-internet' | 'to-internet' | 'inside';

export function regionOf({ from, to }: Pick<Reach, 'from' | 'to'>): Region {
  if (isOutside(from)) return 'from-internet';
  return isOutside(to) ? 'to-internet' : 'inside';
}

export function reachLines(rows: readonly Reach[]): readonly ReachLine[] {
  const shown = withoutCovered(rows, (row) => `${row.byPublicAddress} ${answerRemark(row)}`);
  const pairs = Map.groupBy(mergeFamilies(shown), (row) => [row.from, row.to, row.remark].join('\n'));
  return [...pairs.values()].flatMap((pair) => {
    const [first] = pair;
    return first === undefined ? [] : [{ ...first, traffic: trafficOf(pair) }];
  });
}

interface Marked extends Reach {
  readonly remark: string;
}

/** What holds in both families is told once; what holds in one says in which, where the network has two. */
function mergeFamilies(rows: readonly Reach[]): readonly Marked[] {
  const isDual = new Set(rows.map(({ family }) => family)).size > 1;
  const same = Map.groupBy(rows, (row) => keyOf(row, isDual));
  return [...same.values()].flatMap((twins) => {
    const [first] = twins;
    if (first === undefined) return [];
    const isOnly = isDual && twins.length === 1 && !first.byPublicAddress;
    const only = isOnly ? `IPv${first.family} only` : '';
    const by = first.byPublicAddress ? 'by its public address' : '';
    const isLoneSix = !isDual && first.family === 6 ? 'IPv6' : '';
    return [
      {
        ...first,
        remark: [by, answerRemark(first), codesRemark(first), only, isLoneSix]
          .filter((text) => text !== '')
          .join('; '),
      },
    ];
  });
}

/** Rows of one family are never merged with one another. */
function keyOf(row: Reach, isDual: boolean): string {
  const { from, to, protocol, delivered, verdict, byPublicAddress } = row;
  const ranges = JSON.stringify([row.ports, row.codes, row.sourcePorts]);
  return [from, to, protocol, delivered, verdict, ranges, byPublicAddress, isDual ? '' : row.family].join(
    '\n',
  );
}

function answerRemark({ delivered, verdict, sourcePorts }: Reach): string {
  if (delivered === 'unknown') return 'unknown';
  if (verdict === 'unknown') return 'arrives; whether answers come back is unknown';
  if (verdict === 'never') return 'arrives; answers are dropped';
  if (verdict !== 'depends') return '';
  return `works from source ports ${sourcePorts.map(rangeText).join(', ')} only`;
}

function codesRemark({ codes }: Reach): string {
  return codes.length === 0 ? '' : `codes ${codes.map(rangeText).join(', ')}`;
}

const NAMED = ['tcp', 'udp', 'icmp'];

function trafficOf(rows: readonly Reach[]): string {
  const byProtocol = Map.groupBy(rows, ({ protocol }) => protocol);
  const numbers = [...byProtocol.keys()].filter((name) => /^\d+$/.test(name)).map(Number);
  const named = [...NAMED, 'other'].flatMap((name) => {
    const own = byProtocol.get(name);
    return own === undefined ? [] : [trafficText(name, union(own.flatMap(rangesOf)))];
  });
  const ranges = union(numbers.map((number) => ({ from: number, to: number })));
  return [...named, ...(ranges.length === 0 ? [] : [`protocol ${ranges.map(rangeText).join(', ')}`])].join(
    ', ',
  );
}

const rangeText = ({ from, to }: PortRange) => (from === to ? String(from) : `${from}-${to}`);
