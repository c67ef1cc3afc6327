/**
 * One try of a generation: one channel, one call, on one worker over one engine. It ends after a `done` frame, or throws;
 * an AttemptFailure says what to avoid next. It leaves no channel open and, unless the worker has ended by itself, tells
 * the worker to stop. What comes after its end reaches nobody.
 */
import type { GenerateFrame, GenerateRequest, Resume } from '../contract/generate.ts';
import { functionIds } from '../contract/worker.ts';
import type { DrydockError } from '../errors.ts';
import { RunningAttempt } from '../failover/running-attempt.ts';
import type { Route } from '../routing/route.ts';
import { AttemptFailure, type Blame, draining, failureOf, lost, type Place } from './attempt-failure.ts';
import type { EngineLink } from './engine-link-runtime.ts';
import { FrameInbox } from './frame-inbox.ts';
import { callErrorCode } from './in-time.ts';
import { type Channel, openChannel } from './open-channel-runtime.ts';
import { generateReplySchema } from './wire.ts';

export interface AttemptOptions {
  readonly route: Route<EngineLink>;
  readonly attempt: number;
  /** What the caller has of the answer. Absent: nothing. */
  readonly resume: Resume | undefined;
  /** W3C Trace Context, for the worker. */
  readonly traceparent?: string | undefined;
  /** Its reason is the DrydockError to throw. */
  readonly signal: AbortSignal;
  /** Monotonic. */
  readonly deadlineAtMs: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Disposed as soon as it is over, though the consumer may not have read everything. */
  readonly load: Disposable;
  /** Told when it begins to run; disposed of when it is over. */
  readonly watch: (running: RunningAttempt) => Disposable;
  /** Tells the worker to stop, over whatever leads to it. */
  readonly cancel: (attempt: number) => void;
  /** A message has come. @param gapMs since the one before. */
  readonly onFrame: (frame: {
    readonly gapMs: number;
    readonly tokens: number;
    readonly isFirst: boolean;
  }) => void;
}

/** What is still on its way when the executor's death is reported. */
const graceAfterDeathMs = 75;
/** The answer of the call may overtake the last frames: they come over another socket. */
const graceAfterAnswerMs = 3000;
/** The report of the executor's death, or of a refusal, may come after the end of the channel. */
const graceAfterCutMs = 50;

export async function* runAttempt(
  request: GenerateRequest,
  options: AttemptOptions,
): AsyncGenerator<GenerateFrame, void, void> {
  const { route, signal, load, resume } = options;
  const place: Place = { workerId: route.worker.workerId, engine: route.link.availabilityZone };
  using scope = new DisposableStack();
  scope.use(load);
  const channel = await openChannel(route.link.client, {
    engine: place.engine,
    signal,
    onDown: (listener) => route.onDown(listener),
  });
  const call = { isAnswered: false };
  let isOver = false;
  const abandon = (failure: DrydockError | undefined) => {
    if (!isOver && !call.isAnswered && !hasWorkerEnded(failure)) options.cancel(options.attempt);
    isOver = true;
    // Not close(): the engine does not hear it.
    channel.reader.stream.destroy();
    load[Symbol.dispose]();
  };
  scope.defer(() => abandon(undefined));
  const inbox = new FrameInbox({ onFailure: abandon, tokensBefore: resume?.ids.length ?? 0 });
  const onAbort = () => inbox.fail(signal.reason);
  signal.addEventListener('abort', onAbort);
  scope.defer(() => signal.removeEventListener('abort', onAbort));
  scope.use(route.onDown(() => inbox.end(lost('route', place))));
  const running = new RunningAttempt({
    now: options.now,
    onStalled: () => inbox.end(lost('silence', place)),
  });
  scope.use(options.watch(running));

  const parts: AttemptParts = {
    ...{ ...options, place, inbox, scope, call, running, channel },
    endAfter: graceful(scope, (blame) => inbox.end(lost(blame, place))),
  };
  receiveFrames(parts);
  callWorker(request, parts);
  if (signal.aborted) onAbort();
  for (;;) {
    const item = await inbox.next();
    if ('failure' in item) throw item.failure;
    if ('end' in item) return;
    // Noted before the frame is handed over: a consumer that leaves after the last one has nothing to cancel.
    isOver ||= !('seq' in item.frame);
    if ('error' in item.frame) throw failureOf(item.frame.error, { place, leftMs: leftMs(options) });
    yield item.frame;
  }
}

