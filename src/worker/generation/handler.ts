/**
 * What the RPC layer calls for each request. A failed generation is logged without any text of it, and then the model is
 * tried on one token: if that fails too, nothing more can be served, and the program is told.
 */

import { randomInt } from 'node:crypto';
import { describeError } from '../../rpc/contract/describe-error.ts';
import { isDrydockError } from '../../rpc/errors.ts';
import type { GenerateHandler } from '../../rpc/inference.ts';
import { generate } from './generate.ts';
import type { Model } from './model.ts';

export interface HandlerOptions {
  readonly log: { error(fields: Readonly<Record<string, unknown>>, message: string): void };
  /** Called, perhaps more than once, when the model cannot be run any more. */
  readonly onBroken: (error: unknown) => void;
}

/** `randomInt` takes no wider range. */
const seedCount = 2 ** 48 - 1;

export function createHandler(model: Model, { log, onBroken }: HandlerOptions): GenerateHandler {
  return async function* handle(request, { signal, answeredIds = [] }) {
    try {
      const drawSeed = () => randomInt(seedCount);
      yield* generate(model, request, { signal, answeredIds, now: Date.now, drawSeed });
    } catch (error) {
      if (isDrydockError(error) && error.code === 'RPC_GENERATION_FAILED') {
        log.error(
          { event: 'generation-failed', requestId: request.requestId, ...describeError(error.cause) },
          'generation failed',
        );
        void probe(model).catch((failure: unknown) => {
          if (!isPassing(failure)) onBroken(failure);
        });
      }
      throw error;
    }
  };
}

/** It says nothing of the model, which is given back just now or has much to do. */
function isPassing(error: unknown): boolean {
  return isDrydockError(error) && (error.code === 'WORKER_CANCELLED' || error.code === 'RPC_WORKER_BUSY');
}

/** Runs the model once, through prompt and answer. */
async function probe({ scheduler, vocabulary }: Model): Promise<void> {
  let left = 2;
  await scheduler.run({
    promptIds: [vocabulary.bosId],
    tokensMax: 2,
    priority: 0,
    signal: new AbortController().signal,
    choose: () => (--left > 0 ? vocabulary.bosId : undefined),
    isSated: () => false,
  });
}
