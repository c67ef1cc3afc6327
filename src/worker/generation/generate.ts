/**
 * One generation: a request in, token frames and one `done` frame out. Deadline and abort take effect between
 * tokens and between the chunks of a prompt. Whatever happens, the sequence is given back. No error holds text
 * of the prompt or of the answer.
 */

import type {
  DoneFrame,
  FinishReason,
  GenerateRequest,
  Sampling,
  TokenFrame,
} from '../../rpc/contract/generate.ts';
import { DrydockError, isDrydockError, type RpcErrorCode } from '../../rpc/errors.ts';
import { createDetokenizer } from '../text/detokenizer.ts';
import { createRandom } from '../text/random.ts';
import { createStopScanner } from '../text/stop-scanner.ts';
import { type Interruption, type InterruptionOptions, startInterruption } from './interruption-runtime.ts';
import type { Model } from './model.ts';
import { encodePrompt } from './prompt.ts';

export interface GenerateOptions extends InterruptionOptions {
  /** Draws the seed of a request that brings none: a whole number from 0 to 2^53 - 1. */
  readonly drawSeed: () => number;
}

/**
 * The end token is neither sent nor counted, so `completionTokens` is the number of ids in the frames, and the last token
 * frame has one. A `maxTokens` beyond the context ends there, with `length`.
 * @throws DrydockError RPC_MODEL_UNKNOWN, RPC_REQUEST_INVALID (roles, or a prompt that fills the context),
 *   RPC_DEADLINE_EXCEEDED, RPC_CANCELLED, RPC_GENERATION_FAILED
 */
export async function* generate(
  model: Model,
  request: GenerateRequest,
  options: GenerateOptions,
): AsyncGenerator<TokenFrame | DoneFrame, void, undefined> {
  using interruption = startInterruption(request.deadlineUnixMs, options);
  const progress = { promptTokens: 0, completionTokens: 0 };
  try {
    interruption.check(describe(progress));
    const prompt = encodePrompt(model, request);
    progress.promptTokens = prompt.length;
    yield* answer(model, request.sampling, { prompt, progress, interruption, drawSeed: options.drawSeed });
  } catch (error) {
    throw asRpcError(error, () => interruption.reason(describe(progress)));
  }
}

interface AnswerOptions {
  readonly prompt: readonly number[];
  readonly progress: Progress;
  readonly interruption: Interruption;
  readonly drawSeed: () => number;
}

interface Progress {
  promptTokens: number;
  completionTokens: number;
}

async function* answer(
  model: Model,
  sampling: Sampling,
  { prompt, progress, interruption, drawSeed }: AnswerOptions,
): AsyncGenerator<TokenFrame | DoneFrame, void, undefined> {
  const { temperature, topP } = sampling;
  const random = createRandom(sampling.seed ?? drawSeed());
  const detokenizer = createDetokenizer(model.vocabulary);
  const scanner = createStopScanner([...model.chat.stopStrings, ...sampling.stop]);
  const tokensMax = Math.min(sampling.maxTokens, model.runner.contextTokensMax - prompt.length);
  let finishReason: FinishReason = 'length';
  let seq = 0;
  let input = prompt;
  let unsent: number[] = [];
  await using sequence = model.runner.openSequence();
  while (progress.completionTokens < tokensMax && finishReason === 'length') {
    const logits = await sequence.feed(input, { logits: 'last', signal: interruption.signal });
    interruption.check(describe(progress));
    const id = model.sampler.choose(logits, { temperature, topP, random });
    if (model.endTokenIds.has(id)) {
      finishReason = 'stop';
    } else {
      progress.completionTokens++;
      const { text, isStopped } = scanner.push(detokenizer.push(id));
      if (isStopped) finishReason = 'stop';
      // While text is held, its last id is too: the frame that brings the held text must bring a token that counts.
      const ids = scanner.isHolding ? unsent : [...unsent, id];
      unsent = scanner.isHolding ? [id] : [];
      yield { seq: seq++, ids, text };
      input = [id];
    }
  }
  if (scanner.isHolding) yield { seq, ids: unsent, text: scanner.finish() };
  yield { done: { finishReason, usage: { ...progress } } };
}

function describe({ promptTokens, completionTokens }: Progress): string {
  return `prompt of ${promptTokens} tokens, ${completionTokens} answered`;
}

function asRpcError(error: unknown, interrupted: () => DrydockError): DrydockError {
  if (!isDrydockError(error)) {
    // An unexpected error's text is not ours, so it goes no further than the cause.
    return new DrydockError<RpcErrorCode>(
      'RPC_GENERATION_FAILED',
      'could not generate the answer: the worker failed in a way it does not know; look into its log',
      { cause: error },
    );
  }
  if (error.code.startsWith('RPC_')) return error;
  if (error.code === 'WORKER_CANCELLED') return interrupted();
  const code = error.code === 'WORKER_CHAT_INVALID' ? 'RPC_REQUEST_INVALID' : 'RPC_GENERATION_FAILED';
  return new DrydockError<RpcErrorCode>(code, error.message, { cause: error, details: error.details });
}
