/**
 * The worker's side of `tokenize`: one after the other, each in a turn of the event loop of its own, so that generations go on between
 * them; beyond a number of those that wait it refuses. Its answer is always a reply, never a failed call.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type Tokenization, tokenizedIdsMax } from '../contract/tokenize.ts';
import type { WorkerInfo } from '../contract/worker.ts';
import { DrydockError, type RpcErrorCode } from '../errors.ts';
import type { TokenizeHandler } from '../inference.ts';
import { type TokenizeReply, tokenizePayloadSchema } from './wire.ts';
import { toWireError } from './wire-error.ts';

export interface AnswerTokenizeOptions {
  readonly info: WorkerInfo;
  /** Absent: RPC_UNSUPPORTED. */
  readonly tokenize?: TokenizeHandler | undefined;
  /** Milliseconds of Unix time. */
  readonly now: () => number;
  /** Aborted when the worker leaves. */
  readonly closing: AbortSignal;
}

const waitingMax = 64;
const timerMsMax = 2 ** 31 - 1;

export function answerTokenize(options: AnswerTokenizeOptions): (input: unknown) => Promise<TokenizeReply> {
  let waiting = 0;
  let before: Promise<unknown> = Promise.resolve();
  return async function answer(input) {
    try {
      if (waiting >= waitingMax) throw busy();
      waiting += 1;
      const own = before.then(() => turn()).then(() => tokenize(input, options));
      before = own.catch(() => undefined);
      return { tokenization: await own.finally(() => (waiting -= 1)) };
    } catch (error) {
      return { error: toWireError(error) };
    }
  };
}

async function tokenize(input: unknown, options: AnswerTokenizeOptions): Promise<Tokenization> {
  const request = tokenizePayloadSchema.safeParse(input).data?.request;
  if (request === undefined) throw failure('RPC_REQUEST_INVALID', 'it has not the agreed shape; correct it');
  const { info, closing } = options;
  if (!info.models.some(({ name }) => name === request.model)) {
    throw failure('RPC_MODEL_UNKNOWN', 'this worker does not serve the model; ask for one that it lists');
  }
  if (options.tokenize === undefined) {
    throw failure('RPC_UNSUPPORTED', 'this worker has no tokenizer; send it elsewhere');
  }
  const leftMs = Math.min(Math.ceil(request.deadlineUnixMs - options.now()), timerMsMax);
  if (leftMs <= 0) throw failure('RPC_DEADLINE_EXCEEDED', 'its deadline has passed; allow more time');
  const signal = AbortSignal.any([closing, AbortSignal.timeout(leftMs)]);
  const tokenization = await options.tokenize(request, { signal });
  if (tokenization.ids.length > tokenizedIdsMax) {
    throw failure('RPC_REQUEST_INVALID', `it gives more than ${tokenizedIdsMax} tokens; shorten it`);
  }
  return tokenization;
}

function busy(): DrydockError<RpcErrorCode> {
  return failure('RPC_WORKER_BUSY', `${waitingMax} others wait already; send it elsewhere or later`);
}

function failure(code: RpcErrorCode, reason: string): DrydockError<RpcErrorCode> {
  return new DrydockError(code, `could not tokenize the prompt: ${reason}`);
}
