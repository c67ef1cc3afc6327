/** Whether the gateway should be sent requests: not while it stops, and not while there is nobody to answer them. */

import type { InferenceClient } from '../rpc/inference.ts';

export interface Readiness {
  readonly isReady: boolean;
  readonly status: 'ready' | 'stopping' | 'waiting for a worker';
}

export function readinessOf(inference: InferenceClient, draining: AbortSignal): Readiness {
  if (draining.aborted) return { isReady: false, status: 'stopping' };
  if (inference.workers().length === 0) return { isReady: false, status: 'waiting for a worker' };
  return { isReady: true, status: 'ready' };
}
