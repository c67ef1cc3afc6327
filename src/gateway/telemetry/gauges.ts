/** What the gateway tells of this moment, read when it is asked for. */

import type { InferenceClient } from '../../rpc/inference.ts';
import type { Tracing } from '../../rpc/tracing/open-tracing-runtime.ts';
import type { Audit } from '../audit/runtime/open-audit.ts';
import type { InFlight } from '../in-flight.ts';
import type { GaugeReading } from './metrics.ts';

export interface GaugesOptions {
  readonly inference: InferenceClient;
  readonly inFlight: InFlight;
  readonly residentBytes: () => number;
  /** Absent: nothing is audited. */
  readonly audit: Pick<Audit, 'trail' | 'spool' | 'shipper'> | undefined;
  /** Absent: nothing is traced. */
  readonly tracing: Pick<Tracing, 'exporter'> | undefined;
}

export function gaugesOf(options: GaugesOptions): readonly GaugeReading[] {
  const { inference, inFlight, residentBytes, audit, tracing } = options;
  return [
    ...(audit === undefined ? [] : auditGauges(audit)),
    ...(tracing === undefined ? [] : tracingGauges(tracing)),
    {
      name: 'vllm:num_requests_running',
      help: 'Choices of completions in work, from the first byte of a request to the last of its answer.',
      read: () => inFlight.count,
    },
    {
      name: 'gateway_workers',
      help: 'Workers that a request could be sent to now.',
      read: () => inference.workers().length,
    },
    {
      name: 'gateway_worker_slots',
      help: 'Generations that those workers run at once.',
      read: () => inference.workers().reduce((sum, { slots }) => sum + slots, 0),
    },
    { name: 'process_resident_memory_bytes', help: 'Resident memory in bytes.', read: residentBytes },
  ];
}

function tracingGauges({ exporter }: Pick<Tracing, 'exporter'>): readonly GaugeReading[] {
  return [
    { name: 'gateway_spans_exported', help: 'Spans that the collector took.', read: () => exporter.exported },
    {
      name: 'gateway_spans_dropped',
      help: 'Spans that no collector will see.',
      read: () => exporter.dropped,
    },
  ];
}

function auditGauges({
  trail,
  spool,
  shipper,
}: NonNullable<GaugesOptions['audit']>): readonly GaugeReading[] {
  return [
    {
      name: 'gateway_audit_accepting',
      help: 'Whether the last write of the audit log went through and there is room for more.',
      read: () => Number(trail.isAccepting),
    },
    { name: 'gateway_audit_records', help: 'Records of the chain so far.', read: () => trail.nextSeq },
    { name: 'gateway_audit_omitted', help: 'Records that found no room.', read: () => trail.omitted },
    { name: 'gateway_audit_write_failures', help: 'Failed writes.', read: () => trail.failures },
    { name: 'gateway_audit_spool_bytes', help: 'Bytes that are not shipped.', read: () => spool.bytes },
    {
      name: 'gateway_audit_ship_failures',
      help: 'Failed shipments, where there is a store.',
      read: () => shipper?.failures,
    },
  ];
}
