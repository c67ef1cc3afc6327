/**
 * Asks workers for the ids of a prompt, one after the other until one knows: a call has no effect, so that asking another is always
 * right. What a worker says of the request itself ends it.
 */
import { type Tokenization, type TokenizeRequest, tokenizeRequestSchema } from '../contract/tokenize.ts';
import { functionIds } from '../contract/worker.ts';
import { DrydockError, type RpcErrorCode } from '../errors.ts';
import type { Route } from '../routing/route.ts';
import type { EngineLink } from './engine-link-runtime.ts';
import { checkRequestSize } from './request-size.ts';
import { type TokenizeReply, tokenizeReplySchema } from './wire.ts';
import { fromWireError } from './wire-error.ts';

export interface TokenizeCallOptions {
  /** The best first; not empty. */
  readonly routes: readonly Route<EngineLink>[];
  /** By the clock of `now`, which is monotonic. */
  readonly deadlineAtMs: number;
  readonly now: () => number;
  /** Its reason is the DrydockError to throw. */
  readonly signal: AbortSignal;
}

const routesMax = 3;
/** Of one worker: it may have to load the model. */
const callMsMax = 10_000;

/** Another worker may do better. */
const passing: ReadonlySet<RpcErrorCode> = new Set([
  'RPC_WORKER_BUSY',
  'RPC_WORKER_LOST',
  'RPC_CANCELLED',
  'RPC_GENERATION_FAILED',
  'RPC_MODEL_UNKNOWN',
  'RPC_UNSUPPORTED',
]);

/** @throws DrydockError RPC_REQUEST_INVALID */
export function prepareTokenize(given: TokenizeRequest): TokenizeRequest {
  const parsed = tokenizeRequestSchema.safeParse(given);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.');
    throw new DrydockError(
      'RPC_REQUEST_INVALID',
      `could not send the request: ${path} is not valid; correct it`,
    );
  }
  checkRequestSize(parsed.data);
  return parsed.data;
}

/** @throws DrydockError what the last one asked said, or the signal's reason. */
export async function callTokenize(
  request: TokenizeRequest,
  options: TokenizeCallOptions,
): Promise<Tokenization> {
  const { routes, signal } = options;
  let last: DrydockError = lost();
  for (const route of routes.slice(0, routesMax)) {
    const reply = await orAborted(ask(request, { ...options, route }), signal);
    if (reply === undefined) last = lost();
    else if ('tokenization' in reply) return reply.tokenization;
    else {
      const error = fromWireError(reply.error);
      if (!passing.has(error.code)) throw error;
      // Nobody cancels there but a worker that leaves.
      last = error.code === 'RPC_CANCELLED' ? lost() : error;
    }
  }
  throw last;
}

/** @returns undefined where no answer came, or one that is none. */
async function ask(
  given: TokenizeRequest,
  { route, deadlineAtMs, now }: TokenizeCallOptions & { readonly route: Route<EngineLink> },
): Promise<TokenizeReply | undefined> {
  const leftMs = deadlineAtMs - now();
  const deadlineUnixMs = route.worker.clock.unixMsAt(deadlineAtMs) ?? given.deadlineUnixMs;
  try {
    const answer: unknown = await route.link.client.trigger({
      function_id: functionIds(route.worker.workerId).tokenize,
      payload: { request: { ...given, deadlineUnixMs } },
      // Later than the deadline, which has an error of its own.
      timeoutMs: Math.min(Math.max(leftMs, 0) + 1000, callMsMax),
    });
    return tokenizeReplySchema.safeParse(answer).data;
  } catch {
    return undefined;
  }
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function lost(): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_WORKER_LOST',
    'could not tokenize the prompt: the worker that was asked did not answer; send the request again',
  );
}
