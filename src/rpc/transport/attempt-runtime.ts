/**
 * One try of a generation: one channel, one call, on one worker over one engine. It ends after a `done` frame, or throws;
 * an AttemptFailure says whom to avoid next. It leaves no channel open and, unless the worker has ended by itself, tells
 * the worker to stop.
 */
import { createChannel } from 'iii-sdk/helpers';
import type { GenerateFrame, GenerateRequest } from '../contract/generate.ts';
import { functionIds } from '../contract/worker.ts';
import { DrydockError, type RpcErrorCode } from '../errors.ts';
import type { EngineLink } from './engine-link-runtime.ts';
import { FrameInbox } from './frame-inbox.ts';
import { generateReplySchema } from './wire.ts';
import { fromWireError } from './wire-error.ts';
import type { Route } from './worker-choice.ts';

export type Blame = 'worker' | 'worker-busy' | 'engine';

/** A try that may be repeated elsewhere, as long as nothing was delivered. */
export class AttemptFailure extends DrydockError<RpcErrorCode> {
  readonly blame: Blame;

  constructor(blame: Blame, error: DrydockError<RpcErrorCode>) {
    super(error.code, error.message, { cause: error.cause, details: error.details });
    this.blame = blame;
  }
}

export interface AttemptOptions {
  readonly route: Route<EngineLink>;
  readonly attempt: number;
  /** Its reason is the DrydockError to throw. */
  readonly signal: AbortSignal;
  /** From now. */
  readonly deadlineMs: number;
  /** Disposed as soon as it is over, though the consumer may not have read everything. */
  readonly load: Disposable;
}

const channelTimeoutMs = 1000;
/** What is still on its way when the executor's death is reported. */
const graceAfterDeathMs = 100;
/** The answer of the call may overtake the last frames: they come over another socket. */
const graceAfterAnswerMs = 5000;
/** The report of the executor's death, or of a refusal, may come after the end of the channel. */
const graceAfterCutMs = 50;
const cancelTimeoutMs = 1000;

type ChannelReader = Awaited<ReturnType<typeof createChannel>>['reader'];

export async function* runAttempt(
  request: GenerateRequest,
  options: AttemptOptions,
): AsyncGenerator<GenerateFrame, void, void> {
  const { route, signal, load } = options;
  using scope = new DisposableStack();
  const channel = await openChannel(route.link, signal);
  const call = { isAnswered: false };
  let isOver = false;
  const abandon = (failure: DrydockError | undefined) => {
    const hasWorkerEnded = failure instanceof AttemptFailure && failure.blame !== 'engine';
    if (!isOver && !hasWorkerEnded && !call.isAnswered) cancel(request.requestId, options);
    isOver = true;
    // Not close(): the engine does not hear it.
    channel.reader.stream.destroy();
    load[Symbol.dispose]();
  };
  scope.defer(() => abandon(undefined));
  const inbox = new FrameInbox(abandon);
  const onAbort = () => inbox.fail(signal.reason);
  signal.addEventListener('abort', onAbort);
  scope.defer(() => signal.removeEventListener('abort', onAbort));
  scope.use(route.link.onDown(() => inbox.end(lost('engine', route))));

  receiveFrames(channel.reader, { inbox, route, scope });
  callWorker(request, { ...options, inbox, scope, call, out: channel.writerRef });
  if (signal.aborted) onAbort();
  for (;;) {
    const item = await inbox.next();
    if ('failure' in item) throw item.failure;
    if ('end' in item) return;
    // Noted before the frame is handed over: a consumer that leaves after the last one has nothing to cancel.
    isOver ||= !('seq' in item.frame);
    if ('error' in item.frame) throw failureOf(item.frame.error, route);
    yield item.frame;
  }
}

