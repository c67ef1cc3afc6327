/**
 * Chooses the tokens of one answer as its sampling settings say. The choice depends on the request, the seed and the logits
 * alone, never on what else runs; a token that was chosen elsewhere can be replayed instead.
 */

import type { ChosenLogprob, Sampling } from '../../rpc/contract/generate.ts';
import type { ToolUse } from '../../rpc/contract/tools.ts';
import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import type { Vocabulary } from '../vocabulary.ts';
import type { GrammarCompiler } from './grammar-matcher.ts';
import { createLogprobReader } from './logprobs.ts';
import { createPenalties } from './penalties.ts';
import { createBranchedRandom, createRandom } from './random.ts';
import { createSelector } from './selector.ts';

export interface TokenChoice {
  readonly id: number;
  /** Only where the request asks for log probabilities. */
  readonly logprob?: ChosenLogprob;
}

export interface TokenChooser {
  /**
   * The next token of the answer.
   * @param logits float32 [vocabSize], which is overwritten.
   * @throws DrydockError WORKER_RUN_FAILED when the logits hold NaN or +Infinity, or nothing above -Infinity that may come.
   */
  choose(logits: Float32Array): TokenChoice;
  /**
   * Replays a token that was chosen elsewhere: what follows is as if `choose` had given it.
   * @returns false when the response format does not allow it: then nothing may follow.
   */
  accept(id: number): boolean;
  /** The response format allows nothing more: the answer is complete. */
  readonly isComplete: boolean;
}

export interface SamplingContext {
  readonly vocabulary: Vocabulary;
  readonly endTokenIds: ReadonlySet<number>;
  readonly grammars: GrammarCompiler;
}

export interface TokenChooserOptions {
  readonly sampling: Sampling;
  readonly tools?: ToolUse | undefined;
  readonly promptIds: readonly number[];
  /** Whole number from 0 to 2^53 - 1. */
  readonly seed: number;
}

/**
 * @throws DrydockError WORKER_SCHEMA_INVALID or WORKER_SCHEMA_UNSUPPORTED for a response format that cannot be enforced,
 *   RPC_REQUEST_INVALID for a bias on a token that the model does not have.
 */
export async function createTokenChooser(
  context: SamplingContext,
  { sampling, tools, promptIds, seed }: TokenChooserOptions,
): Promise<TokenChooser> {
  const { vocabulary } = context;
  const vocabSize = vocabulary.tokens.length;
  const penalties = createPenalties({ sampling, promptIds, vocabSize });
  const logprobs =
    sampling.logprobs === undefined ? undefined : createLogprobReader(vocabulary, sampling.logprobs);
  const select = createSelector(vocabulary, sampling);
  const draws = createRandom(seed);
  const branch = createBranchedRandom();
  const matcher = await context.grammars.start(sampling.responseFormat ?? { type: 'text' }, tools);
  return {
    choose(logits) {
      if (logits.length !== vocabSize) {
        throw new TypeError(`a row of logits has ${vocabSize} numbers, not ${logits.length}`);
      }
      logprobs?.read(logits);
      penalties?.apply(logits);
      matcher?.mask(logits);
      branch.restart(draws.next());
      const id = select(logits, branch);
      if (!advance(id)) throw notAllowed(id);
      return logprobs === undefined ? { id } : { id, logprob: logprobs.describe(id) };
    },
    accept(id) {
      draws.next();
      return advance(id);
    },
    get isComplete() {
      return matcher?.isComplete ?? false;
    },
  };

  function advance(id: number): boolean {
    penalties?.count(id);
    return matcher?.accept(id) ?? true;
  }
}

/** A mistake of ours: what the format does not allow was masked. */
function notAllowed(id: number): DrydockError<WorkerErrorCode> {
  return new DrydockError(
    'WORKER_RUN_FAILED',
    `could not continue the answer: its response format does not allow token ${id}, which was chosen; report it`,
  );
}
