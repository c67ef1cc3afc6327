/**
 * `POST /v1/chat/completions`, as JSON and as a stream. A stream starts with the first token, so that what goes wrong
 * before it has its own status; only where the first token takes longer than a heartbeat does it start without.
 */

import type { Context } from 'hono';
import type { GenerateRequest } from '../rpc/contract/generate.ts';
import type { InferenceClient, RpcLogger } from '../rpc/inference.ts';
import { chatEvents } from './chat-events.ts';
import { type ChatRequest, parseChatRequest } from './chat-request.ts';
import { type AnswerHead, chatCompletion, type WholeAnswer } from './chat-response.ts';
import type { Clock } from './clock.ts';
import type { InFlight } from './in-flight.ts';
import type { GatewayLimits } from './limits.ts';
import { recordError } from './record-error.ts';
import { type GatewayEnv, logRequest, type RequestRecord } from './request-record.ts';
import { settlesWithin } from './runtime/abortable.ts';
import { type AnswerFrame, answerFrames } from './runtime/answer-frames.ts';
import { readJsonBody } from './runtime/json-body.ts';
import { openRequestScope, type RequestScope } from './runtime/request-scope.ts';
import { sseBody } from './runtime/sse-body.ts';

export interface ChatCompletionsOptions {
  readonly inference: InferenceClient;
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  readonly randomId: () => string;
  readonly logger: RpcLogger;
  readonly inFlight: InFlight;
  /** Aborted when what is still in work must end. */
  readonly stopping: AbortSignal;
}

interface Answer {
  readonly chat: ChatRequest;
  readonly head: AnswerHead;
  readonly frames: AsyncGenerator<AnswerFrame, void, undefined>;
}

export function chatCompletions(options: ChatCompletionsOptions) {
  const { clock, inFlight, limits, stopping } = options;
  return async function completeChat(context: Context<GatewayEnv>): Promise<Response> {
    using resources = new DisposableStack();
    resources.use(inFlight.enter());
    const clientSignal = context.req.raw.signal;
    const scope = resources.use(
      openRequestScope({ clientSignal, stopping, clock, requestMs: limits.requestMs }),
    );
    const { signal } = scope;
    const chat = parseChatRequest(await readJsonBody(context.req.raw, { ...limits, signal }));
    const answer = openAnswer(chat, scope, options);
    if (!chat.isStream) return context.json(await wholeAnswer(answer, context.var.record));
    const first = answer.frames.next();
    if (await settlesWithin(first, limits.heartbeatMs)) await first;
    const replayed = { ...answer, frames: startingWith(first, answer.frames) };
    return streamAnswer(context, replayed, { ...options, scope, held: resources.move() });
  };
}

function openAnswer(
  chat: ChatRequest,
  scope: RequestScope,
  { inference, limits, clock, randomId }: ChatCompletionsOptions,
): Answer {
  const id = randomId();
  const request: GenerateRequest = {
    // Never the client's x-request-id: two requests with one id could cancel each other.
    requestId: id,
    model: chat.model,
    messages: chat.messages,
    sampling: {
      ...chat.sampling,
      maxTokens: chat.maxTokens ?? defaultMaxTokens(chat.model, inference, limits),
    },
    deadlineUnixMs: scope.deadlineUnixMs,
  };
  return {
    chat,
    head: {
      id: `chatcmpl-${id}`,
      createdUnixSeconds: Math.floor(clock.nowUnixMs() / 1000),
      model: chat.model,
    },
    frames: answerFrames(inference, request, scope.signal),
  };
}

function defaultMaxTokens(model: string, inference: InferenceClient, limits: GatewayLimits): number {
  const context = inference.models().find(({ name }) => name === model)?.contextTokensMax;
  return Math.min(limits.completionTokensDefault, context ?? limits.completionTokensDefault);
}

async function wholeAnswer({ head, frames }: Answer, record: RequestRecord) {
  let text = '';
  let end: Omit<WholeAnswer, 'text'> | undefined;
  for await (const frame of frames) {
    if ('done' in frame) end = frame.done;
    else text += frame.text;
  }
  // `answerFrames` throws where no end came.
  if (end === undefined) throw new TypeError('the answer ended without its end');
  Object.assign(record, { model: head.model, usage: end.usage, finishReason: end.finishReason });
  return chatCompletion(head, { text, ...end });
}

async function* startingWith(
  first: Promise<IteratorResult<AnswerFrame, void>>,
  rest: AsyncGenerator<AnswerFrame, void, undefined>,
): AsyncGenerator<AnswerFrame, void, undefined> {
  try {
    const { done, value } = await first;
    if (done) return;
    yield value;
    yield* rest;
  } finally {
    await rest.return();
  }
}

interface StreamOptions extends ChatCompletionsOptions {
  readonly scope: RequestScope;
  /** Released when the stream has ended. */
  readonly held: DisposableStack;
}

function streamAnswer(context: Context<GatewayEnv>, answer: Answer, options: StreamOptions): Response {
  const { scope, held, limits, logger } = options;
  const { record } = context.var;
  record.isStreaming = true;
  record.status = 200;
  held.defer(() => logRequest(record, options));
  const events = chatEvents(answer.frames, answer.head, {
    includeUsage: answer.chat.includeUsage,
    onDone({ usage, finishReason }) {
      Object.assign(record, { model: answer.head.model, usage, finishReason });
    },
    onError: (error) => recordError(error, { record, logger }).envelope,
  });
  const body = sseBody(events, {
    heartbeatMs: limits.heartbeatMs,
    signal: scope.signal,
    onCancel: () => scope.clientLeft(),
    onEnd: () => held.dispose(),
  });
  return context.body(body, 200, { 'content-type': 'text/event-stream; charset=utf-8' });
}
