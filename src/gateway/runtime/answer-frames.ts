/**
 * The frames of one answer, made safe to hand on: an abort ends them at once with its reason, whatever the layer below
 * does; and they end after a `done` frame or throw, so that a cut answer is never taken for a whole one.
 */

import type { DoneFrame, GenerateFrame, GenerateRequest, TokenFrame } from '../../rpc/contract/generate.ts';
import { DrydockError, type RpcErrorCode } from '../../rpc/errors.ts';
import type { GenerateOptions, InferenceClient } from '../../rpc/inference.ts';
import { abortableReader } from './abortable.ts';

export type AnswerFrame = TokenFrame | DoneFrame;

export async function* answerFrames(
  inference: Pick<InferenceClient, 'generate'>,
  request: GenerateRequest,
  options: GenerateOptions,
): AsyncGenerator<AnswerFrame, void, undefined> {
  const { signal } = options;
  signal.throwIfAborted();
  const frames = inference.generate(request, options)[Symbol.asyncIterator]();
  using reader = abortableReader(frames, signal);
  try {
    for (;;) {
      const { done, value } = await reader.next();
      if (done) throw truncated();
      const frame = wholeFrame(value);
      yield frame;
      if ('done' in frame) return;
    }
  } catch (error) {
    // What the layer below throws on an abort says less than why there was one.
    throw signal.aborted ? signal.reason : error;
  } finally {
    // Not awaited: it would queue behind a `next` that is still pending.
    frames.return?.()?.catch(() => {});
  }
}

function wholeFrame(frame: GenerateFrame): AnswerFrame {
  if (!('error' in frame)) return frame;
  throw new DrydockError<RpcErrorCode>(
    'RPC_GENERATION_FAILED',
    'could not finish the answer: the worker reported an error; retry later',
    { details: { workerCode: frame.error.code } },
  );
}

function truncated() {
  return new DrydockError<RpcErrorCode>(
    'RPC_WORKER_LOST',
    'could not finish the answer: it broke off before its end; send the request again',
  );
}
