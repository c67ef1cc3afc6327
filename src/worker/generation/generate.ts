/**
 * One generation: a request in, token frames and one `done` frame out. Deadline and abort take effect within one run of the
 * model. Whatever happens, the sequence is given back. No error holds text of the prompt or of the answer.
 */

import type { DoneFrame, FinishReason, GenerateRequest, TokenFrame } from '../../rpc/contract/generate.ts';
import { DrydockError, isDrydockError, type RpcErrorCode } from '../../rpc/errors.ts';
import { createTokenChooser, type TokenChooser } from '../sampling/token-chooser.ts';
import { createDetokenizer } from '../text/detokenizer.ts';
import { type Answer, createAnswer } from './answer.ts';
import { createFrameQueue, type FrameQueue } from './frame-queue.ts';
import { type Interruption, type InterruptionOptions, startInterruption } from './interruption-runtime.ts';
import type { Model } from './model.ts';
import { encodePrompt } from './prompt.ts';
import { replayAnswer } from './replay-answer.ts';

export interface GenerateOptions extends InterruptionOptions {
  /** Draws the seed of a request that brings none: a whole number from 0 to 2^53 - 1. */
  readonly drawSeed: () => number;
  /**
   * Tokens of this very answer that were given out before: it goes on after them as it would have gone on there. Only what comes after
   * them is given out; stop strings, settings and counts are those of the whole.
   */
  readonly answeredIds?: readonly number[];
}

/** A consumer that is so far behind makes its answer wait. */
const framesMax = 64;

/**
 * A `maxTokens` beyond the context ends there, with `length`.
 * @throws DrydockError RPC_MODEL_UNKNOWN, RPC_REQUEST_INVALID (roles, settings, a prompt that fills the context, or `answeredIds` that are
 *   no beginning of an answer to it),
 *   RPC_WORKER_BUSY, RPC_DEADLINE_EXCEEDED, RPC_CANCELLED, RPC_GENERATION_FAILED
 */
export async function* generate(
  model: Model,
  request: GenerateRequest,
  options: GenerateOptions,
): AsyncGenerator<TokenFrame | DoneFrame, void, undefined> {
  const consumerLeft = new AbortController();
  const signal = AbortSignal.any([options.signal, consumerLeft.signal]);
  using interruption = startInterruption(request.deadlineUnixMs, { ...options, signal });
  const usage = { promptTokens: 0, completionTokens: 0, cachedTokens: 0 };
  try {
    interruption.check(describe(usage));
    const promptIds = encodePrompt(model, request);
    usage.promptTokens = promptIds.length;
    yield* answerFrames(model, request, { promptIds, usage, interruption, options });
  } catch (error) {
    throw asRpcError(error, interruption.signal.aborted ? interruption.reason(describe(usage)) : stopping());
  } finally {
    // Leaving the iteration early ends here: the model must not go on for nobody.
    consumerLeft.abort();
  }
}

interface Run {
  readonly promptIds: readonly number[];
  readonly usage: Progress;
  readonly interruption: Interruption;
  readonly options: GenerateOptions;
}

interface Progress {
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
}

async function* answerFrames(
  model: Model,
  { sampling, tools, priority = 0 }: GenerateRequest,
  { promptIds, usage, interruption, options }: Run,
): AsyncGenerator<TokenFrame | DoneFrame, void, undefined> {
  const { answeredIds = [], drawSeed } = options;
  const seed = sampling.seed ?? drawSeed();
  const chooser = await createTokenChooser(model, { sampling, tools, promptIds, seed });
  const tokensMax = Math.min(sampling.maxTokens, model.contextTokensMax - promptIds.length);
  const answer = createAnswer({
    detokenizer: createDetokenizer(model.vocabulary),
    stopStrings: [...model.chat.stopStrings, ...sampling.stop],
    calls: tools === undefined ? 'none' : tools.isRequired ? 'certain' : 'possible',
    endIds: new Set([...model.endTokenIds, ...(sampling.stopIds ?? [])]),
    tokensMax,
  });
  replayAnswer(answeredIds, { chooser, answer, vocabSize: model.vocabulary.tokens.length });
  usage.completionTokens = answer.tokens;
  if (answer.finishReason !== undefined) {
    yield doneFrame(answer.finishReason, usage);
    return;
  }
  const queue = createFrameQueue<TokenFrame>(framesMax, () => model.scheduler.wake());
  const run = model.scheduler.run(
    {
      promptIds,
      answeredIds,
      tokensMax,
      priority,
      signal: interruption.signal,
      choose(logits) {
        const id = chooseNext(logits, { chooser, answer, queue });
        usage.completionTokens = answer.tokens;
        return id;
      },
      isSated: () => queue.isFull,
    },
    ({ cachedTokens }) => {
      usage.cachedTokens = cachedTokens;
    },
  );
  run.then(
    () => queue.end(),
    (error: unknown) => queue.end(error),
  );
  for await (const frame of queue.read()) {
    interruption.check(describe(usage));
    yield frame;
  }
  usage.completionTokens = answer.tokens;
  yield doneFrame(answer.finishReason ?? 'length', usage);
}

function doneFrame(finishReason: FinishReason, usage: Progress): DoneFrame {
  return { done: { finishReason, usage: { ...usage } } };
}

interface Writer {
  readonly chooser: TokenChooser;
  readonly answer: Answer;
}

function chooseNext(
  logits: Float32Array,
  { chooser, answer, queue }: Writer & { readonly queue: FrameQueue<TokenFrame> },
): number | undefined {
  if (answer.finishReason !== undefined) return undefined;
  const choice = chooser.choose(logits);
  queue.push(answer.push(choice, chooser.isComplete));
  return answer.finishReason === undefined ? choice.id : undefined;
}

function describe({ promptTokens, completionTokens }: Progress): string {
  return `prompt of ${promptTokens} tokens, ${completionTokens} answered`;
}

/** Whose fault it is: these are the request's. */
const requestFaults = new Set([
  'WORKER_CHAT_INVALID',
  'WORKER_SCHEMA_INVALID',
  'WORKER_SCHEMA_UNSUPPORTED',
  'WORKER_CONTEXT_EXCEEDED',
  'WORKER_IDS_INVALID',
]);

/** Nobody asked for it and no deadline has passed: the model is being given back. */
function stopping(): DrydockError {
  return new DrydockError<RpcErrorCode>(
    'RPC_WORKER_LOST',
    'could not finish the answer: its model is being given back; send the request again',
  );
}

/** @param interrupted what an end of the run from outside means. */
function asRpcError(error: unknown, interrupted: DrydockError): DrydockError {
  if (!isDrydockError(error)) {
    // An unexpected error's text is not ours, so it goes no further than the cause.
    return new DrydockError<RpcErrorCode>(
      'RPC_GENERATION_FAILED',
      'could not generate the answer: the worker failed in a way it does not know; look into its log',
      { cause: error },
    );
  }
  if (error.code.startsWith('RPC_')) return error;
  if (error.code === 'WORKER_CANCELLED') return interrupted;
  const code = requestFaults.has(error.code) ? 'RPC_REQUEST_INVALID' : 'RPC_GENERATION_FAILED';
  const isOfFormat = error.code.startsWith('WORKER_SCHEMA_');
  const details = { ...(isOfFormat ? { param: 'response_format' } : {}), ...error.details };
  return new DrydockError<RpcErrorCode>(code, error.message, { cause: error, details });
}
