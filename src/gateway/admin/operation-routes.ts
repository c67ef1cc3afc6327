/**
 * Where requests can go, and how this process of the gateway is ended without loss. It keeps no gateway out of service: what starts
 * programs may start the next one at once.
 */

import type { InferenceClient } from '../../rpc/inference.ts';
import type { InFlight } from '../in-flight.ts';
import { adminRoute } from './admin-route.ts';

export interface OperationRoutesOptions {
  readonly inference: InferenceClient;
  readonly inFlight: InFlight;
  /** Aborted once the program is on its way out. */
  readonly draining: AbortSignal;
  readonly drainMs: number;
  /** Begins the same as SIGTERM. */
  readonly drain: () => void;
}

export function operationRoutes(options: OperationRoutesOptions) {
  const { inference, inFlight, draining, drainMs, drain } = options;
  const state = () => ({ isDraining: draining.aborted, running: inFlight.count, windowMs: drainMs });
  return [
    adminRoute('GET', '/admin/workers', (context) => {
      const workers = inference.workers().map(({ workerId, availabilityZone, slots, models }) => ({
        workerId,
        availabilityZone,
        slots,
        models: models.map(({ name }) => name),
      }));
      return context.json({ workers, ...inference.health() });
    }),
    adminRoute('GET', '/admin/drain', (context) => context.json(state())),
    adminRoute('POST', '/admin/drain', (context) => {
      drain();
      return context.json(state(), 202);
    }),
  ];
}
