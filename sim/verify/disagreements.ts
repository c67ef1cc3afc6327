/** Packets that fared otherwise than the proof says, as findings: one for two ends, a protocol and a way of disagreeing. */

import { finding, listText, type Observation } from './checks.ts';
import type { DifferResult } from './report.ts';

type Disagreement = DifferResult['disagreements'][number];

export function disagreements(differ: DifferResult | undefined): readonly Observation[] {
  const alike = Map.groupBy(differ?.disagreements ?? [], (row) =>
    [row.from, row.to, row.protocol, row.family, faredText(row.proof), faredText(row.packets)].join('\n'),
  );
  return [...alike.values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined) return [];
    const { from, to, protocol, family, proof, packets } = first;
    const ports = rows.flatMap(portText);
    const where = `${from} → ${to} by ${protocol} over IPv${family}${ports.length === 0 ? '' : `, ${listText(ports)}`}`;
    const message = `proof and real packets disagree on ${where}: the proof says ${faredText(proof)}, and packets were ${faredText(packets)}`;
    return [finding('differ-disagreement', { address: to, message })];
  });
}

function portText({ port, sourcePort }: Disagreement): readonly string[] {
  if (port === undefined) return [];
  return [`port ${port}${sourcePort === undefined ? '' : ` from port ${sourcePort}`}`];
}

function faredText({ delivered, answered }: Disagreement['proof']): string {
  if (delivered === 'unknown') return 'unknown';
  if (delivered === 'no') return 'dropped';
  if (answered === 'unknown') return 'delivered, the answer unknown';
  return answered === 'yes' ? 'delivered and answered' : 'delivered and not answered';
}
