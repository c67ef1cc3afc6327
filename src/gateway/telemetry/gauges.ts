/** What the gateway tells of this moment, read when it is asked for. */

import type { InferenceClient } from '../../rpc/inference.ts';
import type { InFlight } from '../in-flight.ts';
import type { GaugeReading } from './metrics.ts';

export interface GaugesOptions {
  readonly inference: InferenceClient;
  readonly inFlight: InFlight;
  readonly residentBytes: () => number;
}

export function gaugesOf({ inference, inFlight, residentBytes }: GaugesOptions): readonly GaugeReading[] {
  return [
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
