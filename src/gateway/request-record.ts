/**
 * What is known of one request while it runs, and the single line that is logged of it at its end. Neither holds a
 * key, a prompt, an answer, or any text of the client's beyond a request id of a safe form and, on the administration, a caller whom an
 * administrator names, in the form of such ids and never that of our keys or of tokens.
 */

import type { MiddlewareHandler } from 'hono';
import type { ChatMessage, FinishReason, Usage } from '../rpc/contract/generate.ts';
import type { RpcLogger } from '../rpc/inference.ts';
import type { Span, Tracer } from '../rpc/tracing/span.ts';
import { formatTraceparent, parseTraceparent } from '../rpc/tracing/trace-context.ts';
import { type AnswerHeaders, completeHeaders, openAnswerHeaders } from './answer-headers.ts';
import type { CheckedContent } from './authentication/checked-content.ts';
import type { Principal } from './authentication/principal.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import { isSafeRequestId } from './request-id.ts';
import { RequestMeter } from './telemetry/request-meter.ts';

export interface RequestRecord {
  readonly requestId: string;
  /** It is drawn here, and no text of the client's. */
  readonly isRequestIdDrawn?: true;
  readonly startedUnixMs: number;
  readonly method: string;
  /** The pattern that matched, not the path that was sent. */
  route: string;
  /** The address it is from, as far as trusted proxies tell. */
  client?: string;
  /** Who it is from, once that is proven. */
  keyId?: string;
  /** Whose keys or limits an administrator asked for or changed. */
  subject?: string;
  /** Why credentials did not do. The client is not told. */
  refusal?: string;
  status?: number;
  errorCode?: string;
  /** Set once a worker answers: before that it is the client's word. */
  model?: string;
  usage?: Usage;
  /** Of the first choice. */
  finishReason?: FinishReason;
  /** The answer outlives the handler, and logs itself when it ends. */
  isStreaming: boolean;
  /** The answer was made for an earlier request with the same idempotency key. */
  isReplay?: true;
  /** Of the trace that it is part of, 32 hexadecimal digits. */
  readonly traceId?: string;
  /** What of it is traced, where anything is. */
  readonly span?: Span;
  /** Of the caller's trace, as it goes on to a worker where nothing is traced here. */
  readonly traceparent?: string;
  readonly meter: RequestMeter;
  /** For the audit log alone, where it is configured to hold prompts. Never logged. */
  prompt?: string | readonly ChatMessage[];
}

/** Is told of every request once it has ended. It must not throw. */
export type RequestObserver = (record: RequestRecord) => void;

export interface GatewayEnv {
  /** What a listener gives beside the request. Absent where there is none. */
  Bindings: { connection?: Connection };
  Variables: {
    record: RequestRecord;
    headers: AnswerHeaders;
    /** Set by the authentication, on every route but the public ones. */
    principal?: Principal;
    /** Set where the content is signed: it must be checked before it is used. */
    content?: CheckedContent;
  };
}

export interface RecordRequestsOptions {
  readonly logger: RpcLogger;
  readonly clock: Clock;
  readonly randomId: () => string;
  /** Aborted once the program is on its way out. */
  readonly draining: AbortSignal;
  readonly observers?: readonly RequestObserver[];
  /** Milliseconds, with fractions, since some fixed moment. Default: the runtime's. */
  readonly monotonicMs?: () => number;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
}

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);

/** Opens the record, puts the headers that every answer carries, and logs what did not turn into a stream. */
export function recordRequests(options: RecordRequestsOptions): MiddlewareHandler<GatewayEnv> {
  const { monotonicMs = () => performance.now() } = options;
  return async function recordRequest(context, next) {
    const sent = context.req.header('x-request-id') ?? '';
    const record: RequestRecord = {
      ...(isSafeRequestId(sent)
        ? { requestId: sent }
        : { requestId: options.randomId(), isRequestIdDrawn: true }),
      startedUnixMs: options.clock.nowUnixMs(),
      method: knownMethods.has(context.req.method) ? context.req.method : 'other',
      route: 'unmatched',
      isStreaming: false,
      ...traceOf(context.req.header('traceparent'), options.tracer),
      meter: new RequestMeter(monotonicMs),
    };
    const headers = openAnswerHeaders(record.requestId, options.draining.aborted);
    context.set('record', record);
    context.set('headers', headers);
    await next();
    completeHeaders(headers, context.res);
    record.status = context.res.status;
    if (!record.isStreaming) endRequest(record, options);
  };
}

export interface EndRequestOptions {
  readonly logger: RpcLogger;
  readonly clock: Clock;
  readonly observers?: readonly RequestObserver[];
}

/** Logs the request and tells its observers. Called once, at the end of the answer. */
export function endRequest(
  record: RequestRecord,
  { logger, clock, observers = [] }: EndRequestOptions,
): void {
  const {
    startedUnixMs,
    isStreaming,
    usage,
    meter: _meter,
    prompt: _prompt,
    span: _span,
    traceparent: _traceparent,
    isRequestIdDrawn: _isRequestIdDrawn,
    ...fields
  } = record;
  logger.info(
    { event: 'request', ...fields, ...usage, isStreaming, durationMs: clock.nowUnixMs() - startedUnixMs },
    'request ended',
  );
  for (const observe of observers) observe(record);
}

function traceOf(
  header: string | undefined,
  tracer: Tracer | undefined,
): Pick<RequestRecord, 'traceId' | 'span' | 'traceparent'> {
  const caller = parseTraceparent(header);
  const span = tracer?.begin('request', { kind: 'server', parent: caller, isParentUnknown: true });
  if (span !== undefined) return { traceId: span.context.traceId, span };
  return caller === undefined ? {} : { traceId: caller.traceId, traceparent: formatTraceparent(caller) };
}
