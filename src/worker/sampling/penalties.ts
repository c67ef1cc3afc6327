/**
 * Logit bias and the three penalties. They touch only the tokens that are biased or have occurred. What each does is what vLLM
 * documents: the repetition penalty (of CTRL, arXiv:1909.05858) counts prompt and answer, the other two (OpenAI's) the answer
 * alone. OpenAI has no repetition penalty; Hugging Face has only that one.
 */

import type { Sampling } from '../../rpc/contract/generate.ts';
import { DrydockError, type RpcErrorCode } from '../../rpc/errors.ts';

export interface Penalties {
  /** Changes the row in place: bias, then repetition, then frequency and presence. */
  apply(logits: Float32Array): void;
  /** The answer has one more of this token. */
  count(id: number): void;
}

export interface PenaltyOptions {
  readonly sampling: Pick<
    Sampling,
    'logitBias' | 'repetitionPenalty' | 'frequencyPenalty' | 'presencePenalty'
  >;
  readonly promptIds: readonly number[];
  readonly vocabSize: number;
}

/** A float32 that can still be added to. */
const largest = 2 ** 126;

/**
 * Undefined where the request asks for none of them.
 * @throws DrydockError RPC_REQUEST_INVALID for the bias of a token that the model does not have.
 */
export function createPenalties({ sampling, promptIds, vocabSize }: PenaltyOptions): Penalties | undefined {
  const { logitBias = [], repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0 } = sampling;
  for (const { id } of logitBias) if (id >= vocabSize) throw unknownToken(id, vocabSize);
  const isCounting = repetitionPenalty !== 1 || frequencyPenalty !== 0 || presencePenalty !== 0;
  if (logitBias.length === 0 && !isCounting) return undefined;
  const answer = new Map<number, number>();
  const seen = new Set<number>(repetitionPenalty === 1 ? [] : promptIds.filter((id) => id < vocabSize));
  return {
    apply(logits) {
      for (const { id, bias } of logitBias) logits[id] = (logits[id] ?? 0) + bias;
      if (repetitionPenalty !== 1) {
        for (const id of seen) {
          const logit = logits[id] ?? 0;
          logits[id] = logit > 0 ? raised(logit, repetitionPenalty) : logit * repetitionPenalty;
        }
      }
      for (const [id, times] of answer) {
        logits[id] = (logits[id] ?? 0) - frequencyPenalty * times - presencePenalty;
      }
    },
    count(id) {
      if (repetitionPenalty !== 1) seen.add(id);
      if (frequencyPenalty !== 0 || presencePenalty !== 0) answer.set(id, (answer.get(id) ?? 0) + 1);
    },
  };
}

/** A tiny penalty would make infinity of it, for which the model would be blamed. What is infinite already stays so. */
function raised(logit: number, penalty: number): number {
  return logit > largest ? logit : Math.min(logit / penalty, largest);
}

function unknownToken(id: number, vocabSize: number): DrydockError {
  return new DrydockError<RpcErrorCode>(
    'RPC_REQUEST_INVALID',
    `could not bias token ${id}: the model has ${vocabSize} tokens; use ids below that`,
  );
}