interface AttemptParts extends AttemptOptions {
  readonly place: Place;
  readonly inbox: FrameInbox;
  readonly scope: DisposableStack;
  readonly call: { isAnswered: boolean };
  readonly running: RunningAttempt;
  readonly channel: Channel;
  /** Nothing more will come, and what is still on its way gets so long. */
  readonly endAfter: (graceMs: number, blame: Blame) => void;
}

/** The shortest grace counts; and an engine is blamed only where nobody else is. */
function graceful(scope: DisposableStack, end: (blame: Blame) => void): AttemptParts['endAfter'] {
  let timer: NodeJS.Timeout | undefined;
  let dueMs = Number.POSITIVE_INFINITY;
  let verdict: Blame = 'engine';
  scope.defer(() => clearTimeout(timer));
  return (graceMs, blame) => {
    if (scope.disposed) return;
    if (blame !== 'engine') verdict = blame;
    const atMs = performance.now() + graceMs;
    if (atMs >= dueMs) return;
    dueMs = atMs;
    clearTimeout(timer);
    timer = setTimeout(() => end(verdict), graceMs);
  };
}

const endedByItself: ReadonlySet<Blame> = new Set([
  'worker',
  'worker-busy',
  'worker-draining',
  'worker-gone',
  'generation',
]);

/** By its own word, or because its connection is gone: there is nobody to tell. */
function hasWorkerEnded(failure: DrydockError | undefined): boolean {
  return failure instanceof AttemptFailure && endedByItself.has(failure.blame);
}

function leftMs({ deadlineAtMs, now }: Pick<AttemptOptions, 'deadlineAtMs' | 'now'>): number {
  return deadlineAtMs - now();
}

function receiveFrames({ route, inbox, running, channel, onFrame, endAfter }: AttemptParts): void {
  const { reader } = channel;
  // iii shows a crash and a clean end alike, so only the terminal frame tells them apart.
  const onEnd = () => endAfter(graceAfterCutMs, 'engine');
  reader.onMessage((text) => {
    if (inbox.isEnded) return;
    route.health.prove();
    route.link.prove();
    const isFirst = running.frames === 0;
    const gapMs = running.heard();
    onFrame({ gapMs, isFirst, tokens: inbox.push(text) });
  });
  reader.stream.on('error', onEnd).on('end', onEnd).on('close', onEnd);
  // Without it the SDK never connects the reader.
  reader.stream.resume();
}

function callWorker(given: GenerateRequest, parts: AttemptParts): void {
  const { route, inbox, call, place, attempt, resume, traceparent, channel, endAfter } = parts;
  const refused = (error: { code: string; message: string }) =>
    inbox.end(failureOf(error, { place, leftMs: leftMs(parts) }));
  const deadlineUnixMs = route.worker.clock.unixMsAt(parts.deadlineAtMs) ?? given.deadlineUnixMs;
  const request: GenerateRequest = { ...given, deadlineUnixMs };
  route.link.client
    .trigger<unknown, unknown>({
      function_id: functionIds(place.workerId).generate,
      payload: {
        ...{ request, attempt, out: channel.writerRef },
        ...(resume === undefined ? {} : { resume }),
        ...(traceparent === undefined ? {} : { traceparent }),
      },
      timeoutMs: Math.min(leftMs(parts) + 1000, 2 ** 31 - 1),
    })
    .then(
      (answer) => {
        call.isAnswered = true;
        const reply = generateReplySchema.safeParse(answer).data;
        if (reply?.accepted === true) endAfter(graceAfterAnswerMs, 'frames');
        else if (reply?.isDraining === true) inbox.end(draining(place));
        else refused(reply?.error ?? { code: '', message: '' });
      },
      (error: unknown) => {
        const code = callErrorCode(error);
        // Ends whatever the code: nobody will send frames any more, but some may still be on their way.
        if (code === 'invocation_failed' || code === 'FORBIDDEN') refused({ code: '', message: '' });
        else if (code === 'function_not_found') inbox.end(lost('worker-gone', place));
        else endAfter(graceAfterDeathMs, code === undefined ? 'engine' : 'worker');
      },
    );
}
