/**
 * Flow-log records as AWS writes them (VPC User Guide, "Flow log records", version 2, default format), and beside each what AWS
 * does not say: the interface's name, the direction, and the Terraform address that refused. Pure.
 */
import { createHash } from 'node:crypto';
import type { CounterMeaning } from '../../compile/index.ts';
import type { FlowInterval, FlowRecord } from './flow.ts';

/** The account of AWS's own examples. */
const account = '123456789012';

/** As long as AWS's, and the same for the same name in every run. */
export function interfaceId(name: string): string {
  return `eni-${createHash('sha256').update(name).digest('hex').slice(0, 17)}`;
}

export const flowLogFields =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';

export interface FlowLogLine {
  readonly aws: string;
  readonly extended: Readonly<Record<string, unknown>>;
}

export function flowLogLines(
  { start, end, records, silent, skipped }: FlowInterval,
  counters: Readonly<Record<string, CounterMeaning>>,
): readonly FlowLogLine[] {
  const without = (name: string, status: 'NODATA' | 'SKIPDATA'): FlowLogLine => ({
    aws: `2 ${account} ${interfaceId(name)} - - - - - - - ${start} ${end} - ${status}`,
    extended: { interface: name, interfaceId: interfaceId(name), start, end, logStatus: status },
  });
  return [
    ...records.map((record) => ({ aws: awsLine(record), extended: extended(record, counters) })),
    ...silent.map((name) => without(name, 'NODATA')),
    ...skipped.map((name) => without(name, 'SKIPDATA')),
  ];
}

function awsLine(record: FlowRecord): string {
  const { source, destination, sourcePort, port, protocol, packets, bytes, start, end, action } = record;
  return [
    2,
    account,
    interfaceId(record.interface),
    source,
    destination,
    sourcePort,
    port,
    protocol,
    packets,
    bytes,
    start,
    end,
    action,
    'OK',
  ].join(' ');
}

function extended(record: FlowRecord, counters: Readonly<Record<string, CounterMeaning>>) {
  const { refusedBy, interface: name, ...facts } = record;
  const meaning = refusedBy === undefined ? undefined : counters[refusedBy];
  return {
    interface: name,
    interfaceId: interfaceId(name),
    ...facts,
    logStatus: 'OK',
    ...(meaning && { refusedBy: { address: meaning.address, layer: meaning.layer, text: meaning.text } }),
  };
}
