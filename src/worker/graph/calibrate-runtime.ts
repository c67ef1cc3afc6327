/** Finds the smoothing factors of a model in a thread of its own, so that nothing waits for the arithmetic and its memory is given back. */

import { Worker } from 'node:worker_threads';
import { DrydockError } from '../../rpc/errors.ts';
import { forbidTelemetry } from '../runtime/config.ts';
import type { SmoothingFactors } from './smoothing.ts';

/** Plain data: it goes to the thread as it is. */
export interface CalibrationOrder {
  readonly modelFile: string;
  /** See `smoothedInputs`. */
  readonly inputs: readonly string[];
  /** For files on the way. It must not be there, and is removed. */
  readonly scratchDir: string;
  /** Of the arithmetic. */
  readonly threads: number;
}

export type FromCalibration =
  | { readonly kind: 'progress'; readonly doneBytes: number }
  | { readonly kind: 'done'; readonly factors: SmoothingFactors }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

export interface CalibrateOptions {
  /** Bytes of the model's files that have been read. */
  readonly onProgress: (doneBytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws the signal's reason on abort; DrydockError WORKER_MODEL_FILE_INVALID or WORKER_MODEL_UNSUPPORTED for the model; Error when
 *   files cannot be written or the engine refuses a layer.
 */
export async function calibrate(
  order: CalibrationOrder,
  { onProgress, signal }: CalibrateOptions,
): Promise<SmoothingFactors> {
  signal?.throwIfAborted();
  forbidTelemetry();
  const thread = new Worker(new URL('./calibration-thread.ts', import.meta.url), { workerData: order });
  const stop = () => thread.postMessage('stop');
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await resultOf(thread, onProgress);
  } finally {
    signal?.removeEventListener('abort', stop);
    // Also where it was done before it heard.
    signal?.throwIfAborted();
  }
}

/** Settles when the thread has ended, and with it its hold on the files. */
function resultOf(thread: Worker, onProgress: (doneBytes: number) => void): Promise<SmoothingFactors> {
  const { promise, resolve, reject } = Promise.withResolvers<SmoothingFactors>();
  let factors: SmoothingFactors | undefined;
  let failure: unknown;
  thread.on('message', (message: FromCalibration) => {
    if (message.kind === 'progress') onProgress(message.doneBytes);
    else if (message.kind === 'done') factors = message.factors;
    else failure = new DrydockError(message.code, message.message);
  });
  thread.on('error', (error) => {
    failure = error;
  });
  thread.on('exit', (code) => {
    if (factors === undefined) reject(failure ?? new Error(`the calibration ended with code ${code}`));
    else resolve(factors);
  });
  return promise;
}