async function openChannel(link: EngineLink, signal: AbortSignal) {
  signal.throwIfAborted();
  const failed = Promise.withResolvers<never>();
  using scope = new DisposableStack();
  const onAbort = () => failed.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  scope.defer(() => signal.removeEventListener('abort', onAbort));
  const give = () => failed.reject(new AttemptFailure('engine', unreachable(link, undefined)));
  const timer = setTimeout(give, channelTimeoutMs);
  scope.defer(() => clearTimeout(timer));
  scope.use(link.onDown(give));
  // Mapped here and not by `give`: the raw rejection would win the race, and it says nothing of another try.
  const created = createChannel(link.client).catch((cause: unknown) => {
    throw new AttemptFailure('engine', unreachable(link, cause));
  });
  return await Promise.race([created, failed.promise]);
}

function receiveFrames(
  reader: ChannelReader,
  { inbox, route, scope }: { inbox: FrameInbox; route: Route<EngineLink>; scope: DisposableStack },
): void {
  let cut: NodeJS.Timeout | undefined;
  scope.defer(() => clearTimeout(cut));
  const onEnd = () => {
    // iii shows a crash and a clean end alike, so only the terminal frame tells them apart.
    if (!scope.disposed) cut ??= setTimeout(() => inbox.end(lost('engine', route)), graceAfterCutMs);
  };
  reader.onMessage((text) => {
    route.link.prove();
    inbox.push(text);
  });
  reader.stream.on('error', onEnd).on('end', onEnd).on('close', onEnd);
  // Without it the SDK never connects the reader.
  reader.stream.resume();
}

interface CallParts extends AttemptOptions {
  readonly inbox: FrameInbox;
  readonly scope: DisposableStack;
  readonly call: { isAnswered: boolean };
  readonly out: unknown;
}

function callWorker(request: GenerateRequest, parts: CallParts): void {
  const { route, inbox, scope, call } = parts;
  let grace: NodeJS.Timeout | undefined;
  scope.defer(() => clearTimeout(grace));
  const endAfter = (graceMs: number, blame: Blame) => {
    if (!scope.disposed) grace ??= setTimeout(() => inbox.end(lost(blame, route)), graceMs);
  };
  route.link.client
    .trigger({
      function_id: functionIds(route.worker.workerId).generate,
      payload: { request, attempt: parts.attempt, out: parts.out },
      timeoutMs: Math.min(parts.deadlineMs + 1000, 2 ** 31 - 1),
    })
    .then(
      (answer: unknown) => {
        call.isAnswered = true;
        const reply = generateReplySchema.safeParse(answer).data;
        if (reply?.accepted === true) endAfter(graceAfterAnswerMs, 'worker');
        else inbox.end(failureOf(reply?.error ?? { code: '', message: '' }, route));
      },
      (error: unknown) => {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        // Ends whatever the code: nobody will send frames any more, but some may still be on their way.
        if (code === 'invocation_failed' || code === 'FORBIDDEN')
          inbox.end(failureOf({ code: '', message: '' }, route));
        else endAfter(graceAfterDeathMs, code === undefined ? 'engine' : 'worker');
      },
    );
}

/** Best effort: the worker also learns it when its channel breaks, and by the deadline. */
function cancel(requestId: string, { route, attempt }: AttemptOptions): void {
  route.link.client
    .trigger({
      function_id: functionIds(route.worker.workerId).cancel,
      payload: { requestId, attempt },
      timeoutMs: cancelTimeoutMs,
    })
    .catch(() => {});
}

function failureOf(error: { code: string; message: string }, route: Route<EngineLink>): DrydockError {
  const failure = fromWireError(error);
  if (failure.code === 'RPC_WORKER_BUSY') return new AttemptFailure('worker-busy', failure);
  if (failure.code === 'RPC_WORKER_LOST') return lost('worker', route);
  return failure;
}

function lost(blame: Blame, { worker, link }: Route<EngineLink>): AttemptFailure {
  const { workerId } = worker;
  return new AttemptFailure(
    blame,
    new DrydockError(
      'RPC_WORKER_LOST',
      `could not finish the generation: the connection to worker ${workerId} was lost; send the request again`,
      { details: { workerId, engine: link.engine.availabilityZone } },
    ),
  );
}

function unreachable({ engine }: EngineLink, cause: unknown): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_ENGINE_UNREACHABLE',
    `could not open a channel: the engine of ${engine.availabilityZone} ${cause === undefined ? 'does not answer' : 'refuses it'}; check that it runs`,
    { cause },
  );
}
