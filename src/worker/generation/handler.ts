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
  return async function* handle(request, { signal }) {
    try {
      yield* generate(model, request, { signal, now: Date.now, drawSeed: () => randomInt(seedCount) });
    } catch (error) {
      if (isDrydockError(error) && error.code === 'RPC_GENERATION_FAILED') {
        log.error(
          { event: 'generation-failed', requestId: request.requestId, ...describeError(error.cause) },
          'generation failed',
        );
        void probe(model).catch(onBroken);
      }
      throw error;
    }
  };
}

async function probe(model: Model): Promise<void> {
  await using sequence = model.runner.openSequence();
  await sequence.feed([model.vocabulary.bosId], { logits: 'last' });
}
