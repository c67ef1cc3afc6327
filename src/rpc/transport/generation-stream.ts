/** Runs a handler and turns what it does into frames: token frames as they come, then exactly one terminal frame. */

import { describeError } from '../contract/describe-error.ts';
import type { ErrorFrame, GenerateFrame, GenerateRequest } from '../contract/generate.ts';
import { DrydockError } from '../errors.ts';
import type { GenerateHandler, RpcLogger } from '../inference.ts';
import { toWireError } from './wire-error.ts';

export interface StreamOptions {
  readonly handler: GenerateHandler;
  /** What the caller has of the answer. */
  readonly answeredIds: readonly number[];
  /** As it came. */
  readonly traceparent?: string | undefined;
  /** Its reason is the DrydockError that the caller gets. */
  readonly signal: AbortSignal;
  readonly send: (frame: GenerateFrame) => void;
  readonly logger: RpcLogger;
}

/** @returns the terminal frame, not sent yet. It comes after the handler has given back what it holds. */
export async function streamGeneration(
  request: GenerateRequest,
  options: StreamOptions,
): Promise<GenerateFrame> {
  const { handler, answeredIds, traceparent, signal, send, logger } = options;
  try {
    for await (const frame of handler(request, { signal, answeredIds, traceparent })) {
      signal.throwIfAborted();
      if ('done' in frame) return frame;
      if ('error' in frame) return errorFrame(new DrydockError(frame.error.code, frame.error.message));
      send(frame);
    }
    throw new DrydockError(
      'RPC_GENERATION_FAILED',
      'could not generate: the generation ended without a result; send the request again',
    );
  } catch (error) {
    const reported: unknown = signal.aborted ? signal.reason : error;
    if (!signal.aborted)
      logger.warn({ requestId: request.requestId, ...describeError(error) }, 'generation failed');
    return errorFrame(reported);
  }
}

function errorFrame(error: unknown): ErrorFrame {
  return { error: toWireError(error) };
}
